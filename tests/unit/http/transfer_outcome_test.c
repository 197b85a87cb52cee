/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/http/posting.h"

/* Expect ${text} and a closed connection to be no answer. */
static void
expect_broken(struct posting *p, const char *text)
{
	struct got got;

	posting_answer(p, &got, text, SERVER_CLOSE);
	posting_expect_failure(&got, HTTP_BROKEN);
}

static void
a_response_is_told_with_its_headers_and_body(void **state)
{
	struct got got;

	posting_answer(*state, &got,
	    "HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\n"
	    "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nLocation: /there\r\n"
	    "Content-Length: 9\r\n\r\nslow down",
	    SERVER_KEEP);
	posting_expect_status(&got, 429);
	assert_string_equal(got.retry_after, "7");
	assert_string_equal(got.date, "Thu, 01 Jan 2026 00:00:00 GMT");
	assert_string_equal(got.location, "/there");
	assert_int_equal(got.body_len, 9);
	assert_string_equal(got.body, "slow down");
	assert_true(got.elapsed > 0 && got.elapsed < 2 * CLOCK_SEC);
}

static void
a_response_without_headers_or_body_has_none(void **state)
{
	struct got got;

	posting_answer(
	    *state, &got, "HTTP/1.1 204 No Content\r\n\r\n", SERVER_KEEP);
	posting_expect_status(&got, 204);
	assert_string_equal(got.retry_after, "(none)");
	assert_string_equal(got.date, "(none)");
	assert_string_equal(got.location, "(none)");
	assert_string_equal(got.body, "");
}

static void
a_100_continue_is_not_the_answer(void **state)
{
	struct got got;

	posting_answer(*state, &got,
	    "HTTP/1.1 100 Continue\r\n\r\n"
	    "HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n"
	    "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
	    SERVER_KEEP);
	posting_expect_status(&got, 503);
	assert_string_equal(got.retry_after, "(none)");
}

static void
an_interim_status_alone_is_no_answer(void **state)
{
	expect_broken(*state, "HTTP/1.1 100 Continue\r\n\r\n");
}

static void
a_chunked_body_is_joined(void **state)
{
	struct got got;

	posting_answer(*state, &got,
	    "HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n",
	    SERVER_KEEP);
	posting_expect_status(&got, 400);
	assert_string_equal(got.body, "abcdefg");
}

static void
a_trailer_cannot_change_the_status(void **state)
{
	struct got got;

	posting_answer(*state, &got,
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "1\r\na\r\n0\r\nHTTP/1.1 500 Oops\r\nRetry-After: 1\r\n\r\n",
	    SERVER_CLOSE);
	posting_expect_status(&got, 200);
	assert_string_equal(got.retry_after, "(none)");
}

static void
half_a_body_does_not_change_the_verdict(void **state)
{
	struct got got;

	posting_answer(*state, &got,
	    "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", SERVER_CLOSE);
	posting_expect_status(&got, 200);
	assert_string_equal(got.body, "half");
}

static void
a_reset_in_the_body_does_not_change_the_verdict(void **state)
{
	struct got got;

	posting_answer(*state, &got,
	    "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", SERVER_RESET);
	posting_expect_status(&got, 200);
}

static void
bad_chunks_do_not_change_the_verdict(void **state)
{
	struct got got;

	posting_answer(*state, &got,
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
	    SERVER_CLOSE);
	posting_expect_status(&got, 200);
}

static void
headers_that_break_off_do_not_change_the_verdict(void **state)
{
	struct got got;

	posting_answer(*state, &got,
	    "HTTP/1.1 503 Busy\r\nRetry-After: 3\r\nDat", SERVER_CLOSE);
	posting_expect_status(&got, 503);
	assert_string_equal(got.retry_after, "3");
}

static void
a_body_without_end_is_cut_at_its_ceiling(void **state)
{
	struct posting *p = *state;
	struct got *got = calloc(1, sizeof(*got));

	assert_non_null(got);
	posting_answer(p, got, "HTTP/1.1 403 No\r\n\r\n", SERVER_FLOOD);
	posting_expect_status(got, 403);
	assert_int_equal(got->body_len, HTTP_BODY_MAX);
	assert_true(got->elapsed < CLOCK_SEC);
	free(got);
}

static void
a_connection_whose_body_was_cut_is_not_used_again(void **state)
{
	struct posting *p = *state;
	static const struct server_reply replies[] = {
		{ "HTTP/1.1 403 No\r\nContent-Length: 9999999\r\n\r\n",
		    SERVER_FLOOD, 0 },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", SERVER_KEEP,
		    0 },
	};
	struct got got;

	posting_serve(p, replies, 2);
	posting_post(p, &got);
	posting_expect_status(&got, 403);
	posting_post(p, &got);
	posting_expect_status(&got, 200);
	assert_int_equal(server_accepted(p->server), 2);
}

static void
a_body_that_never_ends_is_waited_for_five_seconds(void **state)
{
	struct posting *p = *state;
	static const struct server_reply reply = {
		"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
		SERVER_TRICKLE, 0
	};
	struct got got = { 0 };

	posting_serve(p, &reply, 1);
	posting_begin(p, &got, p->url, 60000);
	posting_await(&got);
	posting_expect_status(&got, 200);
	assert_true(got.body_len > 0);
	assert_true(got.elapsed >= CLIENT_LINGER);
	assert_true(got.elapsed < CLIENT_LINGER + 10 * CLOCK_SEC);
}

