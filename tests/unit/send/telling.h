/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/send/telling.h - metadata that is told to a simulated receiver.
 */
#ifndef TESTS_UNIT_SEND_TELLING_H
#define TESTS_UNIT_SEND_TELLING_H

#include "agent/base/log.h"
#include "agent/send/listing.h"
#include "agent/send/metadata.h"
#include "tests/unit/send/sending.h"
#include "tests/unit/series/body.h"

#define TELLING_INTERVAL (60 * CLOCK_SEC)
#define TELLING_TOLD_MAX 512u /* Requests, and entries, that are remembered. */
#define TELLING_NAME_MAX_LEN 32u

/* A request of metadata, or to Prometheus. */
struct told {
	uint64_t at;
	bool get;
	size_t entries;
	char retry[32]; /* The line Retry-Attempt, if any. */
	size_t lines;   /* Of the headers. */
	char url[64];   /* Where it went. */
};

struct telling {
	struct sending *sending;
	struct http telling, asking; /* Both by the simulated one. */
	struct families *families;
	struct metadata_options options;
	struct metadata *metadata;

	struct sim_answer answer;  /* Of requests of metadata, ... */
	struct sim_answer listing; /* ... and of those to Prometheus. */
	struct told told[TELLING_TOLD_MAX];
	size_t told_len;
	char names[TELLING_TOLD_MAX]
		  [TELLING_NAME_MAX_LEN]; /* Of all entries. */
	int types[TELLING_TOLD_MAX];
	size_t names_len;
	size_t body_len;         /* Of the last request. */
	char url[128];           /* Of the last request to Prometheus. */
	struct sim_answer first; /* Of a request of metadata to the receiver's
				    own URL, if its status is not 0. */
};

/* For each test of cmocka: a new one, not started, and its end. */
int telling_set_up(void **state);

int telling_tear_down(void **state);

/* Begin to tell. */
void telling_start(struct telling *f);

/* The log says that ${name} is of ${type}. */
void telling_know(struct telling *f, enum family_type type, const char *name);

/* Know ${count} metrics. */
void telling_know_many(struct telling *f, unsigned int count);

/* Let ${time} pass. */
void telling_run(struct telling *f, uint64_t time);

/* One interval, and time for its requests. */
void telling_run_round(struct telling *f);

#endif /* TESTS_UNIT_SEND_TELLING_H */
