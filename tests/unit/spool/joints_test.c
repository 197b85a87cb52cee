/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/spool/joints.h"

static void
add(struct joints *joints, uint64_t generation, uint64_t common)
{
	joints_add(joints, &(struct joint){ generation, common });
}

static void
all_between_two_generations_count(void **state)
{
	struct joints joints = { 0 };

	(void)state;
	add(&joints, 3, 7);
	add(&joints, 4, 5);
	add(&joints, 5, 9);
	assert_int_equal(joints_common(&joints, 3, 4), 7);
	assert_int_equal(joints_common(&joints, 3, 5), 5);
	assert_int_equal(joints_common(&joints, 3, 6), 5);
	assert_int_equal(joints_common(&joints, 5, 6), 9);
}

static void
without_one_between_them_nothing_is_common(void **state)
{
	struct joints joints = { 0 };

	(void)state;
	assert_int_equal(joints_common(&joints, 0, 1), 0);
	add(&joints, 3, 7);
	add(&joints, 5, 9);
	assert_int_equal(joints_common(&joints, 2, 4), 0);
	assert_int_equal(joints_common(&joints, 3, 5), 0);
	assert_int_equal(joints_common(&joints, 3, 6), 0);
	assert_int_equal(joints_common(&joints, 4, 6), 0);
	assert_int_equal(joints_common(&joints, 5, 7), 0);
	assert_int_equal(joints_common(&joints, 3, 3), 0);
	assert_int_equal(joints_common(&joints, 0, UINT64_MAX), 0);
}

static void
the_oldest_are_forgotten(void **state)
{
	struct joints joints = { 0 };
	uint64_t generation;

	(void)state;
	for (generation = 0; generation <= JOINTS_MAX; generation++)
		add(&joints, generation, generation + 1);
	assert_int_equal(joints.len, JOINTS_MAX);
	assert_int_equal(joints_common(&joints, 0, 1), 0);
	assert_int_equal(joints_common(&joints, 1, 2), 2);
	assert_int_equal(
	    joints_common(&joints, JOINTS_MAX, JOINTS_MAX + 1), JOINTS_MAX + 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_between_two_generations_count),
		cmocka_unit_test(without_one_between_them_nothing_is_common),
		cmocka_unit_test(the_oldest_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
