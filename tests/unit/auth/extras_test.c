/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/auth/extras.h"

static char file[] = "extras_test.value";

static void
put(const char *text)
{
	FILE *to = fopen(file, "w");

	assert_non_null(to);
	assert_true(fputs(text, to) >= 0);
	assert_int_equal(fclose(to), 0);
}

static void
values_are_as_given_or_what_a_file_holds(void **state)
{
	struct config_extra list[] = {
		{ (char[]){ "A" }, { .text = (char[]){ "b" } } },
		{ (char[]){ "C" }, { .file = file } },
	};
	const struct config_remote remote = { .extras = list, .extras_len = 2 };
	const char *lines[2] = { NULL }, *why;
	struct extras extras;

	(void)state;
	(void)unlink(file);
	assert_int_equal(extras_init(&extras, &remote), 0);
	assert_non_null(why = extras_lines(&extras, 0, lines));
	assert_non_null(strstr(why, file));
	put(" d\n");
	assert_null(extras_lines(&extras, 1, lines));
	assert_string_equal(lines[0], "A: b");
	assert_string_equal(lines[1], "C: d");
	put("e");
	extras_refused(&extras);
	assert_null(extras_lines(&extras, 2, lines));
	assert_string_equal(lines[1], "C: e");
	extras_release(&extras);
	extras_release(&extras);
	(void)unlink(file);
}

static void
of_none_there_are_none(void **state)
{
	const struct config_remote remote = { 0 };
	struct extras extras;

	(void)state;
	assert_int_equal(extras_init(&extras, &remote), 0);
	assert_null(extras_lines(&extras, 0, NULL));
	assert_int_equal(extras.len, 0);
	extras_release(&extras);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_as_given_or_what_a_file_holds),
		cmocka_unit_test(of_none_there_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
