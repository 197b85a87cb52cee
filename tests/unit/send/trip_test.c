/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/send/trip.h"
#include "tests/unit/send/sending.h"

#define NO_LIMITS \
	((struct trip_limits){ .times = SIFT_NO_LIMITS, .old = DROP_TOO_OLD })

struct fixture {
	struct sending *sending; /* Its window and encoder; no sender. */
	struct kind_meters *kinds;
	struct batch *batch;
	struct trip trip;
};

static int
set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .sending = sending_new() };
	f.kinds = f.sending->meters.kinds;
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	trip_end(&f->trip);
	sending_free(f->sending);
	return 0;
}

static void
begin(struct fixture *f, struct batch *batch)
{
	f->batch = batch;
	assert_int_equal(trip_begin(&f->trip, batch, &f->sending->meters), 0);
}

static enum trip_state
load(struct fixture *f, struct trip_limits limits)
{
	return trip_load(&f->trip, &limits);
}

static void
a_batch_as_it_is_is_sent_as_it_is(void **state)
{
	struct fixture *f = *state;

	begin(f, sending_put(f->sending, 0, 3));
	assert_int_equal(load(f, NO_LIMITS), TRIP_READY);
	assert_ptr_equal(f->trip.load.body, f->batch->body);
	assert_int_equal(f->trip.load.len, f->batch->body_len);
	assert_int_equal(trip_entries(&f->trip), 3);
	assert_false(trip_mixed(&f->trip));
	trip_count_attempt(&f->trip);
	sending_expect(f->kinds[KEPT_SAMPLE].total, 3);
	trip_again(&f->trip);
	sending_expect(f->kinds[KEPT_SAMPLE].retried, 3);
	assert_int_equal(load(f, NO_LIMITS), TRIP_READY);
	trip_accepted(&f->trip);
	assert_int_equal(f->batch->samples, 0);
	sending_expect(f->sending->meters.bytes, (double)f->batch->body_len);
	assert_int_equal(load(f, NO_LIMITS), TRIP_OVER);
}

static void
exemplars_are_given_up_first_and_then_kinds_go_apart(void **state)
{
	struct fixture *f = *state;

	begin(f, sending_put_all_kinds(f->sending));
	assert_int_equal(load(f, NO_LIMITS), TRIP_READY);
	assert_true(trip_mixed(&f->trip));
	assert_int_equal(trip_divide(&f->trip), 0);
	trip_again(&f->trip);
	sending_expect(f->kinds[KEPT_EXEMPLAR].given_up[FAIL_REFUSED], 1);
	sending_expect(f->kinds[KEPT_EXEMPLAR].retried, 0);
	assert_int_equal(f->batch->exemplars, 0);

	assert_int_equal(load(f, NO_LIMITS), TRIP_READY);
	assert_true(trip_mixed(&f->trip));
	assert_int_equal(trip_divide(&f->trip), 0);
	trip_again(&f->trip);
	assert_int_equal(load(f, NO_LIMITS), TRIP_READY);
	assert_int_equal(f->trip.load.counts[KEPT_SAMPLE], 1);
	assert_int_equal(trip_entries(&f->trip), 1);
	assert_false(trip_mixed(&f->trip));
	trip_give_up(&f->trip, FAIL_REFUSED);
	sending_expect(f->kinds[KEPT_SAMPLE].failed, 1);
	assert_int_equal(load(f, NO_LIMITS), TRIP_READY);
	assert_int_equal(f->trip.load.counts[KEPT_HISTOGRAM], 1);
	trip_accepted(&f->trip);
	assert_int_equal(load(f, NO_LIMITS), TRIP_OVER);
	sending_expect(f->kinds[KEPT_HISTOGRAM].failed, 0);
}

