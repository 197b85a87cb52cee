/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/auth/base64.h"

/* RFC 4648, 10; and the last two letters. */
static void
bytes_become_letters(void **state)
{
	static const char *const cases[][2] = { { "", "" }, { "f", "Zg==" },
		{ "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
		{ "\xfb\xff\xfe", "+//+" } };
	struct buf out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&out, 64);
		base64_put(&out, cases[i][0], strlen(cases[i][0]));
		assert_string_equal(buf_text(&out), cases[i][1]);
		buf_release(&out);
	}
}

static void
urls_have_letters_of_their_own(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 64);
	base64_put_url(&out,
	    "\xfb\xff\xfe"
	    "f",
	    4);
	assert_string_equal(buf_text(&out), "-__-Zg");
	buf_release(&out);
}

static void
letters_become_bytes(void **state)
{
	static const char *const cases[][2] = { { "", "" }, { "Zg==", "f" },
		{ "Zm8=", "fo" }, { "Zm9v", "foo" },
		{ " Zm\r\n9 vYg\t= =\n", "foob" }, { "Zm9vYmFy", "foobar" },
		{ "+//+", "\xfb\xff\xfe" } };
	char out[64];
	ssize_t n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strcpy(out, cases[i][0]);
		n = base64_read(out, out, strlen(out));
		assert_int_equal(n, strlen(cases[i][1]));
		assert_memory_equal(out, cases[i][1], (size_t)n);
	}
}

/* And what it stood in is as it was. */
static void
what_is_something_else_is_left_alone(void **state)
{
	static const char *const cases[] = { "Z", "Zg",
		"Zg=", "Zg===", "Zg==Zg==", "Z=g=", "Zm9v=", "=",
		"====", "Zm-v", "Zm9v\x80Zg=", "Bag Attributes" };
	char out[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strcpy(out, cases[i]);
		assert_int_equal(base64_read(out, out, strlen(out)), -1);
		assert_string_equal(out, cases[i]);
	}
	assert_int_equal(base64_read(out, "Zm9v\0Zg=", 8), -1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_become_letters),
		cmocka_unit_test(urls_have_letters_of_their_own),
		cmocka_unit_test(letters_become_bytes),
		cmocka_unit_test(what_is_something_else_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
