/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/batch/range.h - stretches of the log, acknowledged in order.
 *
 * A range is a stretch of whole records, and owns the batches made of what
 * was kept of them, none or several.  The position of a destination is the
 * end of the last range before which nothing is unsettled: a later range that
 * is settled first does not move it.
 */
#ifndef AGENT_BATCH_RANGE_H
#define AGENT_BATCH_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/position/position.h"
#include "wal/mark.h"

#define RANGES_MAX 4096u

struct range {
	struct range *next;     /* The one after it in the log. */
	struct wal_mark end;    /* Past its last record so far. */
	int64_t after;          /* What goes with that; see struct position. */
	uint32_t limit;         /* Entries of one of its batches, at most. */
	bool grouped;           /* Its entries are gathered by series. */
	bool suspect;           /* An earlier life may have sent some. */
	int64_t newest;         /* Time of its newest entry, or INT64_MIN. */
	int64_t highest;        /* The same of those whose time had come. */
	unsigned int unsettled; /* Batches of it, also such being filled. */
	bool cut;               /* No more records will be added. */
	bool planned;           /* An earlier life cut it so. */
	bool launched;          /* It has been on the wire, in this life or
				   an earlier one. */
};

/* The ranges that are not acknowledged, in the order of the log. */
struct ranges {
	struct range *first, *last;
	size_t len;
	struct wal_mark acknowledged; /* All before it is settled... */
	int64_t after;                /* (What goes with that.) */
	int64_t highest;              /* ... and, but for what was of the
					 future, of this time at most. */
	bool moved;                   /* They have, since this was cleared. */
};

/* None, acknowledged up to ${mark} with samples of times up to ${highest}. */
void ranges_init(
    struct ranges *ranges, const struct wal_mark *mark, int64_t highest);

/* A new last range, not cut; NULL if there is no memory or RANGES_MAX is met. */
struct range *ranges_open(struct ranges *ranges);

/* Take off from the front what is settled, and move the position. */
void ranges_advance(struct ranges *ranges);

/* Put into ${position} how far they have come, if they have since last time. */
void ranges_save(struct ranges *ranges, struct position *position);

/**
 * ranges_list(ranges, list, max):
 * Write the ranges up to the last that was on the wire to ${list}, for at most
 * ${max}, runs of settled ones as one; return how many.
 */
size_t ranges_list(
    const struct ranges *ranges, struct position_range *list, size_t max);

/* Free all ranges. */
void ranges_release(struct ranges *ranges);

#endif /* AGENT_BATCH_RANGE_H */
