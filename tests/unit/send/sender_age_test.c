/* SPDX-License-Identifier: Apache-2.0 */
/* Samples that are too old or too far ahead, and rates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/send/sending.h"

#define MINUTE (60 * CLOCK_SEC)

static int
set_up(void **state)
{
	*state = sending_new();
	return 0;
}

static int
tear_down(void **state)
{
	sending_free(*state);
	return 0;
}

/* The drops of samples for ${reason} must be ${want}. */
static void
expect_dropped(struct sending *f, enum drop_reason reason, double want)
{
	sending_expect(f->meters.kinds[KEPT_SAMPLE].dropped[reason], want);
}

static int64_t
wall(struct sending *f)
{
	return clock_wall(sim_clock(f->sim));
}

static void
what_is_too_old_is_taken_out(void **state)
{
	struct sending *f = *state;

	f->remote.queue.sample_age_limit = MINUTE;
	sending_start(f, NULL, 0);
	/* Three before the limit, one at it, six after. */
	(void)sending_put_at(f, 0, 10, wall(f) - 60003);
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->seen_len, 1);
	assert_int_equal(f->seen[0].samples, 7);
	assert_true(f->seen[0].series == 0x3f8);
	expect_dropped(f, DROP_TOO_OLD, 3);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].total, 7);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 0);
	assert_int_equal(f->range.unsettled, 0);
}

static void
a_batch_that_is_all_too_old_costs_no_request(void **state)
{
	struct sending *f = *state;
	unsigned int i;

	f->remote.queue.sample_age_limit = MINUTE;
	sending_start(f, NULL, 0);
	for (i = 0; i < 50; i++)
		(void)sending_put_at(f, i, 10, wall(f) - 60010);
	sender_fly(f->sender);
	assert_int_equal(f->seen_len, 0);
	assert_int_equal(f->range.unsettled, 0);
	expect_dropped(f, DROP_TOO_OLD, 500);
	/* Nothing is due: no timer is left to fire. */
	assert_int_equal(sim_next(f->sim), CLOCK_NEVER);
}

/* Have the oldest of the samples from ${time} on be a minute and ${ms} old. */
static void
age_to(struct sending *f, int64_t time, int64_t ms)
{
	sim_jump(f->sim, time + 60000 + ms - wall(f));
	sender_hurry(f->sender);
	(void)sim_run(f->sim, 0);
}

static void
samples_age_between_attempts_and_are_counted_once(void **state)
{
	struct sending *f = *state;
	int64_t time = wall(f) - 50000;
	struct batch *batch;

	f->remote.queue.sample_age_limit = MINUTE;
	sending_start(f, NULL, 0);
	f->always = (struct sim_answer)SENDING_STATUS(503);
	f->always.latency = 0;
	batch = sending_put_at(f, 0, 60, time);
	age_to(f, time, 0);
	assert_int_equal(f->seen[f->seen_len - 1].samples, 60);
	age_to(f, time, 30);
	assert_int_equal(f->seen[f->seen_len - 1].samples, 30);
	assert_int_equal(batch->samples, 30);
	expect_dropped(f, DROP_TOO_OLD, 30);
	age_to(f, time, 40);
	age_to(f, time, 40);
	assert_int_equal(f->seen[f->seen_len - 1].samples, 20);
	expect_dropped(f, DROP_TOO_OLD, 40);
	/* Our clock goes back: what was dropped stays so. */
	age_to(f, time, 10);
	assert_int_equal(f->seen[f->seen_len - 1].samples, 20);
	expect_dropped(f, DROP_TOO_OLD, 40);
	f->always = (struct sim_answer)SENDING_OK;
	age_to(f, time, 50);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->seen[f->seen_len - 1].samples, 10);
	assert_int_equal(f->range.unsettled, 0);
	expect_dropped(f, DROP_TOO_OLD, 50);
}

/* The receiver's clock is an hour ahead: so are all limits. */
static void
the_clock_of_the_receiver_is_what_counts(void **state)
{
	struct sending *f = *state;
	unsigned int i;

	f->remote.queue.sample_age_limit = 30 * MINUTE;
	sending_start(f, NULL, 0);
	f->always = (struct sim_answer){ .latency = 1000,
		.outcome = HTTP_ANSWERED,
		.status = 200,
		.date = "Fri, 02 Jan 2026 04:04:05 GMT" };
	for (i = 0; i < 5; i++) {
		(void)sending_put_at(f, i, 1, wall(f));
		sender_fly(f->sender);
		(void)sim_run(f->sim, 1000);
	}
	assert_true(f->seen_len >= 3 && f->seen_len < 5);
	assert_int_equal(f->range.unsettled, 0);
	assert_true(
	    stat_value(f->meters.kinds[KEPT_SAMPLE].dropped[DROP_TOO_OLD]) >=
	    1);
	sender_measure(f->sender);
	assert_in_range(stat_value(f->meters.clock_offset), 3599, 3602);
}

