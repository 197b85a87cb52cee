/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/send/world.h - what goes from cutter to receiver at random, and
 * the receiver, which knows every sample: it checks each request as it comes,
 * and notes what becomes of it.
 */
#ifndef TESTS_UNIT_SEND_WORLD_H
#define TESTS_UNIT_SEND_WORLD_H

#include "agent/batch/cutter.h"
#include "agent/send/sender.h"
#include "tests/unit/base/draw.h"
#include "tests/unit/http/sim.h"
#include "tests/unit/series/series.h"

#define WORLD_SERIES 24u /* As sent. */
#define WORLD_RECORDS 150u
#define WORLD_RECORD_MAX 40u /* Samples. */
#define WORLD_TIMEOUT (2 * CLOCK_SEC)

/* What is known of a sample, as bits. */
#define LINE_BAD 1u      /* The receiver will never accept it. */
#define LINE_REFUSED 2u  /* It was in a request that was refused, */
#define LINE_ACCEPTED 4u /* or in one that was accepted. */
#define LINE_ARRIVED 8u  /* The receiver has it, whatever it answered. */

/* A series as it is sent.  Its samples have the values 0, 1, 2, ... */
struct line {
	uint8_t states[WORLD_RECORDS * WORLD_RECORD_MAX];
	uint32_t refs[2]; /* Without and with the external label. */
	uint64_t made;    /* Samples made. */
	uint64_t settled; /* The first of them that is not settled. */
	bool flying;
};

/* What a request holds of a series: from the first on. */
struct part {
	unsigned int line;
	uint64_t first, len;
};

struct flight {
	struct part parts[WORLD_SERIES];
	unsigned int len;
	unsigned int samples;
	bool bad;   /* One of them is, */
	bool known; /* or the receiver has one already. */
	int status;
	bool arrives;
};

/* What is left behind of a record: the samples of each series up to it. */
struct mark {
	uint64_t made[WORLD_SERIES];
};

struct world {
	struct draw draw;
	struct sim *sim;
	struct series_labels external;
	struct finals *finals;
	struct line lines[WORLD_SERIES];
	struct stats *stats;
	struct meters meters;
	struct config_remote remote;
	struct window window;
	struct cutter cutter;
	struct sender *sender;
	struct catchup catchup;
	struct timer *timer; /* Of the next turn. */

	struct kept kept[WORLD_RECORD_MAX];
	struct kept_record record;
	bool pending;
	unsigned int taken; /* Records. */
	uint64_t passed;    /* Records that the position has passed. */
	struct mark marks[WORLD_RECORDS];
	struct flight flights[WINDOW_SLOTS];
	uint64_t numbers[WINDOW_SLOTS]; /* Of their requests, plus 1. */
	unsigned int failing;           /* Of ten requests, so many. */
	bool refuses;
	bool strict;          /* Refuses what it has already. */
	unsigned int largest; /* Samples of a request that is not too large. */
	unsigned int bad;     /* Samples. */
	unsigned int accepted;
};

#define world_check(world_, what_) draw_check(&(world_)->draw, what_)

/* Whether the samples of ${line} before ${end} may be settled. */
bool line_is_settled(const struct line *line, uint64_t end);

/* The receiver of ${arg}, a world: see struct sim_receiver. */
struct sim_answer world_begin(
    void *arg, uint64_t number, const struct http_request *request);
void world_end(
    void *arg, uint64_t number, const struct http_response *response);

#endif /* TESTS_UNIT_SEND_WORLD_H */
