/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/admin/turn.h"

static void
after_a_short_turn_there_is_no_rest(void **state)
{
	struct turn turn = { 0 };

	(void)state;
	assert_false(turn_rests(&turn, 1));
	turn_took(&turn, 5, 5 + TURN_LONG);
	assert_false(turn_rests(&turn, 5 + TURN_LONG));
}

static void
after_a_long_one_there_is_a_longer_rest(void **state)
{
	const uint64_t end = 5 + 2 * TURN_LONG;
	struct turn turn = { 0 };

	(void)state;
	turn_took(&turn, 5, end);
	assert_true(turn_rests(&turn, end + TURN_REST * 2 * TURN_LONG - 1));
	assert_false(turn_rests(&turn, end + TURN_REST * 2 * TURN_LONG));
}

static void
no_rest_is_without_an_end(void **state)
{
	const uint64_t end = 1000 * CLOCK_SEC;
	struct turn turn = { 0 };

	(void)state;
	turn_took(&turn, 5, end);
	assert_true(turn_rests(&turn, end + TURN_REST_MAX - 1));
	assert_false(turn_rests(&turn, end + TURN_REST_MAX));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(after_a_short_turn_there_is_no_rest),
		cmocka_unit_test(after_a_long_one_there_is_a_longer_rest),
		cmocka_unit_test(no_rest_is_without_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
