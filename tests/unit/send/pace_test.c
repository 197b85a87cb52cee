/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/send/pace.h"

static void
succeed(struct pace *pace, unsigned int times, bool pressed)
{
	while (times-- > 0)
		pace_success(pace, pressed);
}

static void
one_at_first(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 50);
	assert_int_equal(pace_limit(&pace), 1);
}

static void
one_more_for_each_round_of_successes_under_pressure(void **state)
{
	struct pace pace;
	unsigned int limit, round;

	(void)state;
	pace_init(&pace, 50);
	for (limit = 1; limit < 50; limit++) {
		assert_int_equal(pace_limit(&pace), limit);
		for (round = 0; pace_limit(&pace) == limit; round++)
			pace_success(&pace, true);
		assert_in_range(round, limit > 1 ? limit - 1 : 1, limit + 1);
	}
}

static void
no_more_without_pressure(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 50);
	succeed(&pace, 1000, false);
	assert_int_equal(pace_limit(&pace), 1);
}

static void
never_more_than_the_most(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 3);
	succeed(&pace, 1000, true);
	assert_int_equal(pace_limit(&pace), 3);
	pace_init(&pace, 1);
	succeed(&pace, 1000, true);
	assert_int_equal(pace_limit(&pace), 1);
}

static void
half_as_many_after_a_failure_but_one_at_least(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 8);
	succeed(&pace, 1000, true);
	pace_failure(&pace);
	assert_int_equal(pace_limit(&pace), 4);
	pace_failure(&pace);
	pace_failure(&pace);
	pace_failure(&pace);
	assert_int_equal(pace_limit(&pace), 1);
}

static void
one_as_a_probe(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 8);
	succeed(&pace, 1000, true);
	pace_probe(&pace);
	assert_int_equal(pace_limit(&pace), 1);
}

static void
with_another_most_it_goes_on_as_far_as_that_allows(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 8);
	pace.limit = 5;
	pace_tune(&pace, 6);
	assert_int_equal(pace_limit(&pace), 5);
	pace_tune(&pace, 3);
	assert_int_equal(pace_limit(&pace), 3);
	pace_success(&pace, true);
	assert_int_equal(pace_limit(&pace), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_at_first),
		cmocka_unit_test(
		    one_more_for_each_round_of_successes_under_pressure),
		cmocka_unit_test(no_more_without_pressure),
		cmocka_unit_test(never_more_than_the_most),
		cmocka_unit_test(half_as_many_after_a_failure_but_one_at_least),
		cmocka_unit_test(one_as_a_probe),
		cmocka_unit_test(
		    with_another_most_it_goes_on_as_far_as_that_allows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
