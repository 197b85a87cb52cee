/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/admin/turn.h"
#include "tests/unit/admin/web.h"

#define READY "GET /-/ready HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

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

static void
a_server_that_takes_long_leaves_the_loop_its_time(void **state)
{
	struct web *web = *state;
	uint64_t begin;

	web_start(web, "127.0.0.1:0", NULL);
	web->slow = 30;
	begin = clock_monotonic(web->clock);
	(void)web_ask(web, READY);
	(void)web_ask(web, READY);
	assert_true(clock_monotonic(web->clock) - begin >=
	    (2 + TURN_REST) * web->slow * CLOCK_MSEC);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(after_a_short_turn_there_is_no_rest),
		cmocka_unit_test(after_a_long_one_there_is_a_longer_rest),
		cmocka_unit_test(no_rest_is_without_an_end),
		cmocka_unit_test_setup_teardown(
		    a_server_that_takes_long_leaves_the_loop_its_time,
		    web_setup, web_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
