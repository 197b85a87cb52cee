/* SPDX-License-Identifier: Apache-2.0 */
/* agent/base/backoff.h - how long to wait before the next attempt. */
#ifndef AGENT_BASE_BACKOFF_H
#define AGENT_BASE_BACKOFF_H

#include <stdint.h>

struct backoff {
	uint64_t min;    /* Microseconds before the second attempt, about. */
	uint64_t max;    /* Microseconds before any attempt, at most. */
	uint64_t random; /* State of the jitter; any start will do. */
};

/**
 * backoff_wait(backoff, failures):
 * Microseconds to wait after ${failures} failures in a row, of which there
 * was at least one: min doubled with each, up to max, less up to a quarter by
 * chance, so that a fleet does not come back in step.
 */
uint64_t backoff_wait(struct backoff *backoff, unsigned int failures);

/* Microseconds up to ${max}, by chance. */
uint64_t backoff_chance(struct backoff *backoff, uint64_t max);

#endif /* AGENT_BASE_BACKOFF_H */
