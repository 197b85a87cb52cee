/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/batch/twice.h - which series have an entry of which time already.
 *
 * No receiver takes two entries of one series that have one time: of a range
 * the first is sent.  They come from series that rules make equal, and from a
 * target that shows a series twice, which Prometheus writes to its log before
 * it refuses the second.
 *
 * What is noted is not looked at before it is asked for, so that noting costs
 * next to nothing.
 */
#ifndef AGENT_BATCH_TWICE_H
#define AGENT_BATCH_TWICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/batch/kept.h"
#include "agent/series/final.h"

/* No sample has this value: it is a NaN, and none that Prometheus writes. */
#define TWICE_OTHER UINT64_MAX

struct twice_entry {
	const struct final *final;
	int64_t time;   /* Milliseconds since 1970. */
	uint64_t value; /* Of a sample: as in struct kept; else TWICE_OTHER. */
};

/* Zeroed is ready for use. */
struct twice {
	struct twice_entry *entries;
	size_t len, cap;
	size_t indexed;  /* Of them, those in the table. */
	uint32_t *table; /* Of entries, from 1; 0: none. */
	size_t slots;    /* Of it; 0 or a power of two. */
	uint64_t first;  /* For twice_meets: the batch of the first entry. */
};

/* Free what it holds; there is then none. */
void twice_release(struct twice *twice);

/* Forget all that was noted. */
void twice_clear(struct twice *twice);

/* Have room to note one entry more.  Return -1 if there is no memory. */
int twice_reserve(struct twice *twice);

/* Note an entry of ${final} at ${time}, for which there is room; ${value} is as
 * in struct twice_entry. */
static inline void
twice_note(struct twice *twice, const struct final *final, int64_t time,
    uint64_t value)
{
	twice->entries[twice->len++] =
	    (struct twice_entry){ final, time, value };
}

/**
 * twice_has(twice, final, time):
 * Return 1 if such an entry was noted, 0 if not, -1 if there is no memory to
 * know.
 */
int twice_has(struct twice *twice, const struct final *final, int64_t time);

/**
 * twice_repeats(twice, kept):
 * Whether ${kept}, of which was said that such an entry was noted, is a sample
 * of the same value: nothing is lost with it.
 */
bool twice_repeats(const struct twice *twice, const struct kept *kept);

/**
 * twice_meets(twice, finals, kept, newest):
 * The same of ${kept}, if all entries noted are in batches from ${first} on,
 * are of series of ${finals} which may be gone, and of times up to ${newest}.
 * Return 0 too of an exemplar, or if that is not certain.
 */
int twice_meets(struct twice *twice, const struct finals *finals,
    const struct kept *kept, int64_t newest);

#endif /* AGENT_BATCH_TWICE_H */
