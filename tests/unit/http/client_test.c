/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/http/posting.h"

static const struct server_reply ok = {
	"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", SERVER_KEEP, 0
};
static const struct server_reply mute = { NULL, SERVER_STALL, 0 };

static void
a_name_is_resolved_and_sent_as_host(void **state)
{
	struct posting *p = *state;
	char text[SERVER_REQUEST_MAX];
	struct got got;

	posting_serve(p, &ok, 1);
	posting_expect_from(p, "Receiver.test", HTTP_ANSWERED, &got);
	server_last(p->server, text);
	assert_non_null(strcasestr(text, "\r\nHost: receiver.test:"));
	assert_int_equal(names_asked(p->names), 1);
	posting_expect_from(p, "Receiver.test", HTTP_ANSWERED, &got);
	assert_int_equal(names_asked(p->names), 1);
	assert_int_equal(server_accepted(p->server), 1);
}

static void
a_name_of_the_hosts_file_is_resolved(void **state)
{
	struct posting *p = *state;
	struct got got;

	posting_serve(p, &ok, 1);
	posting_expect_from(p, "localhost", HTTP_ANSWERED, &got);
	assert_int_equal(names_asked(p->names), 0);
}

static void
odd_spellings_of_an_address_do_no_harm(void **state)
{
	struct posting *p = *state;
	struct got got;

	posting_serve(p, &ok, 1);
	names_set(p->names, (struct names_answer){ NAMES_NO_SUCH, 0, 0, 0 });
	posting_expect_from(p, "127.0.0.1", HTTP_ANSWERED, &got);
	memset(&got, 0, sizeof(got));
	posting_begin(p, &got, "http://127.1:1/", 1000);
	posting_await(&got);
	assert_true(
	    got.outcome == HTTP_UNREACHED || got.outcome == HTTP_UNRESOLVED);
}

static void
a_name_with_a_dot_at_its_end_is_resolved(void **state)
{
	struct posting *p = *state;
	struct got got;

	posting_serve(p, &ok, 1);
	posting_expect_from(p, "receiver.test.", HTTP_ANSWERED, &got);
}

static void
a_name_that_does_not_exist_is_unresolved(void **state)
{
	struct posting *p = *state;
	struct got got;

	posting_serve(p, &ok, 1);
	names_set(p->names, (struct names_answer){ NAMES_NO_SUCH, 0, 0, 0 });
	posting_expect_from(p, "receiver.test", HTTP_UNRESOLVED, &got);
	assert_non_null(strstr(got.error, "receiver.test"));
}

static void
a_silent_name_server_uses_up_the_timeout_and_no_more(void **state)
{
	struct posting *p = *state;
	struct got got = { 0 };

	names_set(p->names, (struct names_answer){ NAMES_SILENT, 0, 0, 0 });
	posting_begin(p, &got, "http://receiver.test/", 100);
	posting_await(&got);
	assert_int_equal(got.outcome, HTTP_UNRESOLVED);
	assert_in_range(got.elapsed, 100 * CLOCK_MSEC, 500 * CLOCK_MSEC);
}

static void
the_timeout_covers_both_the_name_and_the_answer(void **state)
{
	struct posting *p = *state;
	struct got got = { 0 };
	char url[128];

	/* A second and a half of it goes by before the name is known. */
	posting_serve(p, &mute, 1);
	names_set(p->names, (struct names_answer){ NAMES_SILENT, 0, 0, 0 });
	(void)snprintf(url, sizeof(url), "http://receiver.test:%u/",
	    (unsigned)server_port(p->server));
	posting_begin(p, &got, url, 1500);
	posting_run(p, 300);
	names_set(p->names,
	    (struct names_answer){ NAMES_ANSWER, "127.0.0.1", NULL, 60 });
	posting_await(&got);
	assert_int_equal(got.outcome, HTTP_TIMED_OUT);
	assert_in_range(got.elapsed, 1500 * CLOCK_MSEC, 2000 * CLOCK_MSEC);
}

static void
what_cannot_be_tried_fails_from_the_loop(void **state)
{
	struct posting *p = *state;
	static const char *const urls[] = { "", "hush", "ftp://hush/",
		"http://u:hush@h:99999/", "http://[fe80::1%25lo]/?hush" };
	struct got got;
	size_t i;

	for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		memset(&got, 0, sizeof(got));
		posting_begin(p, &got, urls[i], 1000);
		posting_await(&got);
		assert_int_equal(got.outcome, HTTP_FAILED);
		assert_true(got.error[0] != '\0');
		assert_null(strstr(got.error, "hush"));
	}
}

static void
note_failure(void *arg, const struct http_response *response)
{
	assert_null(strstr(response->error, "hush"));
	*(enum http_outcome *)arg = response->outcome;
}

static void
a_header_with_a_line_break_is_not_sent(void **state)
{
	struct posting *p = *state;
	const struct http_request request = {
		.url = "http://127.0.0.1:1/",
		.headers = (const char *const[]){ "A: hush\r\nB: c", NULL },
		.timeout = CLOCK_SEC,
	};
	enum http_outcome outcome = HTTP_ANSWERED;

	assert_non_null(http_post(p->http, &request, note_failure, &outcome));
	posting_run(p, 20);
	assert_int_equal(outcome, HTTP_FAILED);
}

static void
a_cancelled_call_is_not_called_back(void **state)
{
	struct posting *p = *state;
	struct got resolving = { 0 }, flying = { 0 }, refused = { 0 };

	posting_serve(p, &mute, 1);
	names_set(p->names, (struct names_answer){ NAMES_SILENT, 0, 0, 0 });
	posting_begin(p, &resolving, "http://receiver.test/", 100);
	posting_begin(p, &flying, p->url, 100);
	posting_begin(p, &refused, "ftp://x/", 100);
	http_cancel(refused.call);
	posting_run(p, 50);
	assert_int_equal(server_requests(p->server), 1);
	http_cancel(resolving.call);
	http_cancel(flying.call);
	http_cancel(NULL);
	posting_run(p, 150);
	assert_int_equal(resolving.calls + flying.calls + refused.calls, 0);
}

