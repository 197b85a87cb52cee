/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/http/sim.h - a clock and a network that are made up.
 *
 * Time stands still but for sim_step and sim_run, which go from event to
 * event, a timer that fires or a request that ends, in the order of their
 * time.  What becomes of a request is the receiver's to say when it is made.
 * Nothing here waits, and the same choices give the same run.
 */
#ifndef TESTS_UNIT_HTTP_SIM_H
#define TESTS_UNIT_HTTP_SIM_H

#include <stdbool.h>

#include "agent/base/clock.h"
#include "agent/http/http.h"

/* The clocks at the start. */
#define SIM_START (3600 * CLOCK_SEC)    /* Monotonic. */
#define SIM_WALL INT64_C(1767323045000) /* 2026-01-02T03:04:05Z. */

/* What becomes of a request. */
struct sim_answer {
	uint64_t latency; /* Microseconds; past its timeout it times out. */
	enum http_outcome outcome;
	int status;              /* Of HTTP_ANSWERED. */
	const char *retry_after; /* Must last; may be NULL. */
	const char *body;        /* Likewise. */
	const char *location;    /* Likewise. */
	const char *date;        /* Likewise. */
	const char *challenge;   /* Likewise: WWW-Authenticate. */
	bool cut;                /* The body broke off. */
};

/* Who is sent requests, which are numbered from 0. */
struct sim_receiver {
	struct sim_answer (*begin)(
	    void *arg, uint64_t number, const struct http_request *request);
	void (*end)(void *arg, uint64_t number,
	    const struct http_response *response); /* May be NULL. */
	void *arg;
};

struct sim;

struct sim *sim_new(const struct sim_receiver *receiver);

/* All timers must have been freed and all calls be over. */
void sim_free(struct sim *sim);

struct clock *sim_clock(struct sim *sim);
struct http *sim_http(struct sim *sim);

/* Monotonic microseconds. */
uint64_t sim_now(const struct sim *sim);

/* Have the wall clock jump by so many milliseconds. */
void sim_jump(struct sim *sim, int64_t ms);

/* The next ${count} requests find no memory to begin. */
void sim_starve(struct sim *sim, unsigned int count);

/* Requests made so far, and those under way. */
uint64_t sim_requests(const struct sim *sim);
unsigned int sim_flying(const struct sim *sim);

/* When the next event is; CLOCK_NEVER if there is none. */
uint64_t sim_next(const struct sim *sim);

/* Go to the next event and have it happen; false if there is none. */
bool sim_step(struct sim *sim);

/* Go on for ${time} microseconds; return how many events there were. */
uint64_t sim_run(struct sim *sim, uint64_t time);

#endif /* TESTS_UNIT_HTTP_SIM_H */
