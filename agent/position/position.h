/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/position/position.h - how far a destination has come, for its next life.
 *
 * All before the mark is settled: delivered, or dropped and counted.  Of what
 * comes after it, the ranges that were on the wire are listed, so that they
 * are cut again at the same places: a batch sent again is then either wholly
 * new to the receiver or wholly known.
 */
#ifndef AGENT_POSITION_POSITION_H
#define AGENT_POSITION_POSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wal/mark.h"

/* The version of what position_encode makes.  Tests build a later walship by
 * giving a later one. */
#ifndef POSITION_VERSION
#define POSITION_VERSION 1u
#endif

/*
 * Ranges that are listed.  Each batch in the window belongs to one range; and
 * between two such there is at most one run of others.
 */
#define POSITION_RANGES_MAX 130u

/* Bytes of a key, and of a URL as it is shown, with the NUL. */
#define POSITION_TEXT_MAX 2048u

/* A point in the segments of the log. */
struct position_point {
	uint64_t generation; /* See struct wal_mark. */
	uint64_t segment;
	uint64_t offset; /* Bytes. */
};

/* A range, or a run of them that is settled: from where the last one ended. */
struct position_range {
	struct position_point end;
	uint32_t limit;           /* Entries in one of its batches. */
	bool grouped;             /* Entries are gathered by series. */
	bool sent;                /* Some of it has been on the wire. */
	struct wal_content first; /* What the segment of its end begins with. */
	bool done;                /* Settled: not to be sent again. */
};

/* Which series a destination has, of those that the members of urls share. */
struct position_share {
	uint32_t list;   /* Tells such lists apart; 0: it is of none. */
	uint32_t labels; /* Tells apart what labels are made by. */
	uint32_t index;  /* Which of its members this is, from 0, ... */
	uint32_t count;  /* ... of so many; 0: that is not known. */
};

/* Those that it had, of which all up to a point is settled. */
struct position_former {
	struct position_share share;
	struct position_point until;
};

struct position {
	char key[POSITION_TEXT_MAX]; /* Of the destination. */
	char url[POSITION_TEXT_MAX]; /* As it is shown: without secrets. */
	int64_t removed; /* Since when it has no destination; ms, 0: it has. */
	bool clean;      /* Saved at a clean stop: nothing came after. */
	bool begun;      /* There is a mark; else all is still to be read. */
	struct wal_mark mark;
	bool checkpoint; /* Before the mark's first segment: the samples of the
			    checkpoint are wanted too. */
	int64_t after;   /* In a checkpoint, or before one: those are not that
			    are not later than this; ms, or INT64_MIN. */
	int64_t since;   /* No older samples are wanted; ms, or INT64_MIN. */
	int64_t highest; /* Time of the newest sample settled, of those that
			    were not of the future; ms, or INT64_MIN. */

	/* No batch that ends after this has been on the wire. */
	struct position_point furthest;

	struct position_range ranges[POSITION_RANGES_MAX];
	size_t ranges_len;

	struct position_share share;
	struct position_former former;
};

/* A batch that ends at ${end} is about to be on the wire. */
void position_reach(struct position *position, const struct wal_mark *end);

/**
 * position_encode(position, out, size):
 * Write ${position} to the ${size} bytes at ${out} and return its length; 0 if
 * there is no room for it.
 */
size_t position_encode(
    const struct position *position, uint8_t *out, size_t size);

/**
 * position_decode(position, data, len):
 * Read what position_encode wrote.  Return -1 if it cannot be that, or, with
 * errno ENOMEM, if there is no memory.
 */
int position_decode(struct position *position, const uint8_t *data, size_t len);

/* Where ${mark} is, which is not inside a checkpoint. */
struct position_point position_point(const struct wal_mark *mark);

/* Below 0 if ${a} lies before ${b}, above 0 if after it; neither: 0. */
int position_compare(struct position_point a, struct position_point b);

#endif /* AGENT_POSITION_POSITION_H */
