/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/send/trip.h - a batch on its way, and what becomes of each part of it.
 *
 * A batch goes to the receiver as one request, or as several, one after the
 * other, if it is too large, or if something in it is refused.  What a trip
 * holds at once is the batch and the one request that is being made.  All
 * that happens to samples is counted here, each of them once.
 *
 * A batch that was sent whole before, and is refused now, is most likely at
 * the receiver: with one that is not, some part would be accepted.  So its
 * parts are not halved below a TRIP_PIECES-th of it before one of them is, and
 * if none is, it is given up as the duplicate that it is.
 */
#ifndef AGENT_SEND_TRIP_H
#define AGENT_SEND_TRIP_H

#include "agent/batch/window.h"
#include "agent/config/config.h"
#include "agent/meters/meters.h"
#include "agent/send/parts.h"
#include "agent/send/verdict.h"

/* Of a batch that was sent before, if nothing of it is accepted. */
#define TRIP_PIECES 8u

struct trip {
	struct batch *batch; /* NULL: there is none. */
	struct meters *meters;
	struct parts parts;
	struct sifted load;    /* What is sent of the first part. */
	bool whole;            /* It is the batch's own body. */
	uint32_t entries;      /* Of the batch when it began. */
	bool taken;            /* Something of it was accepted. */
	bool searched;         /* For what was refused of it. */
	uint64_t untimely;     /* Entries dropped for their time so far. */
	unsigned int judged;   /* Requests accepted or refused so far. */
	unsigned int followed; /* Redirects of this request. */
	char *target;          /* Of the last of them, or NULL. */
};

/* What may be sent now. */
struct trip_limits {
	struct sift_limits times;
	enum drop_reason old; /* For what is dropped as older than that. */
	size_t bytes_max;     /* Of a body, compressed; 0: none. */
};

/**
 * trip_limits_of(remote, wall, before):
 * What ${remote} lets be sent when the receiver's clock reads ${wall}
 * milliseconds since 1970; nothing from ${before} then, which it is too late
 * for.
 */
struct trip_limits trip_limits_of(
    const struct config_remote *remote, int64_t wall, int64_t before);

enum trip_state {
	TRIP_READY, /* There is a request to make. */
	TRIP_OVER,  /* Nothing of it is left to be sent. */
	TRIP_NOMEM,
};

/* Begin with ${batch}; -1 if there is no memory.  Zeroed before the first. */
int trip_begin(struct trip *trip, struct batch *batch, struct meters *meters);

/* Free what it holds; it is then as zeroed. */
void trip_end(struct trip *trip);

/**
 * trip_load(trip, limits):
 * Make the next request, in ${trip}->load: drop what is not within ${limits},
 * and cut what is too large.
 */
enum trip_state trip_load(struct trip *trip, const struct trip_limits *limits);

/* How many entries the request has. */
uint32_t trip_entries(const struct trip *trip);

/* Whether it has kinds that could go apart; see trip_divide. */
bool trip_mixed(const struct trip *trip);

/* How many requests there are at least, if this one is halved. */
unsigned int trip_requests(const struct trip *trip);

/**
 * trip_history(trip, bounded):
 * What of the request a verdict is by: all but its target and whether it is
 * poison.  The search for what is refused of it is ${bounded} by its size.
 */
struct verdict_history trip_history(const struct trip *trip, bool bounded);

/* A request is made, for the first time or again. */
void trip_count_attempt(struct trip *trip);

/* The receiver may have it, though it did not say so. */
void trip_doubt(struct trip *trip);

/* It will have to be made again; what was made for it is freed. */
void trip_again(struct trip *trip);

/* It goes on to ${target}, which the trip owns now. */
void trip_follow(struct trip *trip, char *target);

/* It was accepted; trip_load tells whether there is more. */
void trip_accepted(struct trip *trip);

/* It is given up. */
void trip_give_up(struct trip *trip, enum fail_reason reason);

/* Its halves are sent in its place; -1, nothing changed: they cannot. */
int trip_halve(struct trip *trip);

/* The same, of what was refused and may be a duplicate; see above. */
int trip_search(struct trip *trip);

/**
 * trip_divide(trip):
 * It was refused, and is mixed: give up its exemplars, or if it has none,
 * send samples and histograms apart.  Return -1, nothing changed, if there is
 * no memory.
 */
int trip_divide(struct trip *trip);

/**
 * trip_failed(trip, accepted, now):
 * It was answered by 5xx, after ${accepted} requests to this destination were
 * accepted.  Return whether it is poison, to be given up as such; else it
 * will have to be made again.
 */
bool trip_failed(struct trip *trip, uint64_t accepted, uint64_t now);

#endif /* AGENT_SEND_TRIP_H */
