/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/send/parts.h - the parts of a batch that are still to be delivered.
 *
 * At first a batch is one part, all of it.  One that is too large, or refused
 * for something in it, is halved; halves are halved in turn.  Parts go one
 * after the other, the first in the list first, so that each series keeps its
 * order.  Only their limits are kept here: what is in them is picked out of
 * the batch when it is their turn.
 *
 * Poison is an entry by which the receiver fails, so that its batch would be
 * tried for ever.  It is told from a receiver that fails by itself: nothing
 * is given up before other requests were accepted between two of its failures.
 */
#ifndef AGENT_SEND_PARTS_H
#define AGENT_SEND_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/send/sift.h"

#define PARTS_MAX 80u /* Of a batch, at once. */

/* So long a batch is answered by nothing but 5xx before it is suspected. */
#define PARTS_POISON_TIME (900 * CLOCK_SEC)

/* So many others must have been accepted since for a series to be poison. */
#define PARTS_POISON_OTHERS 20u

/* Failures in a row, without any part accepted, before a search ends. */
#define PARTS_POISON_TRIES 64u

struct part {
	struct sift_choice choice;
	bool bound;          /* A later part may have more of its series. */
	bool aside;          /* Refused, and put last until more is known. */
	bool failed;         /* By 5xx, itself or what it is a part of. */
	uint64_t first_seen; /* Requests accepted before it first did so, */
	uint64_t last_seen;  /* and before it last did. */
	uint64_t alone;      /* Since when it is the last; 0: is not. */
};

struct parts {
	struct part *list; /* In the order in which they go. */
	unsigned int len;
	uint64_t failing;   /* Since when all answers are 5xx; 0: not so. */
	bool searching;     /* That was long enough: for what is poison. */
	unsigned int tries; /* Failures in a row while searching. */
};

/* One part that is all of a batch.  Return -1 if there is no memory. */
int parts_init(struct parts *parts);

/* Free what it holds.  Zeroed, there is none. */
void parts_release(struct parts *parts);

/* The first part is done with. */
void parts_next(struct parts *parts);

/**
 * parts_halve(parts, body):
 * Cut the first part, of which ${body} is made, at its middle.  Return -1,
 * changing nothing, if there is no memory, or there are too many parts.
 */
int parts_halve(struct parts *parts, const struct sifted *body);

/* The same, into its entries of ${kinds} and then those of the other kinds. */
int parts_divide(struct parts *parts, unsigned int kinds);

/**
 * parts_put_aside(parts):
 * The first part was refused: it goes last.  Return false, with nothing
 * changed, if a later part may have more of its series.
 */
bool parts_put_aside(struct parts *parts);

/* Whether a failure at ${now} has parts_failed look at what was sent. */
bool parts_suspected(const struct parts *parts, uint64_t now);

/**
 * parts_failed(parts, body, accepted, now):
 * The first part, of which ${body} is made, was answered by 5xx at ${now}, in
 * monotonic microseconds, after ${accepted} requests were accepted of whatever
 * batch.  Return whether it is poison, to be dropped.  If not, the parts may
 * be others now, or in another order.
 */
bool parts_failed(struct parts *parts, const struct sifted *body,
    uint64_t accepted, uint64_t now);

/* The first part was accepted, or failed in another way. */
void parts_answered(struct parts *parts);

#endif /* AGENT_SEND_PARTS_H */
