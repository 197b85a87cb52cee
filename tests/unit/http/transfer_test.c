/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include "agent/http/transfer.h"
#include "tests/unit/http/posting.h"

static void
the_request_is_sent_as_it_was_given(void **state)
{
	struct posting *p = *state;
	struct got got;
	char text[SERVER_REQUEST_MAX];

	posting_answer(p, &got, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	    SERVER_KEEP);
	posting_expect_status(&got, 200);
	server_last(p->server, text);
	assert_ptr_equal(strstr(text, "POST /api HTTP/1.1\r\n"), text);
	assert_non_null(strstr(text, "\r\nHost: 127.0.0.1:"));
	assert_non_null(strstr(text, "\r\nX-One: 1\r\n"));
	assert_non_null(strstr(text, "\r\nX-Two: 2\r\n"));
	assert_non_null(strstr(text, "\r\nUser-Agent: walship/test\r\n"));
	assert_non_null(strstr(text, "\r\nContent-Length: 5\r\n"));
	assert_non_null(strstr(text, "\r\n\r\nhello"));
	assert_null(strcasestr(text, "\r\nExpect:"));
	assert_null(strcasestr(text, "\r\nAccept-Encoding:"));
	assert_null(strcasestr(text, "\r\nAuthorization:"));
}

static void
note_status(void *arg, const struct http_response *response)
{
	*(int *)arg = response->status;
}

static void
a_large_body_is_sent_without_asking_first(void **state)
{
	struct posting *p = *state;
	static const struct server_reply reply = {
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", SERVER_KEEP, 0
	};
	struct http_request request = { .body_len = 3u << 20,
		.timeout = 5 * CLOCK_SEC };
	char *body = calloc(1, request.body_len), text[SERVER_REQUEST_MAX];
	int status = 0, i;

	assert_non_null(body);
	posting_serve(p, &reply, 1);
	request.url = p->url;
	request.body = body;
	assert_non_null(http_post(p->http, &request, note_status, &status));
	for (i = 0; i < 100 && status == 0; i++)
		posting_run(p, 20);
	assert_int_equal(status, 200);
	server_last(p->server, text);
	assert_null(strcasestr(text, "\r\nExpect:"));
	assert_non_null(strstr(text, "\r\nContent-Length: 3145728\r\n"));
	free(body);
}

static void
a_name_without_addresses_is_not_left_to_libcurl(void **state)
{
	const struct http_request request = { .url = "http://localhost:1/" };
	struct transfer transfer;
	const struct hop hop = { 0 };
	struct target target;
	CURLcode code;

	(void)state;
	assert_null(target_init(&target, request.url));
	assert_int_equal(
	    transfer_init(&transfer, &request, &target, &hop, "x"), 0);
	code = curl_easy_perform(transfer.easy);
	assert_int_equal(transfer_outcome(&transfer, code), HTTP_UNRESOLVED);
	transfer_release(&transfer);
	target_release(&target);
}

static void
userinfo_in_the_url_is_basic_authentication(void **state)
{
	struct posting *p = *state;
	static const struct server_reply reply = {
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", SERVER_KEEP, 0
	};
	struct got got = { 0 };
	char url[128], text[SERVER_REQUEST_MAX];

	posting_serve(p, &reply, 1);
	(void)snprintf(url, sizeof(url), "http://me:pass%%40@127.0.0.1:%u/",
	    (unsigned)server_port(p->server));
	posting_begin(p, &got, url, 2000);
	posting_await(&got);
	posting_expect_status(&got, 200);
	server_last(p->server, text);
	assert_non_null(
	    strstr(text, "\r\nAuthorization: Basic bWU6cGFzc0A=\r\n"));
}

static void
a_redirect_is_not_followed(void **state)
{
	struct posting *p = *state;
	struct got got;

	posting_answer(p, &got,
	    "HTTP/1.1 307 There\r\nLocation: /there\r\n"
	    "Content-Length: 0\r\n\r\n",
	    SERVER_KEEP);
	posting_expect_status(&got, 307);
	assert_string_equal(got.location, "/there");
	assert_int_equal(server_requests(p->server), 1);
}

static void
a_refused_connection_is_unreached(void **state)
{
	struct posting *p = *state;
	static const struct server_reply reply = { NULL, SERVER_CLOSE, 0 };
	struct got got;

	posting_serve(p, &reply, 1);
	server_stop(p->server);
	p->server = NULL;
	posting_post(p, &got);
	posting_expect_failure(&got, HTTP_UNREACHED);
	assert_non_null(strstr(got.error, "127.0.0.1"));
}

static void
a_tls_peer_that_speaks_no_tls_is_unreached(void **state)
{
	struct posting *p = *state;
	static const struct server_reply reply = { NULL, SERVER_CLOSE, 0 };
	struct got got = { 0 };
	char url[128];

	/* The hello is no request; it resets, or closes when it gives up. */
	posting_serve(p, &reply, 1);
	(void)snprintf(url, sizeof(url), "https://u:hush@127.0.0.1:%u/?k=hush",
	    (unsigned)server_port(p->server));
	posting_begin(p, &got, url, 300);
	posting_await(&got);
	posting_expect_failure(&got, HTTP_UNREACHED);
	assert_null(strstr(got.error, "hush"));
	assert_true(got.elapsed < CLOCK_SEC);
}

static void
no_descriptor_is_a_failure_of_our_own(void **state)
{
	struct posting *p = *state;
	static const struct server_reply reply = { NULL, SERVER_CLOSE, 0 };
	struct rlimit limit, none;
	struct got got = { 0 };

	posting_serve(p, &reply, 1);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	posting_begin(p, &got, p->url, 2000);
	posting_await(&got);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	posting_expect_failure(&got, HTTP_FAILED);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, posting_setup, posting_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_request_is_sent_as_it_was_given),
		TEST(a_large_body_is_sent_without_asking_first),
		TEST(a_name_without_addresses_is_not_left_to_libcurl),
		TEST(userinfo_in_the_url_is_basic_authentication),
		TEST(a_redirect_is_not_followed),
		TEST(a_refused_connection_is_unreached),
		TEST(a_tls_peer_that_speaks_no_tls_is_unreached),
		TEST(no_descriptor_is_a_failure_of_our_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
