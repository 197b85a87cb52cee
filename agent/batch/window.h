/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/batch/window.h - the batches on their way, and which must wait for which.
 *
 * At most WINDOW_SLOTS batches are between being filled and being settled
 * (delivered or dropped).  A batch may not fly before every earlier batch with
 * one of its series is settled: so each series keeps its order whatever the
 * latencies and failures, while batches without a common series pass each
 * other freely.
 *
 * Each series remembers the last batch that holds it.  That one batch is
 * enough to wait for: it waits itself for the one before it.  A series that
 * is new since others were dropped may be one of them come back, and waits for
 * all batches up to the last of theirs.
 */
#ifndef AGENT_BATCH_WINDOW_H
#define AGENT_BATCH_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/batch/range.h"
#include "agent/series/final.h"

#define WINDOW_SLOTS 64u /* A bit each in a uint64_t. */

/* No further batch is begun while those there are hold more than this. */
#define WINDOW_BYTES_MAX (16u << 20) /* Of compressed bodies. */

struct http_call;

enum batch_state {
	BATCH_FREE,    /* The slot is unused. */
	BATCH_FILLING, /* Series are being added. */
	BATCH_WAITING, /* Whole; waits for its turn. */
	BATCH_FLYING,  /* On the wire. */
};

struct batch {
	enum batch_state state;
	uint64_t id;    /* Grows; its slot is id % WINDOW_SLOTS. */
	uint64_t after; /* Bits of the slots to be settled first. */

	struct range *range; /* To which it belongs. */
	uint8_t *body;       /* The compressed request, owned. */
	size_t body_len;     /* Bytes. */
	uint32_t samples;    /* Entries of each kind that are not settled. */
	uint32_t exemplars;
	uint32_t histograms;
	int64_t oldest; /* Time of its oldest sample, in ms. */
	int64_t newest; /* And of its newest. */

	bool suspect;           /* It may have been delivered already, */
	bool repeated;          /* and was then sent whole, as it is now. */
	unsigned int attempts;  /* Requests made so far. */
	uint64_t not_before;    /* Monotonic us: of its next attempt. */
	uint64_t sent;          /* Monotonic us: of its last attempt. */
	struct http_call *call; /* While it flies. */
};

/* How many entries of all kinds are in ${batch}, and not settled. */
static inline uint32_t
batch_entries(const struct batch *batch)
{
	return batch->samples + batch->exemplars + batch->histograms;
}

struct window {
	struct batch slots[WINDOW_SLOTS];
	uint64_t next; /* Counts batches; the slot is left out. */
	unsigned int used;
	unsigned int flying;
};

/* An empty window. */
void window_init(struct window *window);

/* Free the bodies.  No call may be under way. */
void window_release(struct window *window);

/* How many bytes the bodies have. */
size_t window_bytes(const struct window *window);

/* A batch to fill, younger than all others; NULL if there is no room. */
struct batch *window_open(struct window *window);

/* ${batch}, being filled, holds ${final}. */
void window_hold(
    struct window *window, struct batch *batch, struct final *final);

/* ${batch}, being filled, is whole. */
void window_close(struct batch *batch);

/**
 * window_next(window, now, ret_wake):
 * The oldest batch that may fly at ${now}, in monotonic microseconds.  If
 * there is none, return NULL and lower ${ret_wake} to the moment at which one
 * may that only waits for its time.
 */
struct batch *window_next(
    struct window *window, uint64_t now, uint64_t *ret_wake);

/**
 * window_stale(window, before, id):
 * The oldest batch from ${*id} on that waits for no other and has nothing but
 * what is of before ${before}, in ms; move on ${*id}.  NULL if there is none.
 */
struct batch *window_stale(struct window *window, int64_t before, uint64_t *id);

/* Whether some batch waits, for whatever. */
bool window_waits(const struct window *window);

/* Whether ${limit} batches or more fly, and another waits to. */
bool window_pressed(const struct window *window, unsigned int limit);

/* ${batch} flies from ${now} on. */
void window_fly(struct window *window, struct batch *batch, uint64_t now);

/* ${batch} came back, and is to fly again at ${not_before}. */
void window_retry(
    struct window *window, struct batch *batch, uint64_t not_before);

/* No batch is to wait for its time any more. */
void window_hurry(struct window *window);

/* ${batch} is delivered or dropped: free its slot and whoever waits for it. */
void window_settle(struct window *window, struct batch *batch);

#endif /* AGENT_BATCH_WINDOW_H */
