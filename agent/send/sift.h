/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/send/sift.h - a request made of some of the entries of another.
 *
 * A receiver that refuses a request may refuse but a part of it; samples age
 * while they wait; and a request may be too large.  So what is to be sent is
 * picked out of the request as it was made, which stays as it is: nothing but
 * that and what is on the wire takes memory.
 */
#ifndef AGENT_SEND_SIFT_H
#define AGENT_SEND_SIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/buf.h"
#include "agent/meters/kind.h"

/* Entries of a request: those for which all of this holds. */
struct sift_choice {
	unsigned int kinds;     /* Their kind's KIND_BIT is in it. */
	uint32_t first, end;    /* Their place is between; see entries.h. */
	int64_t oldest, newest; /* Their time, in ms, is none beyond these. */
};

/* The times outside of which no chosen entry is sent, in ms. */
struct sift_limits {
	int64_t oldest, newest;
};

struct sifted {
	uint8_t *body; /* To be freed; a request without entries if none. */
	size_t len;
	uint32_t counts[KEPT_KINDS]; /* In the body. */
	uint32_t old[KEPT_KINDS];    /* Chosen, but older than the limit. */
	uint32_t future[KEPT_KINDS]; /* Chosen, but newer than the limit. */
	bool several;                /* The body is of several series. */
	uint32_t middle; /* A place that halves it, if it has two entries. */
};

/* Everything, and no limits. */
#define SIFT_ALL \
	{ \
		KINDS_ALL, 0, UINT32_MAX, INT64_MIN, INT64_MAX \
	}
#define SIFT_NO_LIMITS \
	{ \
		INT64_MIN, INT64_MAX \
	}

/**
 * sift(body, len, choice, limits, ret):
 * Of the ${len} bytes at ${body}, a compressed request made by
 * agent/batch/encode.h, put the entries of ${choice} within ${limits} into a
 * request in ${ret}, in their order.  The middle parts series from series if
 * it can, and else the earlier from the later of one.  Return -1, ${ret}
 * being zeroed, if there is no memory.
 */
int sift(const uint8_t *body, size_t len, const struct sift_choice *choice,
    const struct sift_limits *limits, struct sifted *ret);

/**
 * sift_describe(body, len, out):
 * Append the labels of the first series of a request, as {name="value",...},
 * not escaped for any sink.
 */
void sift_describe(const uint8_t *body, size_t len, struct buf *out);

#endif /* AGENT_SEND_SIFT_H */
