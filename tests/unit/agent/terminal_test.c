/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/terminal.h"

static void
assert_printed(const char *text, const char *expected)
{
	char *got = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&got, &len);

	assert_non_null(to);
	terminal_print(text, to);
	assert_int_equal(fclose(to), 0);
	assert_string_equal(got, expected);
	free(got);
}

static void
text_and_lines_are_printed(void **state)
{
	(void)state;
	assert_printed("", "");
	assert_printed("one\ntwo\n", "one\ntwo\n");
	assert_printed("gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x9f",
	    "gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x9f");
}

static void
controls_are_not(void **state)
{
	(void)state;
	assert_printed("\x1b[2Jx\r\ty\x7f", "?[2Jx??y?");
	assert_printed("\xc2\x9bx", "?x"); /* A control of eight bits. */
}

static void
what_turns_text_around_is_not(void **state)
{
	(void)state;
	assert_printed("a\xe2\x80\xae"
		       "b\xe2\x81\xa6"
		       "c\xe2\x80\x8f"
		       "d\xe2\x80\xa8",
	    "a?b?c?d?");
}

static void
what_is_no_utf8_is_not(void **state)
{
	(void)state;
	assert_printed("a\xff"
		       "b\xc3",
	    "a?b?");
}

static void
in_a_line_there_are_no_lines(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 64);
	terminal_put(&out, "a\nb\x1b[2J\xd8\x9c\xff\xc3\xbc");
	assert_string_equal(buf_text(&out), "a?b?[2J??\xc3\xbc");
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_lines_are_printed),
		cmocka_unit_test(controls_are_not),
		cmocka_unit_test(what_turns_text_around_is_not),
		cmocka_unit_test(what_is_no_utf8_is_not),
		cmocka_unit_test(in_a_line_there_are_no_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