static void
halves_hold_what_the_whole_did(void **state)
{
	struct fixture *f = *state;

	begin(f, sending_put(f->sending, 0, 10));
	assert_int_equal(load(f, NO_LIMITS), TRIP_READY);
	assert_int_equal(trip_requests(&f->trip), 3);
	assert_int_equal(trip_halve(&f->trip), 0);
	trip_again(&f->trip);
	assert_int_equal(load(f, NO_LIMITS), TRIP_READY);
	assert_int_equal(trip_entries(&f->trip), 5);
	assert_int_equal(trip_requests(&f->trip), 5);
	trip_accepted(&f->trip);
	assert_int_equal(f->batch->samples, 5);
	assert_int_equal(load(f, NO_LIMITS), TRIP_READY);
	assert_int_equal(trip_entries(&f->trip), 5);
	assert_int_equal(trip_requests(&f->trip), 5);
	trip_accepted(&f->trip);
	assert_int_equal(load(f, NO_LIMITS), TRIP_OVER);
}

static void
what_is_out_of_time_goes_by_its_reason(void **state)
{
	struct trip_limits limits = { .times = { 5002, 5006 },
		.old = DROP_MAX_LAG };
	struct fixture *f = *state;

	begin(f, sending_put_at(f->sending, 0, 10, 5000));
	assert_int_equal(load(f, limits), TRIP_READY);
	assert_int_equal(trip_entries(&f->trip), 5);
	sending_expect(f->kinds[KEPT_SAMPLE].dropped[DROP_MAX_LAG], 2);
	sending_expect(f->kinds[KEPT_SAMPLE].dropped[DROP_FUTURE], 3);
	assert_int_equal(f->batch->samples, 5);
	assert_int_equal(f->batch->oldest, 5002);
	trip_again(&f->trip);
	assert_int_equal(load(f, NO_LIMITS), TRIP_READY);
	assert_int_equal(trip_entries(&f->trip), 5);
	sending_expect(f->kinds[KEPT_SAMPLE].dropped[DROP_FUTURE], 3);
}

static void
a_part_of_which_nothing_is_left_is_passed_over(void **state)
{
	struct trip_limits limits = { .times = { 5005, INT64_MAX },
		.old = DROP_TOO_OLD };
	struct fixture *f = *state;

	begin(f, sending_put_at(f->sending, 0, 10, 5000));
	assert_int_equal(load(f, NO_LIMITS), TRIP_READY);
	assert_int_equal(trip_halve(&f->trip), 0);
	trip_again(&f->trip);
	assert_int_equal(load(f, limits), TRIP_READY);
	assert_int_equal(f->trip.parts.len, 1);
	assert_int_equal(trip_entries(&f->trip), 5);
	limits.times.oldest = 5010;
	trip_again(&f->trip);
	assert_int_equal(load(f, limits), TRIP_OVER);
	sending_expect(f->kinds[KEPT_SAMPLE].dropped[DROP_TOO_OLD], 10);
	assert_int_equal(f->batch->samples, 0);
}

static void
a_batch_that_is_all_too_old_is_not_looked_into(void **state)
{
	struct trip_limits limits = { .times = { 5010, INT64_MAX },
		.old = DROP_TOO_OLD };
	struct fixture *f = *state;

	begin(f, sending_put_at(f->sending, 0, 10, 5000));
	f->batch->body_len = 0; /* It would fail. */
	assert_int_equal(load(f, limits), TRIP_OVER);
	sending_expect(f->kinds[KEPT_SAMPLE].dropped[DROP_TOO_OLD], 10);
}

static void
a_body_above_the_limit_is_cut_until_it_fits(void **state)
{
	struct trip_limits limits = NO_LIMITS;
	struct fixture *f = *state;
	uint32_t sum = 0;

	begin(f, sending_put(f->sending, 0, 40));
	limits.bytes_max = f->batch->body_len / 2;
	while (load(f, limits) == TRIP_READY) {
		assert_true(f->trip.load.len <= limits.bytes_max);
		sum += trip_entries(&f->trip);
		trip_accepted(&f->trip);
	}
	assert_int_equal(sum, 40);
	sending_expect(f->kinds[KEPT_SAMPLE].retried, 0);
}

