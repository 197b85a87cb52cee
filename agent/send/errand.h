/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/send/errand.h - a request to a receiver beside those of its samples.
 *
 * One at a time, with the headers of all others.  A redirect is followed as
 * those of samples are; what comes of it is told once, by the last answer.
 */
#ifndef AGENT_SEND_ERRAND_H
#define AGENT_SEND_ERRAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/config/config.h"
#include "agent/http/http.h"
#include "agent/send/headers.h"

/* Zeroed but for its first four it is ready for use. */
struct errand {
	struct http *http;
	const struct config_remote *remote;
	void (*done)(void *arg, const struct http_response *response);
	void *arg;

	struct headers headers; /* Made for the first request. */
	struct http_call *call; /* On its way, or NULL. */
	const uint8_t *body;    /* Of it. */
	size_t body_len;
	unsigned int tries;    /* Made of it before. */
	char *target;          /* Where it was sent on to, or NULL. */
	unsigned int followed; /* Redirects so far. */
};

/**
 * errand_run(errand, body, len, tries):
 * Post the ${len} bytes at ${body}, which must outlive the request, and were
 * posted ${tries} times before; none is under way.  Then call done, at once if
 * there is no memory.
 */
void errand_run(
    struct errand *errand, const uint8_t *body, size_t len, unsigned int tries);

/* Whether a request is on its way. */
bool errand_runs(const struct errand *errand);

/* Cancel the request, if there is one: done is not called. */
void errand_cancel(struct errand *errand);

/**
 * errand_tune(errand, remote, http):
 * Send as ${remote} says and by ${http} from now on.  Nothing may be on its
 * way.
 */
void errand_tune(struct errand *errand, const struct config_remote *remote,
    struct http *http);

/* Cancel, and free what it holds. */
void errand_release(struct errand *errand);

/* Whether ${response} says that the request was accepted. */
bool errand_accepted(const struct http_response *response);

/* Whether the request may succeed by itself if it is made again. */
bool errand_may_pass(const struct http_response *response);

/* How long ${response} asks for nothing to be sent, in microseconds. */
uint64_t errand_asked(
    const struct http_response *response, struct clock *clock);

#endif /* AGENT_SEND_ERRAND_H */
