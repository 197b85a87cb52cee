/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/config/value.h"

#define DAY UINT64_C(86400)

static void
durations_are_read_as_prometheus_reads_them(void **state)
{
	static const struct {
		const char *word;
		uint64_t usec;
	} good[] = { { "0", 0 }, { "0s", 0 }, { "15s", 15000000 },
		{ "100ms", 100000 }, { "1h30m", UINT64_C(5400000000) },
		{ "1d", DAY * 1000000 }, { "1w", 7 * DAY * 1000000 },
		{ "1y", 365 * DAY * 1000000 }, { "90m", 90 * 60000000ul },
		{ "1y1w1d1h1m1s1ms",
		    ((365 + 7 + 1) * DAY + 3661) * 1000000 + 1000 },
		{ "9223372036854ms", UINT64_C(9223372036854000) },
		{ "9223372036s854ms", UINT64_C(9223372036854000) } };
	uint64_t usec;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(value_duration(good[i].word, &usec), 0);
		assert_int_equal(usec, good[i].usec);
	}
}

static void
what_is_no_duration_is_refused(void **state)
{
	static const char *const bad[] = { "", "1", "00", "s", "1x", "1.5s",
		"-1s", "+1s", " 1s", "1s ", "1 s", "1S", "1m1h", "1s1s",
		"1ms1s", "1sms", "1mm", "1us", "9223372036855ms",
		"9223372036s855ms", "293y", "99999999999999999999999s",
		"18446744073709551617s", "1h30" };
	uint64_t usec = 7;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (value_duration(bad[i], &usec) != -1 || usec != 7)
			fail_msg("%s", bad[i]);
}

static void
booleans_are_those_of_yaml_1_1(void **state)
{
	static const char *const yes[] = { "true", "True", "TRUE", "yes", "Yes",
		"YES", "on", "On", "ON" };
	static const char *const no[] = { "false", "False", "FALSE", "no", "No",
		"NO", "off", "Off", "OFF" };
	static const char *const bad[] = { "", "tRue", "1", "0", "y", "n",
		"true ", "enabled" };
	bool value;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		value = false;
		assert_int_equal(value_bool(yes[i], &value), 0);
		assert_true(value);
		assert_int_equal(value_bool(no[i], &value), 0);
		assert_false(value);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(value_bool(bad[i], &value), -1);
}

static void
numbers_have_digits_only_and_fit(void **state)
{
	static const char *const bad[] = { "", "-1", "+1", " 1", "1 ", "0x10",
		"1e3", "1_000", "4294967296", "18446744073709551617" };
	uint32_t number = 7;
	uint64_t large = 7;
	size_t i;

	(void)state;
	assert_int_equal(value_u64("18446744073709551615", &large), 0);
	assert_true(large == UINT64_MAX);
	assert_int_equal(value_u64("18446744073709551616", &large), -1);
	assert_int_equal(value_u64("-1", &large), -1);
	assert_int_equal(value_u64("1 ", &large), -1);
	assert_true(large == UINT64_MAX);
	assert_int_equal(value_u32("4294967295", &number), 0);
	assert_int_equal(number, UINT32_MAX);
	assert_int_equal(value_u32("007", &number), 0);
	assert_int_equal(number, 7);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(value_u32(bad[i], &number), -1);
	assert_int_equal(number, 7);
}

static void
times_are_those_of_rfc_3339(void **state)
{
	static const struct {
		const char *word;
		int64_t msec;
	} good[] = { { "1970-01-01T00:00:00Z", 0 },
		{ "2026-01-01T00:00:00Z", 1767225600000 },
		{ "2024-02-29T23:59:59.999Z", 1709251199999 },
		{ "2024-03-01T00:00:00z", 1709251200000 },
		{ "2000-12-31t12:30:15.5+01:30", 978260415500 },
		{ "2000-12-31T12:30:15.123456789-05:00", 978283815123 },
		{ "1970-01-01T01:00:00+01:00", 0 },
		{ "1970-01-01T00:00:00-23:59", 86340000 },
		{ "9999-12-31T23:59:59Z", 253402300799000 } };
	int64_t msec;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(value_time(good[i].word, &msec), 0);
		assert_int_equal(msec, good[i].msec);
	}
}

