/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/ship/twice.h - entries of one series that have one time.
 *
 * Series that rules make equal are scraped together, and so have entries of
 * one time in one record; no receiver takes two of them.  The first counts.
 */
#ifndef AGENT_SHIP_TWICE_H
#define AGENT_SHIP_TWICE_H

#include <stddef.h>
#include <stdint.h>

#include "agent/ship/kept.h"

/* Zeroed is ready for use. */
struct twice {
	uint32_t *table; /* Of entries, from 1; 0: none. */
	size_t cap;      /* A power of two. */
};

void twice_release(struct twice *twice);

/**
 * twice_leave_out(twice, kept, len):
 * Leave out of the ${len} entries at ${kept} each that is of a mixed series and
 * has the time of one of that series before it.  Store in ${len} how many there
 * are then.  Return -1, with all as it was, if there is no memory.
 */
int twice_leave_out(struct twice *twice, struct kept *kept, size_t *len);

#endif /* AGENT_SHIP_TWICE_H */
