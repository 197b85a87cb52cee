/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "agent/send/headers.h"

/* Compare all lines of a request with ${want}, which has a | after each. */
static void
assert_lines(struct headers *headers, unsigned int attempts, const char *want)
{
	const char *const *line = headers_lines(headers, attempts);
	char text[512] = "";
	size_t at = 0;

	for (; *line != NULL; line++)
		at += (size_t)snprintf(
		    text + at, sizeof(text) - at, "%s|", *line);
	assert_string_equal(text, want);
}

#define FIXED \
	"Content-Encoding: snappy|Content-Type: application/x-protobuf|" \
	"X-Prometheus-Remote-Write-Version: 0.1.0|"

static void
what_the_specification_demands_is_always_there(void **state)
{
	struct config_remote remote = { .headers_len = 0 };
	struct headers headers;

	(void)state;
	assert_int_equal(headers_init(&headers, &remote), 0);
	assert_lines(&headers, 0, FIXED);
	headers_release(&headers);
}

static void
those_of_the_configuration_follow_in_their_order(void **state)
{
	char z[] = "Z", a[] = "A", one[] = "1", two[] = "a: b";
	struct config_header list[] = { { z, one }, { a, two } };
	struct config_remote remote = { .headers = list, .headers_len = 2 };
	struct headers headers;

	(void)state;
	assert_int_equal(headers_init(&headers, &remote), 0);
	assert_lines(&headers, 0, FIXED "Z: 1|A: a: b|");
	headers_release(&headers);
}

static void
the_second_attempt_and_later_ones_are_counted(void **state)
{
	struct config_remote remote = { .headers_len = 0 };
	struct headers headers;

	(void)state;
	assert_int_equal(headers_init(&headers, &remote), 0);
	assert_lines(&headers, 1, FIXED "Retry-Attempt: 1|");
	assert_lines(&headers, UINT32_MAX, FIXED "Retry-Attempt: 4294967295|");
	assert_lines(&headers, 0, FIXED);
	assert_lines(&headers, 2, FIXED "Retry-Attempt: 2|");
	headers_release(&headers);
	headers_release(&headers);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_the_specification_demands_is_always_there),
		cmocka_unit_test(
		    those_of_the_configuration_follow_in_their_order),
		cmocka_unit_test(the_second_attempt_and_later_ones_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
