/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/agent/harbour.h - a fleet, its log on disk, and its receivers, on
 * a clock and a network that are made up.
 *
 * Receiver N is at http://rN/.  A scrape writes a sample of each of
 * HARBOUR_SERIES series, those of a series having the values 0, 1, 2, ...  Each
 * receiver checks that it accepts those of a series in that order, and that none
 * is left out.
 */
#ifndef TESTS_UNIT_AGENT_HARBOUR_H
#define TESTS_UNIT_AGENT_HARBOUR_H

#include "agent/fleet.h"
#include "tests/unit/base/draw.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/http/sim.h"
#include "tests/unit/position/scratch.h"
#include "tests/unit/wal/writer.h"

#define HARBOUR_SERIES 20u
#define HARBOUR_PORTS 128u /* Receivers. */
#define HARBOUR_SCRAPE CLOCK_SEC

/* Keys of an entry by which a scrape is sent before the next. */
#define HARBOUR_QUICK "queue_config: {batch_send_deadline: 500ms}"

/* Two receivers; the second entry has ${more} keys. */
#define HARBOUR_TWO(more) \
	"remote_write:\n" \
	"- {name: a, url: 'http://r0/w', " HARBOUR_QUICK "}\n" \
	"- {name: b, url: 'http://r1/w', " HARBOUR_QUICK more "}\n"

/* A receiver, and what it has seen. */
struct port {
	struct sim_answer answer;
	uint64_t had[HARBOUR_SERIES]; /* The first sample not accepted. */
	uint64_t requests;
	uint64_t again;  /* Samples that it had before. */
	char url[128];   /* Of the last request. */
	char header[64]; /* Its value of X-Test, or "". */
	char host[64];   /* The value of the first label, "host". */
};

struct harbour {
	struct scratch scratch;
	char state_dir[96];
	struct writer writer;
	struct sim *sim;
	struct lazy lazy;
	struct labelsets *sets;
	struct stats *stats;
	struct fleet *fleet;
	unsigned int drained, failed;
	uint64_t made; /* Samples of each series. */
	struct port ports[HARBOUR_PORTS];
	struct draw draw;
};

/* A new one, with the series in its log, and a fleet of none. */
struct harbour *harbour_new(void);

/* Free all of it.  What was held must be given back. */
void harbour_free(struct harbour *harbour);

/* Make its fleet, or free it. */
void harbour_open(struct harbour *harbour);
void harbour_close(struct harbour *harbour);

/**
 * harbour_config(harbour, format, ...):
 * The configuration of what ${format} comes to, after the directories and
 * "start: oldest", which are added; to be freed.
 */
struct config *harbour_config(struct harbour *harbour, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same, and have the fleet be so; tell what changed. */
struct fleet_changes harbour_apply(struct harbour *harbour, const char *format,
    ...) __attribute__((format(printf, 2, 3)));

/* That is what changed, by number. */
void harbour_expect_changes(struct fleet_changes changes, unsigned int kept,
    unsigned int tuned, unsigned int renewed, unsigned int added,
    unsigned int removed);

/* Scrape ${count} times, with time between. */
void harbour_live(struct harbour *harbour, unsigned int count);

/* Wait until all have had time to arrive. */
void harbour_settle(struct harbour *harbour);

/* Receiver ${port} must have all samples. */
void harbour_expect_all(struct harbour *harbour, unsigned int port);

/* How often ${text} is in what is exposed. */
unsigned int harbour_exposed(struct harbour *harbour, const char *text);

#endif /* TESTS_UNIT_AGENT_HARBOUR_H */
