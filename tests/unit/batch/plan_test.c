/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/batch/plan.h"

/* A position with three ranges on the wire. */
static const struct position three = {
	.ranges = {
		{ .end = { 0, 1, 10 }, .limit = 7 },
		{ .end = { 0, 1, 20 }, .limit = 8, .done = true },
		{ .end = { 0, 2, 5 }, .limit = 9, .grouped = true },
	},
	.ranges_len = 3,
};

static void
the_ranges_come_one_after_the_other(void **state)
{
	struct plan plan;

	(void)state;
	assert_int_equal(plan_init(&plan, &three), 0);
	assert_int_equal(plan_range(&plan)->limit, 7);
	plan_advance(&plan);
	assert_int_equal(plan_range(&plan)->limit, 8);
	assert_true(plan_range(&plan)->done);
	plan_advance(&plan);
	assert_int_equal(plan_range(&plan)->limit, 9);
	assert_true(plan_range(&plan)->grouped);
	plan_advance(&plan);
	assert_null(plan_range(&plan));
	plan_release(&plan);
}

static void
what_is_left_can_be_listed_until_it_is_forgotten(void **state)
{
	struct position_range list[4];
	struct plan plan;

	(void)state;
	assert_int_equal(plan_init(&plan, &three), 0);
	plan_advance(&plan);
	assert_int_equal(plan_list(&plan, list, 1, 4), 3);
	assert_int_equal(list[1].limit, 8);
	assert_int_equal(list[2].limit, 9);
	assert_int_equal(plan_list(&plan, list, 1, 2), 2);
	plan_forget(&plan);
	assert_int_equal(plan_list(&plan, list, 1, 4), 1);
	assert_null(plan_range(&plan));
	plan_release(&plan);
}

static void
there_is_none_without_ranges_or_inside_a_checkpoint(void **state)
{
	static const struct position none = { .ranges_len = 0 };
	static struct position inside;
	struct plan plan;

	(void)state;
	assert_int_equal(plan_init(&plan, &none), 0);
	assert_null(plan_range(&plan));
	plan_release(&plan);
	inside = three;
	inside.mark.inside = 1;
	assert_int_equal(plan_init(&plan, &inside), 0);
	assert_null(plan_range(&plan));
	plan_release(&plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ranges_come_one_after_the_other),
		cmocka_unit_test(
		    what_is_left_can_be_listed_until_it_is_forgotten),
		cmocka_unit_test(
		    there_is_none_without_ranges_or_inside_a_checkpoint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
