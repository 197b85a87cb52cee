/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <time.h>

#include "agent/send/offset.h"
#include "tests/unit/http/sim.h"

struct fixture {
	struct sim *sim;
	struct clock *clock;
	struct offset offset;
};

static int
set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .sim = sim_new(&(struct sim_receiver){ 0 }) };
	f.clock = sim_clock(f.sim);
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	sim_free(((struct fixture *)*state)->sim);
	return 0;
}

/* An answer whose Date is ${ms} ahead of our clock, ${count} times. */
static void
answer(struct fixture *f, int64_t ms, unsigned int count)
{
	time_t at;
	struct tm tm;
	char text[64];

	for (; count > 0; count--) {
		at = (time_t)((clock_wall(f->clock) + ms) / 1000);
		assert_non_null(gmtime_r(&at, &tm));
		assert_true(strftime(text, sizeof(text),
				"%a, %d %b %Y %H:%M:%S GMT", &tm) > 0);
		offset_note(&f->offset, f->clock, text, 0);
		(void)sim_run(f->sim, 1700 * CLOCK_MSEC);
	}
}

static void
expect(struct fixture *f, int64_t ms)
{
	int64_t got = offset_ms(&f->offset, f->clock);

	if (got < ms - 600 || got > ms + 600)
		fail_msg("%lld is not %lld", (long long)got, (long long)ms);
}

static void
nothing_is_believed_of_the_first_dates(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(offset_ms(&f->offset, f->clock), 0);
	answer(f, 60000, OFFSET_LEAST - 1);
	assert_int_equal(offset_ms(&f->offset, f->clock), 0);
	answer(f, 60000, 1);
	expect(f, 60000);
}

static void
a_clock_may_be_behind(void **state)
{
	struct fixture *f = *state;

	answer(f, -3600000, 20);
	expect(f, -3600000);
}

static void
the_coarseness_of_a_date_is_no_offset(void **state)
{
	struct fixture *f = *state;

	answer(f, 0, 9);
	assert_int_equal(offset_ms(&f->offset, f->clock), 0);
	answer(f, 700, 9);
	assert_int_equal(offset_ms(&f->offset, f->clock), 0);
}

static void
a_wild_date_changes_nothing(void **state)
{
	struct fixture *f = *state;

	answer(f, 5000, 5);
	answer(f, INT64_C(40000000000), 1);
	expect(f, 5000);
	answer(f, INT64_C(-400000000000), 1);
	expect(f, 5000);
}

static void
a_clock_that_was_mended_is_followed(void **state)
{
	struct fixture *f = *state;

	answer(f, 90000, 20);
	answer(f, 0, 5);
	assert_int_equal(offset_ms(&f->offset, f->clock), 0);
}

static void
what_was_known_is_forgotten_when_our_clock_is_set(void **state)
{
	struct fixture *f = *state;

	answer(f, 90000, 20);
	sim_jump(f->sim, 90000);
	assert_int_equal(offset_ms(&f->offset, f->clock), 0);
	answer(f, 30000, OFFSET_LEAST - 1);
	assert_int_equal(offset_ms(&f->offset, f->clock), 0);
	answer(f, 30000, 1);
	expect(f, 30000);
}

/* The limits of an hour, as they are after that. */
static void
expect_limits(struct fixture *f, int64_t oldest, int64_t newest)
{
	int64_t now = clock_wall(f->clock) + offset_ms(&f->offset, f->clock);
	struct sift_limits limits = { now - 3600000, now + 3600000 };

	offset_widen(&f->offset, f->clock, &limits);
	assert_in_range(now - limits.oldest, oldest - 700, oldest + 700);
	assert_in_range(limits.newest - now, newest - 700, newest + 700);
}

static void
what_was_in_time_before_our_clock_was_set_still_is(void **state)
{
	struct fixture *f = *state;

	answer(f, 0, 20);
	expect_limits(f, 3600000, 3600000);
	sim_jump(f->sim, 7200000);
	expect_limits(f, 3600000 + 7200000, 3600000);
	answer(f, -7200000, OFFSET_LEAST - 1);
	expect_limits(f, 3600000 + 7200000, 3600000);
	answer(f, -7200000, 1);
	expect_limits(f, 3600000, 3600000);
}

static void
so_it_is_when_it_was_set_back(void **state)
{
	struct fixture *f = *state;

	answer(f, 0, 20);
	sim_jump(f->sim, -7200000);
	expect_limits(f, 3600000, 3600000 + 7200000);
	answer(f, 7200000, OFFSET_LEAST);
	expect_limits(f, 3600000, 3600000);
}

static void
no_limit_stays_none(void **state)
{
	struct fixture *f = *state;
	struct sift_limits limits = SIFT_NO_LIMITS;

	answer(f, 0, 20);
	sim_jump(f->sim, 7200000);
	offset_widen(&f->offset, f->clock, &limits);
	assert_true(limits.oldest == INT64_MIN && limits.newest == INT64_MAX);
	sim_jump(f->sim, -14400000);
	offset_widen(&f->offset, f->clock, &limits);
	assert_true(limits.oldest == INT64_MIN && limits.newest == INT64_MAX);
}

static void
the_way_to_the_receiver_is_taken_off(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	/* It wrote the Date in the middle of eight seconds. */
	for (i = 0; i < 3; i++)
		offset_note(&f->offset, f->clock,
		    "Fri, 02 Jan 2026 03:04:01 GMT", 8 * CLOCK_SEC);
	assert_int_equal(offset_ms(&f->offset, f->clock), 0);
}

static void
what_is_no_date_is_nothing(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < 9; i++) {
		offset_note(&f->offset, f->clock, NULL, 0);
		offset_note(&f->offset, f->clock, "tomorrow", 0);
	}
	assert_int_equal(f->offset.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(nothing_is_believed_of_the_first_dates),
		TEST(a_clock_may_be_behind),
		TEST(the_coarseness_of_a_date_is_no_offset),
		TEST(a_wild_date_changes_nothing),
		TEST(a_clock_that_was_mended_is_followed),
		TEST(what_was_known_is_forgotten_when_our_clock_is_set),
		TEST(what_was_in_time_before_our_clock_was_set_still_is),
		TEST(so_it_is_when_it_was_set_back),
		TEST(no_limit_stays_none),
		TEST(the_way_to_the_receiver_is_taken_off),
		TEST(what_is_no_date_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
