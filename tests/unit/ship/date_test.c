/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/ship/date.h"

static void
each_form_of_http_is_read(void **state)
{
	static const char *const forms[] = { "Sun, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994" };
	int64_t date;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		date = 0;
		assert_int_equal(date_read(forms[i], &date), 0);
		assert_int_equal(date, INT64_C(784111777000));
	}
}

static void
anything_else_is_no_date(void **state)
{
	static const char *const garbage[] = { "", "784111777",
		"Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT+",
		"Sun, 32 Nov 1994 08:49:37 GMT", "06 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37 CET", "\xff\xfe" };
	int64_t date = 7;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(garbage) / sizeof(*garbage); i++)
		assert_int_equal(date_read(garbage[i], &date), -1);
	assert_int_equal(date, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_of_http_is_read),
		cmocka_unit_test(anything_else_is_no_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
