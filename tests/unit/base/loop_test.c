/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/loop.h"

struct fixture {
	sd_event *event;
	struct clock *clock;
};

struct alarm {
	struct fixture *f;
	struct timer *timer;
	unsigned fired;
	uint64_t fired_at;
	uint64_t again_in; /* Set anew from within, once, unless 0. */
	unsigned *order;   /* Unless NULL: counted up, */
	unsigned place;    /* and this is what it was. */
	int frees_itself;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_true(sd_event_new(&f->event) >= 0);
	f->clock = loop_clock_new(f->event);
	assert_non_null(f->clock);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	loop_clock_free(f->clock);
	sd_event_unref(f->event);
	free(f);
	return 0;
}

static void
ring(void *arg)
{
	struct alarm *a = arg;

	a->fired++;
	a->fired_at = clock_monotonic(a->f->clock);
	if (a->order != NULL)
		a->place = (*a->order)++;
	if (a->again_in > 0) {
		timer_set(a->timer, a->fired_at + a->again_in);
		a->again_in = 0;
	}
	if (a->frees_itself) {
		timer_free(a->timer);
		a->timer = NULL;
	}
}

static struct alarm
alarm_of(struct fixture *f)
{
	return (struct alarm){ .f = f };
}

static void
alarm_begin(struct alarm *a)
{
	a->timer = timer_new(a->f->clock, ring, a);
	assert_non_null(a->timer);
}

/* Turn the loop for ${span} microseconds. */
static void
run_for(struct fixture *f, uint64_t span)
{
	uint64_t end = clock_monotonic(f->clock) + span, now;

	while ((now = clock_monotonic(f->clock)) < end)
		assert_true(sd_event_run(f->event, end - now) >= 0);
}

static void
a_timer_fires_once_and_not_before_its_time(void **state)
{
	struct alarm a = alarm_of(*state);
	uint64_t at = clock_monotonic(a.f->clock) + 20 * CLOCK_MSEC;

	alarm_begin(&a);
	timer_set(a.timer, at);
	run_for(a.f, 60 * CLOCK_MSEC);
	assert_int_equal(a.fired, 1);
	assert_true(a.fired_at >= at);
	assert_true(a.fired_at < at + 30 * CLOCK_MSEC);
	timer_free(a.timer);
}

static void
a_new_timer_is_disarmed(void **state)
{
	struct alarm a = alarm_of(*state);

	alarm_begin(&a);
	run_for(a.f, 10 * CLOCK_MSEC);
	assert_int_equal(a.fired, 0);
	timer_free(a.timer);
}

static void
a_moment_that_has_passed_fires_at_the_next_turn_not_at_once(void **state)
{
	struct alarm a = alarm_of(*state);

	alarm_begin(&a);
	timer_set(a.timer, 0);
	assert_int_equal(a.fired, 0);
	assert_true(sd_event_run(a.f->event, 0) > 0);
	assert_int_equal(a.fired, 1);
	timer_free(a.timer);
}

static void
a_later_setting_takes_the_place_of_the_former(void **state)
{
	struct alarm a = alarm_of(*state);
	uint64_t now = clock_monotonic(a.f->clock);

	alarm_begin(&a);
	timer_set(a.timer, now + 5 * CLOCK_MSEC);
	timer_set(a.timer, now + 30 * CLOCK_MSEC);
	run_for(a.f, 60 * CLOCK_MSEC);
	assert_int_equal(a.fired, 1);
	assert_true(a.fired_at >= now + 30 * CLOCK_MSEC);
	timer_free(a.timer);
}

static int
note_readable(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	bool *readable = arg;

	(void)source;
	(void)fd;
	(void)events;
	*readable = true;
	return 0;
}

static void
ring_for_ever(void *arg)
{
	struct alarm *a = arg;

	a->fired++;
	timer_set(a->timer, 0);
}

static void
a_timer_that_is_always_due_leaves_others_their_turn(void **state)
{
	struct alarm a = alarm_of(*state);
	sd_event_source *source;
	bool readable = false;
	int pipes[2], turns;

	assert_int_equal(pipe(pipes), 0);
	assert_true(sd_event_add_io(a.f->event, &source, pipes[0], EPOLLIN,
			note_readable, &readable) >= 0);
	a.timer = timer_new(a.f->clock, ring_for_ever, &a);
	timer_set(a.timer, 0);
	for (turns = 0; turns < 10; turns++)
		assert_true(sd_event_run(a.f->event, 0) > 0);
	assert_int_equal(a.fired, 10);

	assert_int_equal(write(pipes[1], "", 1), 1);
	for (turns = 0; turns < 5; turns++)
		assert_true(sd_event_run(a.f->event, 0) > 0);
	assert_true(readable);
	timer_free(a.timer);
	sd_event_source_disable_unref(source);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}

