/* SPDX-License-Identifier: Apache-2.0 */
/* agent/ship/pending.h - what a destination has read and not settled yet. */
#ifndef AGENT_SHIP_PENDING_H
#define AGENT_SHIP_PENDING_H

#include <stdint.h>

#include "agent/batch/cutter.h"
#include "agent/batch/window.h"
#include "agent/meters/kind.h"
#include "agent/meters/meters.h"

struct pending {
	uint64_t entries[KEPT_KINDS]; /* What is only gathered yet: samples. */
	int64_t oldest;               /* Time of the oldest; INT64_MAX: none. */
	struct wal_position settled;  /* All before it is. */
};

/* What is in ${window}, and with ${cutter}; what is of before ${before} will
 * not be sent, and has no age. */
struct pending pending_of(
    const struct window *window, const struct cutter *cutter, int64_t before);

/* Bring the meters of it up to date, at ${wall} milliseconds since 1970. */
void pending_measure(
    const struct pending *pending, struct meters *meters, int64_t wall);

#endif /* AGENT_SHIP_PENDING_H */
