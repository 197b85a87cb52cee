/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/send/offset.h - how far the receiver's clock is ahead of ours.
 *
 * Whether a sample is too old is for the receiver to say, and goes by its
 * clock; which is known from the Date of its answers.  One of them may be
 * wrong, so it is the median of the last few that counts.
 *
 * When our own clock is set, as far as we can tell, time may in truth have
 * passed, as while a machine is suspended.  So until enough answers came since,
 * what is too old by one view only, or too far ahead, is let through: were it
 * not, there might be no answer to learn from.
 */
#ifndef AGENT_SEND_OFFSET_H
#define AGENT_SEND_OFFSET_H

#include <stdbool.h>

#include "agent/base/clock.h"
#include "agent/send/sift.h"

#define OFFSET_SEEN 9u  /* Dates that are remembered. */
#define OFFSET_LEAST 3u /* With fewer, the clocks are taken for equal. */

/* Milliseconds less are the coarseness of a Date, and no offset. */
#define OFFSET_NOISE 1500

/* Our clock was set if it went so many milliseconds more than time did. */
#define OFFSET_STEP 1000

/* Zeroed, nothing is known. */
struct offset {
	int64_t seen[OFFSET_SEEN]; /* Milliseconds; the oldest is replaced. */
	unsigned int len, next;
	int64_t base;   /* Our clock, less monotonic time, at the last Date. */
	int64_t steady; /* The receiver's, likewise, before ours was set; */
	bool was_known; /* if it was known then. */
};

/**
 * offset_note(offset, clock, date, elapsed):
 * An answer came now, ${elapsed} microseconds after its request was posted,
 * with the header Date: ${date}, or NULL.
 */
void offset_note(struct offset *offset, struct clock *clock, const char *date,
    uint64_t elapsed);

/* Milliseconds that the receiver's clock is ahead. */
int64_t offset_ms(const struct offset *offset, struct clock *clock);

/**
 * offset_widen(offset, clock, limits):
 * Let ${limits}, made by what offset_ms says, include what the receiver would
 * take if not its clock but ours had been wrong before that was set.
 */
void offset_widen(const struct offset *offset, struct clock *clock,
    struct sift_limits *limits);

#endif /* AGENT_SEND_OFFSET_H */
