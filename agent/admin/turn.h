/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/admin/turn.h - how much of the loop's time the admin server may take.
 *
 * Handshakes of TLS take a while, and anybody can ask for more of them.  After
 * a turn that took longer than TURN_LONG the server rests for TURN_REST times
 * as long, so that what is shipped always has most of the time.
 */
#ifndef AGENT_ADMIN_TURN_H
#define AGENT_ADMIN_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/clock.h"

#define TURN_LONG (10 * CLOCK_MSEC)
#define TURN_REST 3u
#define TURN_REST_MAX CLOCK_SEC

/* Zeroed, there was none. */
struct turn {
	uint64_t until; /* Monotonic us: the end of the rest. */
};

/* A turn took from ${begin} to ${end}, monotonic microseconds. */
void turn_took(struct turn *turn, uint64_t begin, uint64_t end);

/* Whether it rests at ${now}. */
bool turn_rests(const struct turn *turn, uint64_t now);

#endif /* AGENT_ADMIN_TURN_H */