static void
what_has_passed_may_be_set_to_later_or_never(void **state)
{
	struct alarm a = alarm_of(*state), b = alarm_of(*state);
	uint64_t at = clock_monotonic(a.f->clock) + 20 * CLOCK_MSEC;

	alarm_begin(&a);
	alarm_begin(&b);
	timer_set(a.timer, 0);
	timer_set(a.timer, at);
	timer_set(b.timer, 0);
	timer_set(b.timer, CLOCK_NEVER);
	run_for(a.f, 60 * CLOCK_MSEC);
	assert_int_equal(a.fired, 1);
	assert_true(a.fired_at >= at);
	assert_int_equal(b.fired, 0);
	timer_free(a.timer);
	timer_free(b.timer);
}

static void
never_disarms(void **state)
{
	struct alarm a = alarm_of(*state);

	alarm_begin(&a);
	timer_set(a.timer, 0);
	timer_set(a.timer, CLOCK_NEVER);
	run_for(a.f, 10 * CLOCK_MSEC);
	assert_int_equal(a.fired, 0);
	timer_free(a.timer);
}

static void
a_timer_may_be_set_anew_while_it_fires(void **state)
{
	struct alarm a = alarm_of(*state);

	alarm_begin(&a);
	a.again_in = 5 * CLOCK_MSEC;
	timer_set(a.timer, 0);
	run_for(a.f, 30 * CLOCK_MSEC);
	assert_int_equal(a.fired, 2);
	timer_free(a.timer);
}

static void
a_timer_may_be_freed_while_it_fires(void **state)
{
	struct alarm a = alarm_of(*state);

	alarm_begin(&a);
	a.frees_itself = 1;
	timer_set(a.timer, 0);
	run_for(a.f, 10 * CLOCK_MSEC);
	assert_int_equal(a.fired, 1);
	assert_null(a.timer);
}

static void
a_freed_timer_does_not_fire(void **state)
{
	struct alarm a = alarm_of(*state);

	alarm_begin(&a);
	timer_set(a.timer, 0);
	timer_free(a.timer);
	run_for(a.f, 10 * CLOCK_MSEC);
	assert_int_equal(a.fired, 0);
}

static void
timers_fire_in_the_order_of_their_times(void **state)
{
	struct alarm a = alarm_of(*state), b = alarm_of(*state);
	uint64_t now = clock_monotonic(a.f->clock);
	unsigned order = 1;

	a.order = b.order = &order;
	alarm_begin(&a);
	alarm_begin(&b);
	timer_set(a.timer, now + 12 * CLOCK_MSEC);
	timer_set(b.timer, now + 6 * CLOCK_MSEC);
	run_for(a.f, 30 * CLOCK_MSEC);
	assert_int_equal(b.place, 1);
	assert_int_equal(a.place, 2);
	timer_free(a.timer);
	timer_free(b.timer);
}

static void
nothing_is_done_to_null(void **state)
{
	(void)state;
	timer_free(NULL);
	loop_clock_free(NULL);
}

static void
the_wall_clock_reads_milliseconds_since_1970(void **state)
{
	struct fixture *f = *state;
	int64_t before = (int64_t)time(NULL) * 1000;
	int64_t wall = clock_wall(f->clock);

	/* time(2) may read a tick behind, and the seconds turn in between. */
	assert_in_range(wall - before + 100, 0, 2100);
}

static void
the_monotonic_clock_moves_while_a_callback_runs(void **state)
{
	struct fixture *f = *state;
	uint64_t start = clock_monotonic(f->clock), now;

	do {
		now = clock_monotonic(f->clock);
		assert_true(now >= start);
	} while (now == start);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_timer_fires_once_and_not_before_its_time),
		TEST(a_new_timer_is_disarmed),
		TEST(
		    a_moment_that_has_passed_fires_at_the_next_turn_not_at_once),
		TEST(a_later_setting_takes_the_place_of_the_former),
		TEST(never_disarms),
		TEST(what_has_passed_may_be_set_to_later_or_never),
		TEST(a_timer_that_is_always_due_leaves_others_their_turn),
		TEST(a_timer_may_be_set_anew_while_it_fires),
		TEST(a_timer_may_be_freed_while_it_fires),
		TEST(a_freed_timer_does_not_fire),
		TEST(timers_fire_in_the_order_of_their_times),
		TEST(nothing_is_done_to_null),
		TEST(the_wall_clock_reads_milliseconds_since_1970),
		TEST(the_monotonic_clock_moves_while_a_callback_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
