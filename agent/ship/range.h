/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/ship/range.h - stretches of the log, acknowledged in order.
 *
 * A range is a stretch of whole records, and owns the batches made of what
 * was kept of them, none or several.  The position of a destination is the
 * end of the last range before which nothing is unsettled: a later range that
 * is settled first does not move it.
 */
#ifndef AGENT_SHIP_RANGE_H
#define AGENT_SHIP_RANGE_H

#include <stdbool.h>

#include "wal/follow.h"

struct range {
	struct range *next; /* The one after it in the log. */
	struct wal_position end;
	unsigned int unsettled; /* Batches of it, also such being filled. */
	bool cut;               /* No more records will be added. */
};

/* The ranges that are not acknowledged, in the order of the log. */
struct ranges {
	struct range *first, *last;
	struct wal_position acknowledged;
	bool moved; /* acknowledged holds a position. */
};

/* A new last range, not cut; NULL if there is no memory. */
struct range *ranges_open(struct ranges *ranges);

/* Take off from the front what is settled, and move the position. */
void ranges_advance(struct ranges *ranges);

/* Free all ranges.  Zeroed is ready for use. */
void ranges_release(struct ranges *ranges);

#endif /* AGENT_SHIP_RANGE_H */
