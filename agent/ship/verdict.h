/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/ship/verdict.h - from an answer to the next step, and nothing else.
 *
 * A pure function: the same answer under the same rules is always followed by
 * the same step.  The final status line decides, whatever became of the body.
 */
#ifndef AGENT_SHIP_VERDICT_H
#define AGENT_SHIP_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/http/http.h"

/* No receiver makes us wait longer than this at once. */
#define VERDICT_PAUSE_MAX (600 * CLOCK_SEC)

enum step {
	STEP_DELIVERED, /* The receiver has it. */
	STEP_RETRY,     /* Again after the backoff: it may pass by itself. */
	STEP_PAUSE,     /* Nothing to this destination for a while, then one. */
	STEP_HOLD,      /* The same, until a person mends something. */
	STEP_REFUSED,   /* Never: dropped, counted, said. */
};

/* What the configuration says of a destination. */
struct verdict_rules {
	bool retry_429;     /* False: 429 is refused, as by Prometheus. */
	bool authenticated; /* Requests carry credentials of some kind. */
};

struct verdict {
	enum step step;
	uint64_t pause; /* STEP_PAUSE: microseconds; 0: as the backoff. */
};

/**
 * verdict(response, rules, wall):
 * What ${response}, which came at ${wall} milliseconds since 1970, asks for.
 */
struct verdict verdict(const struct http_response *response,
    const struct verdict_rules *rules, int64_t wall);

/**
 * verdict_retry_after(text, wall):
 * The value of a Retry-After header, seconds or a date, in microseconds from
 * ${wall} on, at most VERDICT_PAUSE_MAX; 0 if it is neither, or past.
 */
uint64_t verdict_retry_after(const char *text, int64_t wall);

#endif /* AGENT_SHIP_VERDICT_H */
