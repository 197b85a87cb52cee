/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/send/waits.h - when a destination, or a batch of it, is tried again.
 *
 * A batch that fails waits for its backoff; two failures with no success
 * between them make the whole destination wait.  A receiver that asks for a
 * pause gets it; one that holds us off is probed, ever more seldom.  And no
 * more is sent than the rate allows.  All times are monotonic microseconds.
 */
#ifndef AGENT_SEND_WAITS_H
#define AGENT_SEND_WAITS_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/backoff.h"
#include "agent/batch/window.h"
#include "agent/config/config.h"
#include "agent/send/throttle.h"

/* Between two probes of a destination that is held: at first, and at most. */
#define WAITS_HOLD_MIN (2 * CLOCK_SEC)
#define WAITS_HOLD_MAX (60 * CLOCK_SEC)

/* Where many hosts send, requests in search of what was refused are apart. */
#define WAITS_SEARCH CLOCK_SEC

struct waits {
	struct backoff backoff;
	struct backoff patience; /* While it is held. */
	struct throttle throttle;
	uint64_t spread;       /* A pause ends by up to so much later. */
	uint64_t search;       /* What is refused is searched on from then. */
	unsigned int failures; /* In a row, each begun after the last ended: */
	uint64_t failed;       /* which was then. */
	unsigned int holds;    /* In a row, likewise. */
	uint64_t resume;       /* Nothing is sent before, by our backoff, */
	uint64_t paused; /* nor before this, by someone's word (else 0), */
	uint64_t asked;  /* given then. */
};

/* Begin, with any number as ${random}. */
void waits_init(
    struct waits *waits, const struct config_remote *remote, uint64_t random);

/**
 * waits_tune(waits, remote, now):
 * Go on at ${now} as ${remote} says, to the receiver there was.  Backoffs and
 * holds are forgotten, for what they were for may be mended; a pause that it
 * asked for is not, nor what was sent to it of its rate.
 */
void waits_tune(
    struct waits *waits, const struct config_remote *remote, uint64_t now);

/* Each returns when ${batch}, whose request ended so at ${now}, may fly: */
uint64_t waits_failed(
    struct waits *waits, const struct batch *batch, uint64_t now);
uint64_t waits_held(
    struct waits *waits, const struct batch *batch, uint64_t now);

/**
 * waits_search(waits, now):
 * When the next request in search of what was refused may be made; 0: at once.
 */
uint64_t waits_search(struct waits *waits, uint64_t now);

/* The receiver wants less, and ${wait} of pause; 0: as the backoff. */
uint64_t waits_throttled(struct waits *waits, const struct batch *batch,
    uint64_t wait, uint64_t now);

/* A batch was refused: the receiver works. */
void waits_refused(struct waits *waits);

/**
 * waits_accepted(waits, batch):
 * A request of ${batch} was accepted.  Return false, changing nothing, if
 * that says nothing against a pause, since it was sent before.
 */
bool waits_accepted(struct waits *waits, const struct batch *batch);

/**
 * waits_paused(waits, now, flying):
 * Whether a backoff, a pause or a hold is on at ${now}; or is over, and the
 * first request after it has not been accepted, though there are some
 * ${flying}.  The rate is none of these.
 */
bool waits_paused(const struct waits *waits, uint64_t now, bool flying);

/* Before which nothing is sent; asked at ${now} when something could be. */
uint64_t waits_until(struct waits *waits, uint64_t now);

/* Forget backoffs and pauses. */
void waits_forget(struct waits *waits);

#endif /* AGENT_SEND_WAITS_H */
