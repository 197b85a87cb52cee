/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/http/asking.h"

static uint64_t
fake_monotonic(struct clock *clock)
{
	return ((struct fixture *)clock)->now;
}

static int64_t
fake_wall(struct clock *clock)
{
	(void)clock;
	return 0;
}

static struct timer *
fake_timer_new(struct clock *clock, clock_fire_fn *fire, void *arg)
{
	struct fixture *f = (struct fixture *)clock;
	size_t i;

	for (i = 0; i < FAKE_TIMERS && f->timers[i].used; i++)
		;
	assert_true(i < FAKE_TIMERS);
	f->timers[i] = (struct fake_timer){ .timer.clock = clock,
		.fire = fire,
		.arg = arg,
		.at = CLOCK_NEVER,
		.used = true };
	return &f->timers[i].timer;
}

static void
fake_timer_set(struct timer *timer, uint64_t at)
{
	((struct fake_timer *)timer)->at = at;
}

static void
fake_timer_free(struct timer *timer)
{
	((struct fake_timer *)timer)->used = false;
}

/* One turn of the loop: what sockets bring, and what is due. */
static void
turn(struct fixture *f, uint64_t wait)
{
	struct fake_timer *t;

	assert_true(sd_event_run(f->event, wait) >= 0);
	for (t = f->timers; t < f->timers + FAKE_TIMERS; t++)
		if (t->used && t->at <= f->now) {
			t->at = CLOCK_NEVER;
			t->fire(t->arg);
		}
}

void
asking_let_pass(struct fixture *f, uint64_t span)
{
	f->now += span;
	turn(f, 0);
}

void
asking_await(struct asked *asked)
{
	int i;

	for (i = 0; i < 400 && asked->calls == 0; i++)
		turn(asked->f, 5 * CLOCK_MSEC);
	assert_int_equal(asked->calls, 1);
}

void
asking_settle(struct fixture *f)
{
	int i;

	for (i = 0; i < 10; i++)
		turn(f, 5 * CLOCK_MSEC);
}

int
asking_setup(void **state)
{
	const struct names_answer answer = { NAMES_ANSWER, "127.0.0.1", NULL,
		60 };
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->clock = (struct clock){ fake_wall, fake_monotonic, fake_timer_new,
		fake_timer_set, fake_timer_free };
	f->now = 1000 * CLOCK_SEC;
	assert_true(sd_event_new(&f->event) >= 0);
	(void)snprintf(
	    f->conf, sizeof(f->conf), "asking.%ld.conf", (long)getpid());
	names_conf(f->conf, "127.0.0.1");
	f->names = names_start("127.0.0.1", 0, answer);
	f->source.resolv_conf = f->conf;
	f->source.port = names_port(f->names);
	f->resolver = resolver_new(f->event, &f->clock, &f->source);
	assert_non_null(f->resolver);
	*state = f;
	return 0;
}

int
asking_teardown(void **state)
{
	struct fixture *f = *state;
	size_t i;

	resolver_free(f->resolver);
	for (i = 0; i < FAKE_TIMERS; i++)
		assert_false(f->timers[i].used);
	if (f->names != NULL)
		names_stop(f->names);
	(void)unlink(f->conf);
	sd_event_unref(f->event);
	free(f);
	return 0;
}

static void
on_done(void *arg, const char *addresses, const char *error)
{
	struct asked *asked = arg;

	asked->calls++;
	assert_true((addresses == NULL) != (error == NULL));
	if (asked->then_ask != NULL)
		assert_non_null(asking_ask(asked->next, asked->then_ask));
	if (asked->then_cancel != NULL) {
		resolve_cancel(*asked->then_cancel);
		*asked->then_cancel = NULL;
	}
	(void)snprintf(asked->addresses, sizeof(asked->addresses), "%s",
	    addresses == NULL ? "" : addresses);
	(void)snprintf(asked->error, sizeof(asked->error), "%s",
	    error == NULL ? "" : error);
}

struct resolve_query *
asking_ask(struct asked *asked, const char *host)
{
	return resolver_ask(asked->f->resolver, host, on_done, asked);
}

void
asking_expect(struct fixture *f, const char *host, const char *addresses)
{
	struct asked asked = { .f = f };

	assert_non_null(asking_ask(&asked, host));
	asking_await(&asked);
	assert_string_equal(asked.addresses, addresses);
}
