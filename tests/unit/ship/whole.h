/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/ship/whole.h - a whole destination, from a log on disk to a
 * receiver, on a clock and a network that are made up.
 *
 * A scrape writes a sample of each of WHOLE_SERIES series, or of some; those of
 * a series have the values 0, 1, 2, ...  Whatever happens, the receiver checks that it accepts
 * the samples of a series in that order, that none is left out, and that of a
 * request it had either nothing or everything, unless it is said to mix.
 */
#ifndef TESTS_UNIT_SHIP_WHOLE_H
#define TESTS_UNIT_SHIP_WHOLE_H

#include "agent/ship/destination.h"
#include "tests/unit/base/draw.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/http/sim.h"
#include "tests/unit/position/scratch.h"
#include "tests/unit/wal/writer.h"

#define WHOLE_SERIES 40u
#define WHOLE_SCRAPE (5 * CLOCK_SEC) /* Between two. */

#define WHOLE_STOP_TURNS 600u /* Of a tenth of a second. */

/* Where requests to other receivers go, which are dead. */
#define WHOLE_DEAD_URL "http://dead/write"

struct whole {
	struct scratch scratch;
	struct writer writer;
	struct sim *sim;
	struct labelsets *sets;
	struct stats *stats;
	struct config_label external;
	struct config config; /* To be changed before whole_start. */
	struct config_remote remote;
	struct lazy lazy;
	struct place *place; /* Of its destination. */
	bool keeps;          /* Places have series kept beside them. */
	uint64_t behind;     /* Bytes that are a backlog to it. */
	struct room *room;   /* That it takes memory of; NULL: none. */
	uint32_t host;       /* The host's number. */
	struct destination *destination;
	unsigned int drained, failed; /* Times it called back. */
	uint64_t described;           /* Metadata accepted. */
	uint64_t asked;               /* Times Prometheus was. */

	int64_t scraped;              /* Time of the last scrape; ms. */
	uint64_t written;             /* Samples, */
	uint64_t made[WHOLE_SERIES];  /* and those of each series. */
	uint64_t had[WHOLE_SERIES];   /* The first sample not accepted. */
	uint64_t first[WHOLE_SERIES]; /* The first that is to be sent. */
	uint64_t accepted;            /* Samples, those that came again too. */
	bool mixes;               /* Requests may hold some that came before. */
	struct sim_answer answer; /* Of all requests... */
	struct sim_answer (*choose)(struct whole *whole); /* ... or this. */
	struct draw draw;
};

/* What a receiver that is well answers, and what one that is not there. */
extern const struct sim_answer whole_ok;
extern const struct sim_answer whole_dead;

/* A new one, with the series records in its log and nothing that reads it. */
struct whole *whole_new(void);

/* Free all of it.  What was held by its destination must be given back. */
void whole_free(struct whole *whole);

/* A new place, kept in the file ${name} of the data directory. */
struct place *whole_place(struct whole *whole, const char *name);

/* A destination that sends to ${remote} and is yet to be poked. */
struct destination *whole_make(struct whole *whole,
    const struct config_remote *remote, struct place *place);

/* Make its destination, and poke it. */
void whole_start(struct whole *whole);

/*
 * End its destination: save its place if ${clean}, else as if killed; then what
 * the worker had not begun is not done.
 */
void whole_end(struct whole *whole, bool clean);

/* Write the series records, which give refs from ${base} on. */
void whole_write_series(struct whole *whole, uint64_t base);

/* Write a sample of each series, with refs from ${base} on, and poke. */
void whole_scrape(struct whole *whole, uint64_t base);

/* The same of ${count} series from ${first} on. */
void whole_scrape_some(
    struct whole *whole, uint64_t base, unsigned int first, unsigned int count);

/* Stop its destination, and have the worker work until it is drained. */
void whole_stop(struct whole *whole);

/* Scrape ${count} times, with time between; return how many events. */
uint64_t whole_live(struct whole *whole, unsigned int count);

/* The receiver must have all samples up to the last scrape. */
void whole_expect_all(struct whole *whole);

/* The value of the line that begins with ${series} in what is exposed. */
double whole_value(struct whole *whole, const char *series);

#endif /* TESTS_UNIT_SHIP_WHOLE_H */