static void
poison_is_known_by_the_parts(void **state)
{
	struct fixture *f = *state;
	uint64_t later = CLOCK_SEC + PARTS_POISON_TIME;

	begin(f, sending_put(f->sending, 0, 2));
	assert_int_equal(load(f, NO_LIMITS), TRIP_READY);
	assert_false(trip_failed(&f->trip, 0, CLOCK_SEC));
	assert_true(f->trip.whole);
	assert_false(trip_failed(&f->trip, 30, later));
	assert_int_equal(f->trip.parts.len, 2);
	trip_again(&f->trip);
	assert_int_equal(load(f, NO_LIMITS), TRIP_READY);
	assert_int_equal(trip_entries(&f->trip), 1);
	assert_true(trip_failed(&f->trip, 31, later));
	trip_give_up(&f->trip, FAIL_POISON);
	sending_expect(f->kinds[KEPT_SAMPLE].given_up[FAIL_POISON], 1);
	assert_int_equal(f->batch->samples, 1);
}

static void
what_may_be_sent_is_as_configured(void **state)
{
	struct config_remote remote = { .max_bytes_per_send = 7 };
	struct trip_limits limits = trip_limits_of(&remote, 100000, INT64_MIN);

	(void)state;
	assert_true(limits.times.oldest == INT64_MIN);
	assert_true(limits.times.newest == INT64_MAX);
	assert_int_equal(limits.bytes_max, 7);
	remote.queue.sample_age_limit = 60 * CLOCK_SEC;
	remote.future_limit = 5 * CLOCK_SEC;
	limits = trip_limits_of(&remote, 100000, INT64_MIN);
	assert_int_equal(limits.times.oldest, 40000);
	assert_int_equal(limits.times.newest, 105000);
	assert_int_equal(limits.old, DROP_TOO_OLD);
	limits = trip_limits_of(&remote, 100000, 90000);
	assert_int_equal(limits.times.oldest, 90000);
	assert_int_equal(limits.old, DROP_MAX_LAG);
	/* The narrower of the two holds. */
	limits = trip_limits_of(&remote, 100000, 10000);
	assert_int_equal(limits.times.oldest, 40000);
	assert_int_equal(limits.old, DROP_TOO_OLD);
}

/* An eighth is one of what is left of it. */
static void
what_has_aged_is_searched_as_what_it_is(void **state)
{
	struct fixture *f = *state;
	struct trip_limits limits = NO_LIMITS;
	struct batch *batch = sending_put_at(f->sending, 0, 32, 1000);

	begin(f, batch);
	assert_int_equal(load(f, NO_LIMITS), TRIP_READY);
	trip_doubt(&f->trip);
	trip_again(&f->trip);
	limits.times.oldest = 1000 + 28;
	assert_int_equal(load(f, limits), TRIP_READY);
	assert_int_equal(trip_entries(&f->trip), 4);
	assert_int_equal(trip_search(&f->trip), 0);
	trip_again(&f->trip);
	assert_int_equal(load(f, limits), TRIP_READY);
	assert_int_equal(trip_entries(&f->trip), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		cmocka_unit_test(what_may_be_sent_is_as_configured),
		TEST(a_batch_as_it_is_is_sent_as_it_is),
		TEST(what_has_aged_is_searched_as_what_it_is),
		TEST(exemplars_are_given_up_first_and_then_kinds_go_apart),
		TEST(halves_hold_what_the_whole_did),
		TEST(what_is_out_of_time_goes_by_its_reason),
		TEST(a_part_of_which_nothing_is_left_is_passed_over),
		TEST(a_batch_that_is_all_too_old_is_not_looked_into),
		TEST(a_body_above_the_limit_is_cut_until_it_fits),
		TEST(poison_is_known_by_the_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
