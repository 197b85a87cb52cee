/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/send/throttle.h - how many samples may be sent a minute, and whether
 * less may be sent than there is.
 */
#ifndef AGENT_SEND_THROTTLE_H
#define AGENT_SEND_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/clock.h"

/* So long after the last sign of it a destination counts as throttled. */
#define THROTTLE_MEMORY (60 * CLOCK_SEC)

/* Zeroed with its rate it is ready for use; times are monotonic us. */
struct throttle {
	uint32_t per_minute; /* Entries; 0: without a limit. */
	uint64_t next;       /* Nothing is sent before. */
	uint64_t until;      /* Throttled until then. */
};

/* So many ${entries} are sent at ${now}. */
void throttle_spend(struct throttle *throttle, uint32_t entries, uint64_t now);

/* The rate is ${per_minute} from ${now} on, for what was sent as well. */
void throttle_tune(
    struct throttle *throttle, uint32_t per_minute, uint64_t now);

/* Before which nothing is sent; to be asked when something could be. */
uint64_t throttle_next(struct throttle *throttle, uint64_t now);

/* There is a pause until ${until}, asked for or made. */
void throttle_paused(struct throttle *throttle, uint64_t until);

/* Whether the destination gets less than there is to send. */
bool throttle_active(const struct throttle *throttle, uint64_t now);

#endif /* AGENT_SEND_THROTTLE_H */
