/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/ship/hosts.h - hosts that each ship their log to one workspace, on
 * a clock and a network that are made up.
 *
 * Each has a log with samples of HOSTS_SERIES series every HOSTS_SCRAPE, and is
 * configured by the words of a file, so by the profile.  What was taken of
 * what is remembered sample by sample.
 */
#ifndef TESTS_UNIT_SHIP_HOSTS_H
#define TESTS_UNIT_SHIP_HOSTS_H

#include "agent/ship/destination.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/position/scratch.h"
#include "tests/unit/ship/workspace.h"
#include "tests/unit/wal/writer.h"

#define HOSTS_MAX 50u
#define HOSTS_SERIES 10u
#define HOSTS_SCRAPE (15 * CLOCK_SEC)
#define HOSTS_SCRAPES 2048u /* At most. */

struct host {
	struct scratch scratch;
	struct writer writer;
	struct labelsets *sets;
	struct stats *stats;
	struct config *config;
	struct lazy lazy;
	struct place *place;
	struct destination *destination;
	uint64_t scrapes;
	int64_t times[HOSTS_SCRAPES]; /* Of each. */
	bool had[HOSTS_SCRAPES][HOSTS_SERIES];
	uint64_t taken; /* Of all these. */
};

struct hosts {
	struct sim *sim;
	struct workspace workspace;
	unsigned int len;
	struct host *hosts[HOSTS_MAX];
};

/**
 * hosts_new(len, keys):
 * So many hosts, whose entry has these ${keys} beside the url, as ", a: b"; and
 * which ship from now on.
 */
struct hosts *hosts_new(unsigned int len, const char *keys);

void hosts_free(struct hosts *hosts);

/* Let the hosts live for so many scrapes, each of all of them at once. */
void hosts_live(struct hosts *hosts, unsigned int scrapes);

/* How many samples of ${host} were made and not taken. */
uint64_t hosts_missing(const struct host *host);

/* The time of the newest of these, in ms; INT64_MIN if there are none. */
int64_t hosts_newest_missing(const struct host *host);

/* The sum of what ${host} exposes under ${name} with ${label} in its labels. */
double hosts_value(struct host *host, const char *name, const char *label);

#endif /* TESTS_UNIT_SHIP_HOSTS_H */
