/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/auth/postponed.h"

static void
a_request_outlives_what_it_was_made_of(void **state)
{
	char url[] = "http://h/w", one[] = "A: 1", two[] = "B: 2";
	const char *headers[] = { one, two, NULL };
	const struct http_request request = {
		.method = HTTP_POST,
		.url = url,
		.headers = headers,
		.body = "body",
		.body_len = 4,
		.timeout = 7,
		.answer_max = 8,
	};
	struct postponed later = { 0 };

	(void)state;
	assert_int_equal(postponed_take(&later, &request), 0);
	memset(url, 'x', strlen(url));
	memset(one, 'x', strlen(one));
	headers[1] = NULL;
	assert_string_equal(later.request.url, "http://h/w");
	assert_string_equal(later.request.headers[0], "A: 1");
	assert_string_equal(later.request.headers[1], "B: 2");
	assert_null(later.request.headers[2]);
	assert_ptr_equal(later.request.body, request.body);
	assert_int_equal(later.request.body_len, 4);
	assert_int_equal(later.request.timeout, 7);
	assert_int_equal(later.request.answer_max, 8);
	assert_int_equal(later.request.method, HTTP_POST);
	postponed_release(&later);
	postponed_release(&later);
}

static void
one_without_headers_has_none(void **state)
{
	const struct http_request request = { .url = "http://h/w" };
	struct postponed later = { 0 };

	(void)state;
	assert_int_equal(postponed_take(&later, &request), 0);
	assert_null(later.request.headers);
	postponed_release(&later);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_outlives_what_it_was_made_of),
		cmocka_unit_test(one_without_headers_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
