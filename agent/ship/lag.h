/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/ship/lag.h - a destination that is kept behind skips ahead.
 *
 * A receiver that takes less than there is would be sent all of it ever later.
 * While it throttles, and what is oldest has not grown younger in LAG_PROOF,
 * nothing shall be older than max_lag: once it is, all that is older than half
 * of that is left out in one step, which is counted and said.  Then there is
 * some time until the next.  Times are ms since 1970, unless they are ${now},
 * monotonic microseconds.
 */
#ifndef AGENT_SHIP_LAG_H
#define AGENT_SHIP_LAG_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/meters/meters.h"
#include "agent/ship/works.h"

#define LAG_PROOF (60 * CLOCK_SEC)

struct lag {
	int64_t max;    /* ms; 0: it may lag. */
	bool watching;  /* It is throttled, since... */
	uint64_t since; /* ... or since the last look, when it was... */
	int64_t then;   /* ... so many ms behind... */
	bool kept;      /* ... and is kept there. */

	int64_t before; /* Samples before are left out. */
	bool skipping;  /* Some of them may still be on their way. */
	int64_t from;   /* The oldest of them, */
	double dropped; /* and how many were dropped before. */
};

/* May lag ${max} microseconds, or, if that is 0, any time. */
void lag_init(struct lag *lag, uint64_t max);

/* The same from now on; what is skipped stays so. */
void lag_tune(struct lag *lag, uint64_t max);

/* At ${now}, in a turn of the destination: skip ahead if it is kept behind. */
void lag_turn(struct lag *lag, const struct works *works, uint64_t now);

/**
 * lag_look(lag, oldest, wall, throttled, now):
 * The oldest sample that is not settled is of ${oldest}, INT64_MAX if there is
 * none, the receiver's clock reads ${wall}, and it wants less than there is or
 * not.  Return whether a skip begins: ${lag}->before is where it leads.
 */
bool lag_look(struct lag *lag, int64_t oldest, int64_t wall, bool throttled,
    uint64_t now);

/**
 * lag_tell(lag, oldest, remote, meters):
 * Call after lag_look: count the skip that begins or ends in ${meters}, and
 * when nothing ${oldest} is left of what it leaves out, say so of ${remote}.
 */
void lag_tell(
    struct lag *lag, int64_t oldest, const char *remote, struct meters *meters);

#endif /* AGENT_SHIP_LAG_H */
