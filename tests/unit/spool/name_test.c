/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/spool/name.h"

static void
a_name_is_read_as_it_was_written(void **state)
{
	const struct spool_name names[] = {
		{ 0, 0 },
		{ 3, 17 },
		{ UINT64_MAX, UINT64_C(999999999999999999) },
	};
	char text[SPOOL_NAME_MAX];
	struct spool_name again;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		spool_name_format(&names[i], text);
		assert_true(spool_name_parse(text, &again));
		assert_int_equal(again.generation, names[i].generation);
		assert_int_equal(again.number, names[i].number);
	}
	spool_name_format(&names[1], text);
	assert_string_equal(text, "3-17");
}

static void
nothing_else_is_a_name(void **state)
{
	static const char *const texts[] = {
		"",
		"-",
		"3",
		"3-",
		"-17",
		"3-17 ",
		" 3-17",
		"+3-17",
		"03-17",
		"3-00000017",
		"3-17.tmp",
		"3-17-1",
		"3-0x11",
		"18446744073709551616-1",
		"1-1000000000000000000",
		"1-99999999999999999999999999999999999999999999999999999999",
	};
	struct spool_name name = { 7, 7 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_false(spool_name_parse(texts[i], &name));
	assert_int_equal(name.generation, 7);
	assert_int_equal(name.number, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_read_as_it_was_written),
		cmocka_unit_test(nothing_else_is_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