static void
the_timeout_ends_the_wait_for_a_body_if_it_is_sooner(void **state)
{
	struct posting *p = *state;
	static const struct server_reply reply = {
		"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
		SERVER_TRICKLE, 0
	};
	struct got got = { 0 };

	posting_serve(p, &reply, 1);
	posting_begin(p, &got, p->url, 200);
	posting_await(&got);
	posting_expect_status(&got, 200);
	assert_true(got.elapsed < CLOCK_SEC);
}

static void
no_status_line_in_time_is_a_time_out(void **state)
{
	struct posting *p = *state;
	static const struct server_reply reply = { NULL, SERVER_STALL, 0 };
	struct got got = { 0 };

	posting_serve(p, &reply, 1);
	posting_begin(p, &got, p->url, 200);
	posting_await(&got);
	posting_expect_failure(&got, HTTP_TIMED_OUT);
	assert_true(got.elapsed >= 200 * CLOCK_MSEC);
	assert_true(got.elapsed < CLOCK_SEC);
}

static void
half_a_status_line_is_none(void **state)
{
	expect_broken(*state, "HTTP/1.1 20");
}

static void
garbage_is_no_answer(void **state)
{
	expect_broken(*state, "\x01\x02 what?\r\n\r\n");
}

static void
the_body_of_http_0_9_is_no_answer(void **state)
{
	expect_broken(*state, "<html>hello</html>");
}

static void
a_status_of_another_http_is_no_answer(void **state)
{
	expect_broken(*state, "HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n");
}

static void
a_status_out_of_range_is_no_answer(void **state)
{
	expect_broken(*state, "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n");
}

static void
a_server_that_says_nothing_and_closes_is_broken(void **state)
{
	expect_broken(*state, NULL);
}

static void
a_reset_in_place_of_an_answer_is_broken(void **state)
{
	struct got got;

	posting_answer(*state, &got, NULL, SERVER_RESET);
	posting_expect_failure(&got, HTTP_BROKEN);
}

/* Post to a server that answers, does ${then} instead, and answers. */
static void
post_three(struct posting *p, enum server_then then, struct got *got)
{
	static struct server_reply replies[] = {
		{ "HTTP/1.1 204 No Content\r\n\r\n", SERVER_KEEP, 0 },
		{ NULL, SERVER_CLOSE, 0 },
		{ "HTTP/1.1 204 No Content\r\n\r\n", SERVER_KEEP, 0 },
	};

	replies[1].then = then;
	posting_serve(p, replies, 3);
	posting_post(p, got);
	posting_expect_status(got, 204);
	assert_false(got->resent);
	posting_post(p, got);
}

static void
a_request_that_libcurl_sends_again_is_told_to_be_one(void **state)
{
	struct posting *p = *state;
	char text[SERVER_REQUEST_MAX];
	struct got got;

	post_three(p, SERVER_CLOSE, &got);
	posting_expect_status(&got, 204);
	assert_true(got.resent);
	assert_int_equal(server_requests(p->server), 3);
	server_last(p->server, text);
	assert_non_null(strstr(text, "\r\n\r\nhello"));
	posting_post(p, &got);
	posting_expect_status(&got, 204);
	assert_false(got.resent);
}

static void
a_reset_on_a_connection_used_before_is_told_either_way(void **state)
{
	struct got got;

	post_three(*state, SERVER_RESET, &got);
	assert_true(got.resent || got.outcome == HTTP_BROKEN);
}

static void
a_reset_in_the_request_is_broken(void **state)
{
	struct got got;

	posting_answer(*state, &got, NULL, SERVER_ABORT);
	posting_expect_failure(&got, HTTP_BROKEN);
}

static void
headers_without_end_are_cut_off(void **state)
{
	struct posting *p = *state;
	struct got *got = calloc(1, sizeof(*got));

	/* One header line that never ends. */
	assert_non_null(got);
	posting_answer(p, got, "HTTP/1.1 200 OK\r\nX-Long: ", SERVER_FLOOD);
	posting_expect_status(got, 200);
	assert_true(got->elapsed < CLOCK_SEC);
	free(got);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, posting_setup, posting_teardown)
#define FAST(name) \
	cmocka_unit_test_setup_teardown( \
	    name, posting_setup_fast, posting_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_response_is_told_with_its_headers_and_body),
		TEST(a_response_without_headers_or_body_has_none),
		TEST(a_100_continue_is_not_the_answer),
		TEST(an_interim_status_alone_is_no_answer),
		TEST(a_chunked_body_is_joined),
		TEST(a_trailer_cannot_change_the_status),
		TEST(half_a_body_does_not_change_the_verdict),
		TEST(a_reset_in_the_body_does_not_change_the_verdict),
		TEST(bad_chunks_do_not_change_the_verdict),
		TEST(headers_that_break_off_do_not_change_the_verdict),
		TEST(a_body_without_end_is_cut_at_its_ceiling),
		TEST(a_connection_whose_body_was_cut_is_not_used_again),
		FAST(a_body_that_never_ends_is_waited_for_five_seconds),
		TEST(the_timeout_ends_the_wait_for_a_body_if_it_is_sooner),
		TEST(no_status_line_in_time_is_a_time_out),
		TEST(half_a_status_line_is_none),
		TEST(garbage_is_no_answer),
		TEST(the_body_of_http_0_9_is_no_answer),
		TEST(a_status_of_another_http_is_no_answer),
		TEST(a_status_out_of_range_is_no_answer),
		TEST(a_server_that_says_nothing_and_closes_is_broken),
		TEST(a_reset_in_place_of_an_answer_is_broken),
		TEST(a_request_that_libcurl_sends_again_is_told_to_be_one),
		TEST(a_reset_on_a_connection_used_before_is_told_either_way),
		TEST(a_reset_in_the_request_is_broken),
		TEST(headers_without_end_are_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
