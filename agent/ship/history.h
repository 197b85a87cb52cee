/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/ship/history.h - the last hour of a destination.
 *
 * A ring of points, one every HISTORY_STEP, for rates, for the estimate of when
 * it has caught up, and for charts.  It takes the same memory whatever happens.
 */
#ifndef AGENT_SHIP_HISTORY_H
#define AGENT_SHIP_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/ship/situation.h"

#define HISTORY_STEP (15 * CLOCK_SEC)
#define HISTORY_POINTS 240u /* An hour. */

/* Lately means within so many points: ten minutes; the slope is by these. */
#define HISTORY_LATELY 40u
#define HISTORY_SLOPE 4u

/* A rate is of a time at least this long, if there is one. */
#define HISTORY_LEAST (5 * CLOCK_SEC)

struct history_point {
	float lag;     /* Seconds. */
	float in, out; /* Entries a second, since the point before. */
	float lost;    /* Entries since then. */
};

/* Zeroed it is empty. */
struct history {
	struct history_point points[HISTORY_POINTS];
	size_t next, len; /* Where the next goes; how many there are. */
	bool begun;       /* These are known: */
	uint64_t at;      /* monotonic us, when it was noted last; */
	double read, delivered, lost; /* counted then; */
	double worst; /* the longest lag of the backlog there is; 0. */
};

/* Once every HISTORY_STEP: ${situation} is how it stands at ${now}. */
void history_note(
    struct history *history, const struct situation *situation, uint64_t now);

/* Fill in what of ${situation}, as of ${now}, needs a look back. */
void history_tell(
    const struct history *history, struct situation *situation, uint64_t now);

/* The point ${back} steps before the last, which is at 0; NULL: none. */
const struct history_point *history_at(
    const struct history *history, size_t back);

#endif /* AGENT_SHIP_HISTORY_H */
