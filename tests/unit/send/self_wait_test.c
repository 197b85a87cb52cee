/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/send/selves.h"

/* Whatever the interval, what is refused is not tried without end. */
static void
one_that_fails_is_followed_by_none_for_a_while(void **state)
{
	static const int statuses[] = { 401, 400, 429, 500 };
	struct selves *f = *state;
	size_t i;

	selves_start(f, HEAD);
	f->config->remotes[0].self_interval = CLOCK_SEC;
	for (i = 0; i < 4; i++) {
		f->told_len = 0;
		f->answer.status = statuses[i];
		selves_run(f, 10 * SELF_WAIT);
		assert_in_range(f->told_len, 9, 11);
		assert_true(f->told[8].time > f->told[7].time);
	}
	assert_true(stat_value(f->sending->meters.self_failed) >= 15 * 36);
	assert_false(sender_waits(f->sending->sender));
}

static void
a_receiver_may_ask_for_time(void **state)
{
	struct selves *f = *state;

	selves_start(f, HEAD);
	f->answer.status = 429;
	f->answer.retry_after = "200";
	selves_run(f, 10 * CLOCK_SEC);
	assert_int_equal(f->told_len, 1);
	f->answer = (struct sim_answer)SENDING_OK;
	selves_run(f, 4 * INTERVAL);
	assert_int_equal(f->told_len, 2);
	assert_int_equal(f->told[1].at - f->told[0].at, 4 * INTERVAL);
}

/* The receiver hangs on ours: samples go their way. */
static void
samples_do_not_wait_for_them(void **state)
{
	struct selves *f = *state;

	f->answer.latency = CLOCK_NEVER;
	selves_start(f, HEAD);
	selves_run(f, 2 * CLOCK_SEC);
	assert_int_equal(f->told_len, 1);
	(void)sending_put(f->sending, 0, 5);
	sender_fly(f->sending->sender);
	selves_run(f, CLOCK_SEC);
	assert_int_equal(f->sending->range.unsettled, 0);
	assert_int_equal(f->told_len, 1);
}

/* With a backlog whose requests fill all there is room for. */
static void
they_wait_for_no_backlog(void **state)
{
	struct selves *f = *state;
	unsigned int i;

	selves_start(f, HEAD);
	f->sending->always.latency = 20 * CLOCK_SEC;
	for (i = 0; i < 8; i++)
		(void)sending_put(f->sending, i, 1);
	sender_fly(f->sending->sender);
	selves_run(f, 2 * CLOCK_SEC);
	assert_int_equal(f->told_len, 1);
	assert_int_equal(f->told[0].at, SIM_START + CLOCK_SEC);
}

static void
they_wait_while_samples_have_to(void **state)
{
	struct selves *f = *state;

	selves_start(f, HEAD);
	f->sending->always.status = 429;
	f->sending->always.retry_after = "200";
	(void)sending_put(f->sending, 0, 1);
	sender_fly(f->sending->sender);
	selves_run(f, 190 * CLOCK_SEC);
	assert_int_equal(f->told_len, 0);
	f->sending->always = (struct sim_answer)SENDING_OK;
	selves_run(f, 20 * CLOCK_SEC);
	assert_int_equal(f->told_len, 1);
	/* Of that moment, not of the one at which it was due. */
	assert_true(f->told[0].time >= SIM_WALL + 200000);
}

static void
the_rate_counts_them(void **state)
{
	struct selves *f = *state;

	f->sending->remote.samples_per_minute = 30;
	selves_start(f, HEAD);
	selves_run(f, 2 * CLOCK_SEC);
	assert_int_equal(f->told_len, 1);
	(void)sending_put(f->sending, 0, 1);
	sender_fly(f->sending->sender);
	selves_run(f, 28 * CLOCK_SEC);
	assert_int_equal(f->sending->seen_len, 0);
	selves_run(f, 2 * CLOCK_SEC);
	assert_int_equal(f->sending->seen_len, 1);
}

static void
a_clock_set_back_sends_nothing_twice(void **state)
{
	struct selves *f = *state;

	selves_start(f, HEAD);
	selves_run(f, INTERVAL);
	sim_jump(f->sending->sim, -90000);
	selves_run(f, 3 * INTERVAL);
	assert_int_equal(f->told_len, 3);
	assert_true(f->told[1].time > f->told[0].time);
	assert_int_equal(f->told[1].at - f->told[0].at, 2 * INTERVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, selves_set_up, selves_tear_down)
		TEST(one_that_fails_is_followed_by_none_for_a_while),
		TEST(a_receiver_may_ask_for_time),
		TEST(samples_do_not_wait_for_them),
		TEST(they_wait_for_no_backlog),
		TEST(they_wait_while_samples_have_to),
		TEST(the_rate_counts_them),
		TEST(a_clock_set_back_sends_nothing_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
