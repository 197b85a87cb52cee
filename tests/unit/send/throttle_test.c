/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/send/throttle.h"

#define NOW (1000 * CLOCK_SEC)

static void
without_a_rate_nothing_waits(void **state)
{
	struct throttle throttle = { 0 };

	(void)state;
	throttle_spend(&throttle, UINT32_MAX, NOW);
	assert_true(throttle_next(&throttle, NOW) <= NOW);
	assert_false(throttle_active(&throttle, NOW));
}

/* However long nothing was sent, only one batch goes at once. */
static void
a_batch_goes_at_once_and_the_next_when_it_is_paid(void **state)
{
	struct throttle throttle = { .per_minute = 6000 };

	(void)state;
	assert_true(throttle_next(&throttle, NOW) <= NOW);
	throttle_spend(&throttle, 500, NOW);
	assert_int_equal(throttle_next(&throttle, NOW), NOW + 5 * CLOCK_SEC);
	throttle_spend(&throttle, 100, NOW + 60 * CLOCK_SEC);
	assert_int_equal(throttle_next(&throttle, NOW + 60 * CLOCK_SEC),
	    NOW + 61 * CLOCK_SEC);
}

static void
over_time_the_rate_is_kept(void **state)
{
	struct throttle throttle = { .per_minute = 777 };
	uint64_t now = NOW, sent = 0;
	uint32_t batch;

	(void)state;
	for (batch = 1; now < NOW + 3600 * CLOCK_SEC; batch++) {
		throttle_spend(&throttle, batch, now);
		sent += batch;
		now = throttle_next(&throttle, now);
	}
	assert_in_range(sent, 60 * 777 - 1, 60 * 777 + batch);
}

static void
the_largest_batch_at_the_least_rate_does_not_overflow(void **state)
{
	struct throttle throttle = { .per_minute = 1 };

	(void)state;
	throttle_spend(&throttle, UINT32_MAX, NOW);
	assert_true(
	    throttle_next(&throttle, NOW) == NOW + 60 * CLOCK_SEC * UINT32_MAX);
}

static void
who_waits_or_is_asked_to_is_throttled_for_a_while(void **state)
{
	struct throttle throttle = { .per_minute = 60 };
	uint64_t end = NOW + CLOCK_SEC + THROTTLE_MEMORY;

	(void)state;
	throttle_spend(&throttle, 1, NOW);
	assert_false(throttle_active(&throttle, NOW));
	(void)throttle_next(&throttle, NOW);
	assert_true(throttle_active(&throttle, NOW));
	assert_true(throttle_active(&throttle, end - 1));
	assert_false(throttle_active(&throttle, end));
	throttle_paused(&throttle, end);
	assert_true(throttle_active(&throttle, end + THROTTLE_MEMORY - 1));
	throttle_paused(&throttle, NOW);
	assert_true(throttle_active(&throttle, end + THROTTLE_MEMORY - 1));
	assert_false(throttle_active(&throttle, end + THROTTLE_MEMORY));
}

static void
another_rate_goes_for_what_was_sent_as_well(void **state)
{
	struct throttle throttle = { .per_minute = 60 };

	(void)state;
	throttle_spend(&throttle, 60, NOW);
	throttle_tune(&throttle, 120, NOW);
	assert_int_equal(throttle_next(&throttle, NOW), NOW + 30 * CLOCK_SEC);
	throttle_tune(&throttle, 30, NOW + 15 * CLOCK_SEC);
	assert_int_equal(throttle_next(&throttle, NOW), NOW + 75 * CLOCK_SEC);
	throttle_spend(&throttle, 1, NOW + 75 * CLOCK_SEC);
	assert_int_equal(throttle_next(&throttle, NOW), NOW + 77 * CLOCK_SEC);
	throttle_tune(&throttle, 0, NOW + 75 * CLOCK_SEC);
	assert_int_equal(throttle_next(&throttle, NOW), 0);
	throttle_tune(&throttle, 60, NOW + 80 * CLOCK_SEC);
	assert_int_equal(throttle_next(&throttle, NOW), 0);
	assert_true(throttle_active(&throttle, NOW + 100 * CLOCK_SEC));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_rate_nothing_waits),
		cmocka_unit_test(
		    a_batch_goes_at_once_and_the_next_when_it_is_paid),
		cmocka_unit_test(over_time_the_rate_is_kept),
		cmocka_unit_test(another_rate_goes_for_what_was_sent_as_well),
		cmocka_unit_test(
		    the_largest_batch_at_the_least_rate_does_not_overflow),
		cmocka_unit_test(
		    who_waits_or_is_asked_to_is_throttled_for_a_while),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
