/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "agent/http/http.h"
#include "agent/http/response.h"

static int
setup(void **state)
{
	struct response *response = malloc(sizeof(*response));

	assert_non_null(response);
	response_init(response, HTTP_BODY_MAX);
	*state = response;
	return 0;
}

static int
teardown(void **state)
{
	response_release(*state);
	response_release(*state); /* A second time does no harm. */
	free(*state);
	return 0;
}

static bool
line(struct response *response, const char *text)
{
	/* A copy of its exact size has ASan see a byte too far. */
	size_t len = strlen(text);
	char *exact = malloc(len);
	bool more;

	assert_non_null(exact);
	memcpy(exact, text, len);
	more = response_line(response, exact, len);
	free(exact);
	return more;
}

static void
the_status_line_gives_the_status(void **state)
{
	struct response *response = *state;

	assert_true(line(response, "HTTP/1.1 204 No Content\r\n"));
	assert_int_equal(response->status, 204);
}

static void
a_status_line_needs_no_reason(void **state)
{
	struct response *response = *state;

	assert_true(line(response, "HTTP/1.0 503\r\n"));
	assert_int_equal(response->status, 503);
}

static void
an_interim_status_is_not_final(void **state)
{
	struct response *response = *state;

	assert_true(line(response, "HTTP/1.1 100 Continue\r\n"));
	assert_true(line(response, "Date: then\r\n"));
	assert_true(line(response, "\r\n"));
	assert_int_equal(response->status, 0);
	assert_true(line(response, "HTTP/1.1 200 OK\r\n"));
	assert_true(line(response, "Date: now\r\n"));
	assert_int_equal(response->status, 200);
	assert_string_equal(response->date, "now");
}

static void
a_status_line_of_http_2_is_one(void **state)
{
	struct response *response = *state;

	response->streams = true;
	assert_true(line(response, "HTTP/2 429 \r\n"));
	assert_int_equal(response->status, 429);
	assert_true(line(response, "retry-after: 3\r\n"));
	assert_string_equal(response->retry_after, "3");
}

static void
what_is_no_status_line_is_refused(void **state)
{
	/* The first only where HTTP/2 is not spoken. */
	static const char *const wrong[] = { "HTTP/2 200 OK\r\n",
		"HTTP/2.0 200 OK\r\n", "HTTP/2 20\r\n", "HTTP/2 2000\r\n",
		"HTTP/3 200\r\n", "HTTP/1.2 200 OK\r\n", "HTTP/1.1 20\r\n",
		"HTTP/1.1 2000\r\n", "HTTP/1.1 2x0 \r\n", "HTTP/1.1 099 \r\n",
		"HTTP/1.1 600 \r\n", "HTTP/1.1  200\r\n", "HTTP/",
		"HTTP/1.1 20", "HTTP/1.1 " };
	struct response *response = *state;
	size_t i;

	for (i = 0; i < 2 * sizeof(wrong) / sizeof(wrong[0]); i++) {
		response->fault = NULL;
		response->streams = i % 2 == 1 && i > 1;
		assert_false(line(response, wrong[i / 2]));
		assert_int_equal(response->status, 0);
		assert_non_null(response->fault);
	}
}

static void
header_names_are_read_in_any_case_and_values_trimmed(void **state)
{
	struct response *response = *state;

	assert_true(line(response, "HTTP/1.1 429 Slow\r\n"));
	assert_true(line(response, "RETRY-AFTER: \t 12 \r\n"));
	assert_true(line(response, "location:/x y\r\n"));
	assert_true(line(response, "Www-Authenticate: Basic realm=/k\r\n"));
	assert_true(line(response, "Date:\r\n"));
	assert_true(line(response, "Dated: no\r\n"));
	assert_string_equal(response->retry_after, "12");
	assert_string_equal(response->location, "/x y");
	assert_string_equal(response->challenge, "Basic realm=/k");
	assert_string_equal(response->date, "");
}

static void
the_first_of_two_headers_counts(void **state)
{
	struct response *response = *state;

	assert_true(line(response, "HTTP/1.1 429 Slow\r\n"));
	assert_true(line(response, "Retry-After: 1\r\n"));
	assert_true(line(response, "Retry-After: 2\r\n"));
	assert_string_equal(response->retry_after, "1");
}

static void
trailers_change_nothing(void **state)
{
	struct response *response = *state;

	assert_true(line(response, "HTTP/1.1 200 OK\r\n"));
	assert_true(line(response, "\r\n"));
	assert_true(line(response, "HTTP/1.1 500 Oops\r\n"));
	assert_true(line(response, "Retry-After: 2\r\n"));
	assert_int_equal(response->status, 200);
	assert_null(response->retry_after);
}

static void
a_value_that_is_too_long_is_as_none(void **state)
{
	struct response *response = *state;
	char *text = malloc(RESPONSE_VALUE_MAX + 32);

	assert_non_null(text);
	assert_true(line(response, "HTTP/1.1 301 There\r\n"));
	memcpy(text, "Location:", 9);
	memset(text + 9, 'x', RESPONSE_VALUE_MAX + 1);
	assert_true(response_line(response, text, 9 + RESPONSE_VALUE_MAX + 1));
	assert_null(response->location);
	assert_true(response_line(response, text, 9 + RESPONSE_VALUE_MAX));
	assert_int_equal(strlen(response->location), RESPONSE_VALUE_MAX);
	free(text);
}

static void
headers_without_end_are_not_read_on(void **state)
{
	struct response *response = *state;
	size_t n = 0;

	while (line(response, "HTTP/1.1 103 Early Hints\r\n"))
		assert_true(++n < RESPONSE_HEADERS_MAX);
	assert_true(n >= RESPONSE_HEADERS_MAX / 26 - 1);
	assert_non_null(response->fault);
}

static void
a_body_may_be_a_token_and_is_wiped_as_it_grows(void **state)
{
	struct response *response = *state;

	assert_true(response->body.secret);
}

static void
a_body_is_kept_to_its_ceiling(void **state)
{
	struct response *response = *state;
	char *data = calloc(1, HTTP_BODY_MAX);

	assert_non_null(data);
	assert_true(response_piece(response, "abc", 3));
	assert_true(response_piece(response, data, HTTP_BODY_MAX - 3));
	assert_true(response_piece(response, data, 0));
	assert_int_equal(response->body.len, HTTP_BODY_MAX);
	assert_false(response_piece(response, data, 1));
	assert_int_equal(response->body.len, HTTP_BODY_MAX);
	assert_memory_equal(response->body.data, "abc", 3);
	free(data);
}

static void
the_part_of_a_piece_that_fits_is_kept(void **state)
{
	struct response *response = *state;
	char *data = calloc(1, HTTP_BODY_MAX + 1);

	assert_non_null(data);
	assert_false(response_piece(response, data, HTTP_BODY_MAX + 1));
	assert_int_equal(response->body.len, HTTP_BODY_MAX);
	free(data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_status_line_gives_the_status),
		TEST(a_status_line_needs_no_reason),
		TEST(an_interim_status_is_not_final),
		TEST(a_status_line_of_http_2_is_one),
		TEST(what_is_no_status_line_is_refused),
		TEST(header_names_are_read_in_any_case_and_values_trimmed),
		TEST(the_first_of_two_headers_counts),
		TEST(trailers_change_nothing),
		TEST(a_value_that_is_too_long_is_as_none),
		TEST(headers_without_end_are_not_read_on),
		TEST(a_body_may_be_a_token_and_is_wiped_as_it_grows),
		TEST(a_body_is_kept_to_its_ceiling),
		TEST(the_part_of_a_piece_that_fits_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