static void
what_is_no_time_is_refused(void **state)
{
	static const char *const bad[] = { "", "2026-01-01",
		"2026-01-01T00:00:00", "2026-01-01 00:00:00Z",
		"2026-01-01T00:00Z", "2026-1-01T00:00:00Z",
		"2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
		"2026-01-32T00:00:00Z", "2026-01-00T00:00:00Z",
		"2025-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
		"2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z",
		"2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
		"2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+0100",
		"2026/01-01T00:00:00Z", "2026-01-0/T00:00:00Z",
		"2026-01-0:T00:00:00Z", "2026-01-01T00.00:00Z",
		"2026-01-01T00:00:00x01:00", "2026-01-01T00:00:00+01.00",
		"2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+01:60",
		"2026-01-01T00:00:00Zx", "1969-12-31T23:59:59Z",
		"1970-01-01T00:00:00+01:00", "12026-01-01T00:00:00Z" };
	int64_t msec = 7;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (value_time(bad[i], &msec) != -1 || msec != 7)
			fail_msg("%s", bad[i]);
}

static void
sizes_are_read_as_prometheus_reads_them(void **state)
{
	static const struct {
		const char *word;
		uint64_t bytes;
	} good[] = { { "0", 0 }, { "0B", 0 }, { "7B", 7 }, { "1KB", 1024 },
		{ "1KiB", 1024 }, { "10GiB", UINT64_C(10) << 30 },
		{ "512MB", 512 << 20 }, { "1GiB512MiB", 1536 << 20 },
		{ "3TiB", UINT64_C(3) << 40 }, { "1PiB", UINT64_C(1) << 50 },
		{ "15EiB", UINT64_C(15) << 60 },
		{ "18446744073709551615B", UINT64_MAX } };
	static const char *const bad[] = { "", "1", "B", "GiB", "-1B", "1 GiB",
		"1gib", "1Gi", "1G", "1.5GiB", "1GiBB", "16EiB", "1iB",
		"15EiB1024PiB", "18446744073709551616B", "1GiB5", "10%" };
	uint64_t bytes;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (value_size(good[i].word, &bytes) != 0 ||
		    bytes != good[i].bytes)
			fail_msg("%s", good[i].word);
	bytes = 7;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (value_size(bad[i], &bytes) != -1 || bytes != 7)
			fail_msg("%s", bad[i]);
}

static void
addresses_are_numeric_with_a_port(void **state)
{
	static const char *const good[] = { "127.0.0.1:9795", "0.0.0.0:0",
		":9795", "[::1]:65535", "[::]:1", "localhost:80",
		"[::ffff:192.0.2.1]:80" };
	static const char *const bad[] = { "", ":", "127.0.0.1",
		"127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1",
		"::1:9795", "[::1]", "[127.0.0.1]:80", "[]:80", "[::1:80",
		"localhost.:80", "example.com:80", "127.0.0:80", "[::1]x:80",
		"127.0.0.1:80/", "1.2.3.4.5:80",
		"[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb]:80" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (value_address(good[i]) != 0)
			fail_msg("%s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (value_address(bad[i]) != -1)
			fail_msg("%s", bad[i]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_read_as_prometheus_reads_them),
		cmocka_unit_test(what_is_no_duration_is_refused),
		cmocka_unit_test(booleans_are_those_of_yaml_1_1),
		cmocka_unit_test(numbers_have_digits_only_and_fit),
		cmocka_unit_test(times_are_those_of_rfc_3339),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(sizes_are_read_as_prometheus_reads_them),
		cmocka_unit_test(addresses_are_numeric_with_a_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
