/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/joints.h - how much of a log each generation leaves to the next.
 *
 * A repair replaces a segment and those above it: what was below is of both
 * generations.  That is known by the segments that are there before and after,
 * or, where the segments below were deleted, by the checkpoint of them that is
 * there before and after.
 */
#ifndef AGENT_SPOOL_JOINTS_H
#define AGENT_SPOOL_JOINTS_H

#include <stddef.h>
#include <stdint.h>

#define JOINTS_MAX 64u /* Generations; of older ones nothing is known. */

struct joint {
	uint64_t generation; /* It and the next have in common ... */
	uint64_t common;     /* ... the segments below this; not 0. */
};

/* Zeroed there are none. */
struct joints {
	struct joint list[JOINTS_MAX]; /* By generation: the oldest first. */
	size_t len;
};

/* Add ${joint}, whose generation is above all there are. */
void joints_add(struct joints *joints, const struct joint *joint);

/* The number below which generation ${a} has segments of ${b}, which is later. */
uint64_t joints_common(const struct joints *joints, uint64_t a, uint64_t b);

#endif /* AGENT_SPOOL_JOINTS_H */
