/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "agent/base/human.h"

/* What ${put} makes of ${value} must be ${want}. */
static void
check(
    void (*put)(struct buf *out, double value), double value, const char *want)
{
	struct buf out;

	buf_init(&out, 64);
	put(&out, value);
	assert_string_equal(buf_text(&out), want);
	buf_release(&out);
}

static void
times_have_the_two_largest_units(void **state)
{
	(void)state;
	check(human_put_time, 0, "0 s");
	check(human_put_time, -5, "0 s");
	check(human_put_time, NAN, "0 s");
	check(human_put_time, 0.44, "0.4 s");
	check(human_put_time, 9.94, "9.9 s");
	check(human_put_time, 9.96, "10 s");
	check(human_put_time, 119.4, "119 s");
	check(human_put_time, 120, "2 min");
	check(human_put_time, 151, "3 min");
	check(human_put_time, 3599, "60 min");
	check(human_put_time, 3600, "1 h");
	check(human_put_time, 3600 + 20 * 60 + 59, "1 h 20 min");
	check(human_put_time, 2 * 86400 - 1, "47 h 59 min");
	check(human_put_time, 3 * 86400 + 4 * 3600, "3 d 4 h");
	check(human_put_time, INFINITY, "11574074 d 1 h");
}

static void
sizes_and_counts_have_three_digits(void **state)
{
	(void)state;
	check(human_put_size, 0, "0 B");
	check(human_put_size, 1023, "1023 B");
	check(human_put_size, 1536, "1.5 KiB");
	check(human_put_size, 134217728, "128 MiB");
	check(human_put_size, 1e18, "909495 TiB");
	check(human_put_count, 0, "0");
	check(human_put_count, 0.25, "0.25");
	check(human_put_count, 9, "9");
	check(human_put_count, 950, "950");
	check(human_put_count, 12345, "12.3 k");
	check(human_put_count, 4.5e6, "4.5 M");
}

static void
dates_are_utc(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 64);
	human_put_date(&out, INT64_C(1767323045678));
	assert_string_equal(buf_text(&out), "2026-01-02T03:04:05Z");
	buf_reset(&out);
	human_put_date(&out, INT64_MAX);
	assert_string_equal(buf_text(&out), "292278994-08-17T07:12:55Z");
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_have_the_two_largest_units),
		cmocka_unit_test(sizes_and_counts_have_three_digits),
		cmocka_unit_test(dates_are_utc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
