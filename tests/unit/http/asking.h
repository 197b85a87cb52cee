/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/http/asking.h - a resolver on a clock that stands still until it
 * is told to move, with one name server on the loopback.
 */
#ifndef TESTS_UNIT_HTTP_ASKING_H
#define TESTS_UNIT_HTTP_ASKING_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "agent/base/clock.h"
#include "agent/http/resolve.h"
#include "tests/unit/http/names.h"

struct fake_timer {
	struct timer timer;
	clock_fire_fn *fire;
	void *arg;
	uint64_t at;
	bool used;
};

#define FAKE_TIMERS (RESOLVE_NAMES_MAX + 8)

struct fixture {
	struct clock clock; /* At the head: what callers hold. */
	uint64_t now;
	struct fake_timer timers[FAKE_TIMERS];
	sd_event *event;
	char conf[64];
	struct resolve_source source;
	struct names *names;
	struct resolver *resolver;
};

struct asked {
	struct fixture *f;
	unsigned calls;
	char addresses[256]; /* "" for none. */
	char error[128];
	const char *then_ask; /* From the callback, unless NULL. */
	struct asked *next;
	struct resolve_query **then_cancel; /* Likewise. */
};

/* Fixtures of cmocka; the state is a struct fixture.  127.0.0.1 answers. */
int asking_setup(void **state);
int asking_teardown(void **state);

/* Move the clock by ${span} microseconds, and fire what is then due. */
void asking_let_pass(struct fixture *f, uint64_t span);

/* Turn the loop until ${asked} has been called back; fail if it is not. */
void asking_await(struct asked *asked);

/* Turn the loop for a while, in which the name server answers. */
void asking_settle(struct fixture *f);

/* Ask for ${host}, noting the answer in ${asked}. */
struct resolve_query *asking_ask(struct asked *asked, const char *host);

/* Ask for ${host} and expect ${addresses}. */
void asking_expect(struct fixture *f, const char *host, const char *addresses);

#endif /* TESTS_UNIT_HTTP_ASKING_H */
