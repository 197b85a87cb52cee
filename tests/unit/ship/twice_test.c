/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "agent/ship/twice.h"

static struct final mixed = { .mixed = 1 }, other = { .mixed = 1 }, plain;

static struct kept
entry(struct final *final, int64_t time, uint64_t value)
{
	return (struct kept){ .final = final, .time = time, .value = value };
}

static void
the_first_of_a_mixed_series_and_time_is_left(void **state)
{
	struct kept kept[] = { entry(&mixed, 1, 10), entry(&plain, 1, 11),
		entry(&mixed, 1, 12), entry(&plain, 1, 13),
		entry(&other, 1, 14), entry(&mixed, 2, 15),
		entry(&other, 1, 16), entry(&mixed, 1, 17) };
	static const uint64_t left[] = { 10, 11, 13, 14, 15 };
	size_t i, len = sizeof(kept) / sizeof(kept[0]);
	struct twice twice = { 0 };

	(void)state;
	assert_int_equal(twice_leave_out(&twice, kept, &len), 0);
	assert_int_equal(len, 5);
	for (i = 0; i < len; i++)
		assert_int_equal(kept[i].value, left[i]);
	/* Of another record, nothing is remembered. */
	len = 1;
	assert_int_equal(twice_leave_out(&twice, kept, &len), 0);
	assert_int_equal(len, 1);
	twice_release(&twice);
	len = 0;
	assert_int_equal(twice_leave_out(&twice, kept, &len), 0);
	twice_release(&twice);
}

static void
many_are_told_apart(void **state)
{
	struct kept *kept = calloc(20000, sizeof(*kept));
	struct twice twice = { 0 };
	size_t i, round, len = 20000;

	(void)state;
	assert_non_null(kept);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < len; i++)
			kept[i] = entry(
			    i % 2 == 0 ? &mixed : &other, (int64_t)(i / 4), i);
		assert_int_equal(twice_leave_out(&twice, kept, &len), 0);
		assert_int_equal(len, 10000);
		for (i = 0; i < len; i++)
			assert_int_equal(kept[i].value, i / 2 * 4 + i % 2);
		len = 20000;
	}
	twice_release(&twice);
	free(kept);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_of_a_mixed_series_and_time_is_left),
		cmocka_unit_test(many_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
