/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "packaging/azure/extension/sequence.h"
#include "tests/unit/azure/stage.h"

static void
only_digits_that_fit_are_a_number(void **state)
{
	static const char *const wrong[] = { "", " 1", "1 ", "-1", "1x",
		"1234567890", "99999999999999999999" };
	uint32_t number;
	size_t i;

	(void)state;
	assert_true(sequence_read("0", &number));
	assert_int_equal(number, 0);
	assert_true(sequence_read("999999999", &number));
	assert_int_equal(number, 999999999);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(sequence_read(wrong[i], &number));
}

/* Set when ${name} was changed. */
static void
change(void **state, const char *name, time_t when)
{
	const struct timespec times[2] = { { .tv_sec = when },
		{ .tv_sec = when } };

	stage_write(*state, name, "");
	assert_int_equal(utimensat(-1, stage_path(*state, name), times, 0), 0);
}

static void
what_was_changed_last_is_meant_unless_a_number_is_given(void **state)
{
	const char *folder = ((struct stage *)*state)->path;
	uint32_t number = 77;

	assert_false(sequence_find(folder, NULL, &number));
	change(state, "9.settings", 1000);
	change(state, "2.settings", 2000);
	change(state, "3.settings", 2000);
	change(state, "4.settings.new", 3000);
	change(state, "x.settings", 3000);
	change(state, "HandlerState", 3000);
	assert_true(sequence_find(folder, NULL, &number));
	assert_int_equal(number, 3);
	assert_true(sequence_find(folder, "", &number));
	assert_int_equal(number, 3);
	assert_true(sequence_find(folder, "9", &number));
	assert_int_equal(number, 9);
	assert_false(sequence_find("/no/such/folder", "x", &number));
}

static void
what_was_applied_is_remembered(void **state)
{
	const char *dir = ((struct stage *)*state)->path;

	assert_false(sequence_is_applied(dir, 0));
	assert_int_equal(sequence_applied(dir, 12), 0);
	assert_true(sequence_is_applied(dir, 12));
	assert_false(sequence_is_applied(dir, 1));
	stage_write(*state, SEQUENCE_APPLIED, "13\n");
	assert_true(sequence_is_applied(dir, 13));
	stage_write(*state, SEQUENCE_APPLIED, "");
	assert_false(sequence_is_applied(dir, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_digits_that_fit_are_a_number),
		cmocka_unit_test_setup_teardown(
		    what_was_changed_last_is_meant_unless_a_number_is_given,
		    stage_open, stage_close),
		cmocka_unit_test_setup_teardown(
		    what_was_applied_is_remembered, stage_open, stage_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