/* Nothing that the receiver takes is dropped for that. */
static void
our_clock_may_be_set_while_samples_wait(void **state)
{
	struct sending *f = *state;
	int64_t time = wall(f);
	unsigned int i;

	f->remote.queue.sample_age_limit = 30 * MINUTE;
	sending_start(f, NULL, 0);
	f->always = (struct sim_answer){ .latency = 1000,
		.outcome = HTTP_ANSWERED,
		.status = 200,
		.date = "Fri, 02 Jan 2026 03:04:05 GMT" };
	for (i = 0; i < 10; i++) {
		if (i == 5)
			sim_jump(f->sim, INT64_C(3600000));
		(void)sending_put_at(f, i, 1, time);
		sender_fly(f->sender);
		(void)sim_run(f->sim, 1000);
	}
	assert_int_equal(f->seen_len, 10);
	expect_dropped(f, DROP_TOO_OLD, 0);
}

static void
what_is_too_far_ahead_is_taken_out_for_good(void **state)
{
	struct sending *f = *state;

	f->remote.future_limit = MINUTE;
	SENDING_START(f, SENDING_STATUS(503), SENDING_STATUS(503));
	(void)sending_put_at(f, 0, 10, wall(f) + 60000 - 4);
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->seen_len, 3);
	assert_int_equal(f->seen[0].samples, 5);
	assert_int_equal(f->seen[2].samples, 5);
	expect_dropped(f, DROP_FUTURE, 5);
	assert_int_equal(f->range.unsettled, 0);
}

static void
all_kinds_age(void **state)
{
	struct sending *f = *state;
	struct batch *batch;
	unsigned int i;

	f->remote.queue.sample_age_limit = MINUTE;
	sending_start(f, NULL, 0);
	batch = sending_put_all_kinds(f);
	batch->oldest = 1;
	batch->newest = wall(f); /* So that it is looked into. */
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->seen_len, 0);
	for (i = 0; i < KEPT_KINDS; i++)
		sending_expect(f->meters.kinds[i].dropped[DROP_TOO_OLD], 1);
}

static void
the_rate_of_samples_is_kept(void **state)
{
	struct sending *f = *state;
	unsigned int i;

	f->remote.samples_per_minute = 60;
	sending_start(f, NULL, 0);
	for (i = 0; i < 30; i++)
		(void)sending_put(f, 2 * i, 2);
	sender_fly(f->sender);
	assert_int_equal(f->seen_len, 1);
	(void)sim_run(f->sim, 20 * CLOCK_SEC);
	assert_in_range(f->seen_len, 10, 11);
	for (i = 1; i < f->seen_len; i++)
		assert_in_range(f->seen[i].at - f->seen[i - 1].at,
		    2 * CLOCK_SEC, 2 * CLOCK_SEC + 2000);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
}

/* What it leaves out is dropped at once, in order, and the rest goes. */
static void
what_is_skipped_is_dropped_though_it_waits(void **state)
{
	struct sending *f = *state;
	unsigned int i;

	f->remote.samples_per_minute = 60;
	sending_start(f, NULL, 0);
	assert_false(sender_throttled(f->sender));
	/* Of each series two, the later one waiting for the other. */
	for (i = 0; i < 60; i++)
		(void)sending_put_at(
		    f, i % 30, 1, wall(f) - 600000 + 10000 * i);
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC / 2);
	assert_true(sender_throttled(f->sender));
	sender_skip(f->sender, wall(f) - 300000);
	expect_dropped(f, DROP_MAX_LAG, 30);
	assert_int_equal(f->range.unsettled, 29);
	(void)sim_run(f->sim, MINUTE);
	assert_int_equal(f->range.unsettled, 0);
	expect_dropped(f, DROP_MAX_LAG, 30);
	expect_dropped(f, DROP_TOO_OLD, 0);
	assert_int_equal(f->seen_len, 30);
}

/* Of a batch of both, what is young enough goes. */
static void
what_is_skipped_is_taken_out_of_batches(void **state)
{
	struct sending *f = *state;

	sending_start(f, NULL, 0);
	f->always = (struct sim_answer)SENDING_STATUS(429);
	f->always.retry_after = "50";
	(void)sending_put_at(f, 0, 10, 5000);
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_true(sender_throttled(f->sender));
	sender_skip(f->sender, 5004);
	assert_int_equal(f->range.unsettled, 1);
	f->always = (struct sim_answer)SENDING_OK;
	(void)sim_run(f->sim, MINUTE);
	assert_int_equal(f->range.unsettled, 0);
	assert_int_equal(f->seen_len, 2);
	expect_dropped(f, DROP_MAX_LAG, 4);
}

static void
a_receiver_that_is_away_does_not_throttle(void **state)
{
	struct sending *f = *state;

	sending_start(f, NULL, 0);
	f->always = (struct sim_answer){ .outcome = HTTP_UNREACHED };
	(void)sending_put_at(f, 0, 10, wall(f));
	sender_fly(f->sender);
	(void)sim_run(f->sim, 10 * MINUTE);
	assert_false(sender_throttled(f->sender));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_is_too_old_is_taken_out),
		TEST(a_batch_that_is_all_too_old_costs_no_request),
		TEST(samples_age_between_attempts_and_are_counted_once),
		TEST(the_clock_of_the_receiver_is_what_counts),
		TEST(our_clock_may_be_set_while_samples_wait),
		TEST(what_is_too_far_ahead_is_taken_out_for_good),
		TEST(all_kinds_age),
		TEST(the_rate_of_samples_is_kept),
		TEST(what_is_skipped_is_dropped_though_it_waits),
		TEST(what_is_skipped_is_taken_out_of_batches),
		TEST(a_receiver_that_is_away_does_not_throttle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
