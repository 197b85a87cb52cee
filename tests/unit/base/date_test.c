/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/date.h"

#define NOW INT64_C(1767323045000) /* 2026-01-02T03:04:05Z. */

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

static void
seconds_are_read_to_ten_minutes_and_no_further(void **state)
{
	(void)state;
	assert_int_equal(date_retry_after("0", NOW), 0);
	assert_int_equal(date_retry_after("1", NOW), CLOCK_SEC);
	assert_int_equal(date_retry_after("0000120", NOW), 120 * CLOCK_SEC);
	assert_int_equal(date_retry_after("600", NOW), DATE_WAIT_MAX);
	assert_int_equal(date_retry_after("601", NOW), DATE_WAIT_MAX);
	assert_int_equal(
	    date_retry_after("18446744073709551617", NOW), DATE_WAIT_MAX);
	assert_int_equal(
	    date_retry_after("99999999999999999999999999999999999", NOW),
	    DATE_WAIT_MAX);
}

static void
dates_are_read_as_from_now(void **state)
{
	(void)state;
	assert_int_equal(
	    date_retry_after("Fri, 02 Jan 2026 03:04:06 GMT", NOW), CLOCK_SEC);
	assert_int_equal(
	    date_retry_after("Fri, 02 Jan 2026 03:04:05 GMT", NOW), 0);
	assert_int_equal(
	    date_retry_after("Thu, 01 Jan 2026 03:04:05 GMT", NOW), 0);
	assert_int_equal(date_retry_after("Tue, 13 Jan 2099 00:00:00 GMT", NOW),
	    DATE_WAIT_MAX);
	assert_int_equal(date_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", NOW),
	    DATE_WAIT_MAX);
	assert_int_equal(
	    date_retry_after("Mon, 01 Jan 0001 00:00:00 GMT", NOW), 0);
	assert_int_equal(
	    date_retry_after("Fri, 02 Jan 2026 03:04:06 GMT", INT64_MIN / 2),
	    DATE_WAIT_MAX);
}

static void
anything_else_is_no_wait(void **state)
{
	static const char *const garbage[] = {
		"",
		" ",
		"-1",
		"+1",
		"1.5",
		"1s",
		"0x10",
		"1e3",
		"tomorrow",
		"Fri, 02 Jan 2026 03:05:05 GMT and more",
		"Fri, 02 Jan 2026 03:05:05",
		"Fri, 99 Jan 2026 03:05:05 GMT",
		"\xff\xfe",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(garbage) / sizeof(*garbage); i++)
		assert_int_equal(date_retry_after(garbage[i], NOW), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_of_http_is_read),
		cmocka_unit_test(anything_else_is_no_date),
		cmocka_unit_test(
		    seconds_are_read_to_ten_minutes_and_no_further),
		cmocka_unit_test(dates_are_read_as_from_now),
		cmocka_unit_test(anything_else_is_no_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
