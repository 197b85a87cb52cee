/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/send/verdict.h - from an answer to the next step, and nothing else.
 *
 * A pure function: the same answer to a request of the same history, under
 * the same rules, is always followed by the same step.  The final status line
 * decides, whatever became of the body.
 */
#ifndef AGENT_SEND_VERDICT_H
#define AGENT_SEND_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/config/config.h"
#include "agent/http/http.h"
#include "agent/meters/meters.h"

/* Requests by which what is refused of a batch is searched for, at most. */
#define VERDICT_BISECT_MAX 64u

/**
 * verdict_search_max(entries):
 * Requests by which one of so many ${entries} that is refused can be found: as
 * often as these can be halved, and of each half the other as well.
 */
unsigned int verdict_search_max(uint32_t entries);

enum step {
	STEP_DELIVERED, /* The receiver has it. */
	STEP_RETRY,     /* Again after the backoff: it may pass by itself. */
	STEP_PAUSE,     /* Nothing to this destination for a while, then one. */
	STEP_HOLD,      /* The same, until a person mends something. */
	STEP_FOLLOW,    /* The same request at the target of the redirect. */
	STEP_DIVIDE,    /* Without exemplars, or floats and histograms apart. */
	STEP_HALVE,     /* In two halves, one after the other. */
	STEP_GIVE_UP,   /* Never: dropped, counted, said. */
};

/* What the configuration says of a destination. */
struct verdict_rules {
	bool retry_429;       /* False: 429 is refused, as by Prometheus. */
	bool authenticated;   /* Requests carry credentials of some kind. */
	bool bisect;          /* What is refused is searched for. */
	const uint16_t *hold; /* Statuses that are not refusals, but hold. */
	size_t hold_len;
	bool hold_always; /* Even without authentication. */
};

/* Those of ${remote}, which must outlive them. */
struct verdict_rules verdict_rules_of(const struct config_remote *remote);

/* What is known of a request beside its answer. */
struct verdict_history {
	bool suspect;   /* It may have been delivered before, or some of it. */
	bool mixed;     /* It has kinds that could go apart. */
	bool divisible; /* It has two entries or more. */
	bool poison;    /* The receiver fails by it; see parts.h. */
	bool target;    /* It may follow where the answer sends it. */
	unsigned int requests;   /* There would be of its batch, if halved; */
	unsigned int search_max; /* and may be, if it is not suspect; 0: as
				    many as if it were. */
};

struct verdict {
	enum step step;
	uint64_t pause; /* STEP_PAUSE: microseconds; 0: as the backoff. */
	enum fail_reason reason; /* STEP_GIVE_UP. */
};

/**
 * verdict(response, rules, history, wall):
 * What ${response}, which came at ${wall} milliseconds since 1970, asks for.
 */
struct verdict verdict(const struct http_response *response,
    const struct verdict_rules *rules, const struct verdict_history *history,
    int64_t wall);

/* Whether ${status} is a redirect that keeps to what was asked. */
bool verdict_redirects(int status);

/* Whether the receiver may have some of a request that ended so. */
bool verdict_suspects(const struct http_response *response);

#endif /* AGENT_SEND_VERDICT_H */
