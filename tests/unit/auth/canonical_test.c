/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/auth/canonical.h"

static void
a_path_has_one_form(void **state)
{
	static const char *const cases[][2] = { { "", "/" }, { "/", "/" },
		{ "//", "/" }, { "/a", "/a" }, { "/a/", "/a/" },
		{ "//a//b", "/a/b" }, { "/./a/.", "/a/" }, { "/a/../b", "/b" },
		{ "/../..", "/" }, { "/a/b/..", "/a/" }, { "/...", "/..." },
		{ "/a b%20", "/a%20b%2520" } };
	struct buf out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&out, 100);
		buf_puts(&out, "x/");
		canonical_path(&out, cases[i][0], strlen(cases[i][0]));
		assert_string_equal(buf_text(&out) + 2, cases[i][1]);
		buf_release(&out);
	}
}

static void
a_query_is_sorted_and_escaped_anew(void **state)
{
	static const char *const cases[][2] = { { "", "" }, { "a", "a=" },
		{ "b=1&a=2", "a=2&b=1" }, { "a=2&a=1", "a=1&a=2" },
		{ "a-b=1&a=2", "a=2&a-b=1" }, { "&&a=1&", "a=1" },
		{ "a=1=2", "a=1%3D2" }, { "%7e=%2f+", "~=%2F%20" },
		{ "%=%4&%zz=", "%25=%254&%25zz=" }, { "=v", "=v" } };
	struct buf out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&out, 100);
		assert_int_equal(canonical_query(&out, cases[i][0]), 0);
		assert_string_equal(buf_text(&out), cases[i][1]);
		buf_release(&out);
	}
}

static void
headers_are_sorted_and_those_of_one_name_are_one(void **state)
{
	static const char *const headers[] = { "B: 2", "a:  x \t y  ", "b:1",
		"C:", "A-: z", NULL };
	struct buf out, names;

	(void)state;
	buf_init(&out, 100);
	buf_init(&names, 100);
	assert_int_equal(canonical_headers(&out, &names, headers), 0);
	assert_string_equal(buf_text(&out), "a:x y\na-:z\nb:2,1\nc:\n");
	assert_string_equal(buf_text(&names), "a;a-;b;c");
	buf_release(&out);
	buf_release(&names);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_has_one_form),
		cmocka_unit_test(a_query_is_sorted_and_escaped_anew),
		cmocka_unit_test(
		    headers_are_sorted_and_those_of_one_name_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