static void
a_name_that_is_found_later_does_not_revive_a_cancelled_call(void **state)
{
	struct posting *p = *state;
	struct got got = { 0 };

	posting_begin(p, &got, "http://receiver.test:1/", 1000);
	http_cancel(got.call);
	posting_run(p, 50);
	assert_int_equal(names_asked(p->names), 1);
	assert_int_equal(got.calls, 0);
}

static void
cancelling_never_blocks(void **state)
{
	struct posting *p = *state;
	struct got got = { 0 };
	uint64_t start;

	posting_serve(p, &mute, 1);
	names_set(p->names, (struct names_answer){ NAMES_SILENT, 0, 0, 0 });
	posting_begin(p, &got, "http://receiver.test/", 60000);
	posting_run(p, 50);
	start = clock_monotonic(p->clock);
	http_cancel(got.call);
	assert_true(clock_monotonic(p->clock) - start < 100 * CLOCK_MSEC);
}

/* The callback posts anew, and cancels another. */
static void
post_and_cancel(struct got *got)
{
	struct got *next = got->then_arg;

	posting_begin(got->p, next, got->p->url, 2000);
	http_cancel(((struct got *)next->then_arg)->call);
}

static void
a_callback_may_post_and_cancel(void **state)
{
	struct posting *p = *state;
	static const struct server_reply replies[] = {
		{ NULL, SERVER_STALL, 0 },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", SERVER_KEEP,
		    0 },
	};
	struct got victim = { 0 }, next = { .then_arg = &victim };
	struct got first = { .then = post_and_cancel, .then_arg = &next };

	posting_serve(p, replies, 2);
	posting_begin(p, &victim, p->url, 2000);
	posting_run(p, 50);
	posting_begin(p, &first, p->url, 2000);
	posting_await(&first);
	posting_await(&next);
	assert_int_equal(next.status, 200);
	posting_run(p, 50);
	assert_int_equal(victim.calls, 0);
}

static void
freeing_cancels_what_is_under_way(void **state)
{
	struct posting *p = *state;
	struct got resolving = { 0 }, flying = { 0 }, refused = { 0 };
	uint64_t start;

	posting_serve(p, &mute, 1);
	names_set(p->names, (struct names_answer){ NAMES_SILENT, 0, 0, 0 });
	posting_begin(p, &resolving, "http://receiver.test/", 2000);
	posting_begin(p, &flying, p->url, 2000);
	posting_run(p, 30);
	posting_begin(p, &refused, "ftp://x/", 2000);
	start = clock_monotonic(p->clock);
	client_free(p->http);
	p->http = NULL;
	assert_true(clock_monotonic(p->clock) - start < CLOCK_SEC);
	posting_run(p, 20);
	assert_int_equal(resolving.calls + flying.calls + refused.calls, 0);
}

static void
the_environment_names_no_proxy(void **state)
{
	struct posting *p = *state;
	struct got got;

	assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
	posting_serve(p, &ok, 1);
	posting_expect_from(p, "receiver.test", HTTP_ANSWERED, &got);
	assert_int_equal(unsetenv("http_proxy"), 0);
}

static void
authorities_are_no_fifo_nor_a_folder(void **state)
{
	static const char *const odd[] = { "client_test.fifo", "/" };
	struct posting *p = *state;
	struct got got;
	size_t i;

	(void)unlink(odd[0]);
	assert_int_equal(mkfifo(odd[0], 0600), 0);
	for (i = 0; i < 2; i++) {
		assert_int_equal(setenv("SSL_CERT_FILE", odd[i], 1), 0);
		memset(&got, 0, sizeof(got));
		posting_begin(p, &got, "https://127.0.0.1:1/", 1000);
		posting_await(&got);
		posting_expect_failure(&got, HTTP_FAILED);
		assert_non_null(strstr(got.error, "SSL_CERT_FILE"));
	}
	/* What goes without TLS has no use for it. */
	posting_serve(p, &ok, 1);
	posting_expect_from(p, "127.0.0.1", HTTP_ANSWERED, &got);
	(void)unsetenv("SSL_CERT_FILE");
	(void)unlink(odd[0]);
}

static void
sigpipe_is_ignored(void **state)
{
	struct sigaction action;

	(void)state;
	assert_int_equal(sigaction(SIGPIPE, NULL, &action), 0);
	assert_true(action.sa_handler == SIG_IGN);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, posting_setup, posting_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_is_resolved_and_sent_as_host),
		TEST(a_name_of_the_hosts_file_is_resolved),
		TEST(odd_spellings_of_an_address_do_no_harm),
		TEST(a_name_with_a_dot_at_its_end_is_resolved),
		TEST(a_name_that_does_not_exist_is_unresolved),
		TEST(a_silent_name_server_uses_up_the_timeout_and_no_more),
		TEST(the_timeout_covers_both_the_name_and_the_answer),
		TEST(what_cannot_be_tried_fails_from_the_loop),
		TEST(a_header_with_a_line_break_is_not_sent),
		TEST(a_cancelled_call_is_not_called_back),
		TEST(
		    a_name_that_is_found_later_does_not_revive_a_cancelled_call),
		TEST(cancelling_never_blocks),
		TEST(a_callback_may_post_and_cancel),
		TEST(freeing_cancels_what_is_under_way),
		TEST(the_environment_names_no_proxy),
		TEST(authorities_are_no_fifo_nor_a_folder),
		TEST(sigpipe_is_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
