/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/admin/pages.h"
#include "tests/unit/admin/web.h"

#define TAIL " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

static const struct stat_def gauge = { .name = "g",
	.help = "G.",
	.type = STAT_GAUGE };

static int
setup(void **state)
{
	(void)web_setup(state);
	web_start(*state, "127.0.0.1:0", NULL);
	return 0;
}

/* Check that the last answer has this status line, header and body. */
static void
check(const struct web *web, int status, const char *header, const char *body)
{
	const char *head_end = strstr(web->answer, "\r\n\r\n");
	char want[16];

	assert_non_null(head_end);
	(void)snprintf(want, sizeof(want), "HTTP/1.1 %d ", status);
	assert_memory_equal(web->answer, want, strlen(want));
	if (strstr(web->answer, header) == NULL)
		fail_msg("no %s in: %s", header, web->answer);
	assert_string_equal(head_end + 4, body);
}

static void
metrics_are_the_registry_in_the_text_format(void **state)
{
	struct web *web = *state;

	stat_set(stats_add(web->stats, &gauge, NULL), 7);
	(void)web_ask(web, "GET /metrics" TAIL);
	check(web, 200,
	    "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n",
	    "# HELP g G.\n# TYPE g gauge\ng 7\n");
	(void)web_ask(web, "GET /metrics?x=y" TAIL);
	check(web, 200, "Content-Length: 31\r\n",
	    "# HELP g G.\n# TYPE g gauge\ng 7\n");
}

static void
metrics_of_an_empty_registry_are_empty(void **state)
{
	(void)web_ask(*state, "GET /metrics" TAIL);
	check(*state, 200, "Content-Length: 0\r\n", "");
}

static void
head_has_the_headers_of_get_and_no_body(void **state)
{
	struct web *web = *state;

	stat_set(stats_add(web->stats, &gauge, NULL), 7);
	(void)web_ask(web, "HEAD /metrics" TAIL);
	check(web, 200, "Content-Length: 31\r\n", "");
	(void)web_ask(web, "HEAD /nowhere" TAIL);
	check(web, 404, "Content-Type: text/plain", "");
}

static void
healthy_is_always_so(void **state)
{
	(void)web_ask(*state, "GET /-/healthy" TAIL);
	check(*state, 200, "Content-Type: text/plain; charset=utf-8\r\n",
	    "walship is healthy.\n");
}

static void
ready_says_how_far_it_is_until_it_is(void **state)
{
	struct web *web = *state;

	web->why = "Reading the WAL, 40 %.";
	(void)web_ask(web, "GET /-/ready" TAIL);
	check(web, 503, "Content-Type: text/plain; charset=utf-8\r\n",
	    "walship is not ready. Reading the WAL, 40 %.\n");
	web->why = NULL;
	web->ready = true;
	(void)web_ask(web, "GET /-/ready" TAIL);
	check(web, 200, "Content-Type", "walship is ready.\n");
}

#define STATUS(host) \
	"GET /api/v1/status HTTP/1.1\r\nHost: " host \
	"\r\nConnection: close\r\n\r\n"

static void
how_it_stands_is_told_as_json_to_this_machine(void **state)
{
	struct web *web = *state;

	(void)web_ask(web, STATUS("localhost:9795"));
	assert_memory_equal(web->answer, "HTTP/1.1 200", 12);
	assert_non_null(
	    strstr(web->answer, "Content-Type: application/json\r\n"));
	assert_non_null(strstr(web->answer, "\r\n\r\n{\"version\":\"1.2.3\","));
}

static void
the_root_is_a_page_that_loads_only_its_own_files(void **state)
{
	struct web *web = *state;

	(void)web_ask(
	    web, "GET / HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\n");
	assert_memory_equal(web->answer, "HTTP/1.1 200", 12);
	assert_non_null(
	    strstr(web->answer, "Content-Type: text/html; charset=utf-8\r\n"));
	assert_non_null(strstr(web->answer,
	    "Content-Security-Policy: default-src 'none'; style-src 'self'; "
	    "script-src 'self'; "));
	assert_non_null(strstr(web->answer, "frame-ancestors 'none'\r\n"));
	assert_non_null(strstr(web->answer, "\r\n\r\n<!DOCTYPE html>"));
	(void)web_ask(web,
	    "GET /page.css HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	    "Connection: close\r\n\r\n");
	assert_non_null(strstr(web->answer, "Content-Type: text/css"));
	assert_non_null(strstr(web->answer, "\nbody {\n"));
	(void)web_ask(web,
	    "GET /page.js HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	    "Connection: close\r\n\r\n");
	assert_non_null(strstr(web->answer, "Content-Type: text/javascript"));
	assert_non_null(strstr(web->answer, "\"use strict\";\n"));
}

/* A name of somebody else's may lead here from a browser on this machine. */
static void
who_calls_it_by_another_name_is_told_nothing(void **state)
{
	(void)web_ask(*state, STATUS("evil.example"));
	check(*state, 403, "text/plain",
	    "Ask for this at an address, or at localhost.\n");
	(void)web_ask(*state, STATUS("127.0.0.1.evil.example:9795"));
	check(*state, 403, "text/plain",
	    "Ask for this at an address, or at localhost.\n");
}

static void
other_machines_are_told_only_metrics_and_health(void **state)
{
	struct web *web = *state;

	admin_free(web->admin);
	web_start(web, "0.0.0.0:0", NULL);
	(void)web_ask(web, STATUS("127.0.0.1"));
	check(web, 403, "text/plain",
	    "Not shown to other machines; run "
	    "walship status on this one.\n");
	(void)web_ask(web, "GET /-/healthy" TAIL);
	check(web, 200, "text/plain", "walship is healthy.\n");
	(void)web_ask(web, "GET /metrics" TAIL);
	check(web, 200, "text/plain", "");
	(void)web_ask(web, "GET /" TAIL);
	check(web, 200, "text/plain", "/metrics\n/-/healthy\n/-/ready\n");
	(void)web_ask(web, "GET /page.js" TAIL);
	assert_memory_equal(web->answer, "HTTP/1.1 403", 12);
}

static void
no_answer_is_for_frames_caches_or_other_sites(void **state)
{
	static const char *const headers[] = { "Cache-Control: no-store\r\n",
		"X-Content-Type-Options: nosniff\r\n",
		"X-Frame-Options: DENY\r\n",
		"Cross-Origin-Resource-Policy: same-origin\r\n" };
	struct web *web = *state;
	size_t i;

	(void)web_ask(web, "GET /" TAIL);
	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_non_null(strstr(web->answer, headers[i]));
	assert_null(strstr(web->answer, "Access-Control"));
}

static void
an_unknown_path_is_404(void **state)
{
	static const char *const paths[] = { "GET /metrics/" TAIL,
		"GET /Metrics" TAIL, "GET /metricsx" TAIL, "GET //" TAIL,
		"GET /../etc/passwd" TAIL };
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		(void)web_ask(*state, paths[i]);
		check(*state, 404, "text/plain", "No such page; see /\n");
	}
}

static void
other_methods_are_405_and_told_which_are_not(void **state)
{
	static const char *const methods[] = { "DELETE /metrics" TAIL,
		"OPTIONS /" TAIL, "get /metrics" TAIL, "X /nowhere" TAIL };
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		(void)web_ask(*state, methods[i]);
		check(*state, 405, "Allow: GET, HEAD\r\n",
		    "Only GET and HEAD are understood here.\n");
	}
}

#define RELOAD(method, headers) \
	method " /-/reload HTTP/1.1\r\nHost: 127.0.0.1:1\r\n" headers \
	       "Connection: close\r\n\r\n"

static void
a_reload_is_done_if_that_is_allowed(void **state)
{
	struct web *web = *state;

	web->reload = PAGES_RELOADED;
	(void)web_ask(web, RELOAD("POST", ""));
	check(web, 200, "text/plain", "reloaded 1\n");
	(void)web_ask(web, RELOAD("PUT", "Origin: http://127.0.0.1:1\r\n"));
	check(web, 200, "text/plain", "reloaded 2\n");
	web->reload = PAGES_RELOAD_FAILED;
	(void)web_ask(web, RELOAD("POST", "Content-Length: 999999\r\n"));
	check(web, 500, "text/plain", "reloaded 3\n");
	web->reload = PAGES_RELOAD_OFF;
	(void)web_ask(web, RELOAD("POST", ""));
	check(web, 403, "text/plain",
	    "Not without web.enable_lifecycle; run walship reload on this "
	    "machine.\n");
}

static void
a_reload_is_not_done_for_others_nor_by_other_methods(void **state)
{
	struct web *web = *state;

	web->reload = PAGES_RELOADED;
	(void)web_ask(web, RELOAD("POST", "Origin: http://evil\r\n"));
	check(web, 403, "text/plain", "Not for a page of somebody else.\n");
	(void)web_ask(web, RELOAD("POST", "Origin: null\r\n"));
	check(web, 403, "text/plain", "Not for a page of somebody else.\n");
	(void)web_ask(web, RELOAD("GET", ""));
	check(web, 405, "Allow: POST, PUT\r\n", "POST to this to reload.\n");
	(void)web_ask(web, RELOAD("DELETE", ""));
	check(web, 405, "Allow: GET, HEAD\r\n",
	    "Only GET and HEAD are understood here.\n");
	assert_int_equal(web->reloads, 0);
}

static void
an_upload_is_refused_before_it_comes(void **state)
{
	(void)web_ask(*state,
	    "POST /metrics HTTP/1.1\r\nHost: h\r\n"
	    "Content-Length: 99999999999\r\n\r\n");
	check(*state, 405, "Connection: close\r\n",
	    "Only GET and HEAD are understood here.\n");
}

static void
a_body_that_comes_with_get_is_read_and_dropped(void **state)
{
	(void)web_ask(*state,
	    "GET /-/healthy HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
	    "Content-Length: 5\r\n\r\nhello");
	check(*state, 200, "text/plain", "walship is healthy.\n");
}

static void
one_connection_serves_many_requests(void **state)
{
	struct web *web = *state;
	int fd = web_connect(web, 0);
	unsigned i;

	for (i = 0; i < 20; i++) {
		web_send(fd, "GET /-/healthy HTTP/1.1\r\nHost: h\r\n\r\n");
		(void)web_read(web, fd, "healthy.\n");
		check(web, 200, "text/plain", "walship is healthy.\n");
	}
	(void)close(fd);
}

/* Make the exposition about ${bytes} long, and a little more. */
static void
fill(struct web *web, size_t bytes)
{
	char value[60001];
	const char *const labels[] = { "l", value, NULL };
	size_t i;

	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	for (i = 0; i <= bytes / sizeof(value); i++)
		assert_non_null(stats_add(web->stats, &gauge, labels));
}

static void
an_answer_past_the_ceiling_is_503(void **state)
{
	fill(*state, PAGES_BODY_MAX);
	(void)web_ask(*state, "GET /metrics" TAIL);
	check(*state, 503, "Content-Type: text/plain; charset=utf-8\r\n",
	    "Too much is being answered already.\n");
}

static void
readers_that_do_not_read_are_not_given_all_memory(void **state)
{
	struct web *web = *state;
	int slow[4];
	size_t i;

	fill(web, PAGES_BODY_MAX - 250000);
	for (i = 0; i < 4; i++) {
		slow[i] = web_connect(web, 4096);
		web_send(slow[i], "GET /metrics" TAIL);
	}
	(void)web_run(web, 100);
	(void)web_ask(web, "GET /metrics" TAIL);
	check(web, 503, "text/plain", "Too much is being answered already.\n");
	(void)web_ask(web, "GET /-/healthy" TAIL);
	check(web, 200, "text/plain", "walship is healthy.\n");
	for (i = 0; i < 4; i++)
		(void)close(slow[i]);
	(void)web_run(web, 50);
	(void)web_ask(web, "GET /metrics" TAIL);
	assert_memory_equal(web->answer, "HTTP/1.1 200", 12);
	assert_true(web->answer_len > PAGES_BODY_MAX - 300000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, web_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(metrics_are_the_registry_in_the_text_format),
		TEST(metrics_of_an_empty_registry_are_empty),
		TEST(head_has_the_headers_of_get_and_no_body),
		TEST(healthy_is_always_so),
		TEST(ready_says_how_far_it_is_until_it_is),
		TEST(the_root_is_a_page_that_loads_only_its_own_files),
		TEST(how_it_stands_is_told_as_json_to_this_machine),
		TEST(who_calls_it_by_another_name_is_told_nothing),
		TEST(other_machines_are_told_only_metrics_and_health),
		TEST(no_answer_is_for_frames_caches_or_other_sites),
		TEST(an_unknown_path_is_404),
		TEST(other_methods_are_405_and_told_which_are_not),
		TEST(a_reload_is_done_if_that_is_allowed),
		TEST(a_reload_is_not_done_for_others_nor_by_other_methods),
		TEST(an_upload_is_refused_before_it_comes),
		TEST(a_body_that_comes_with_get_is_read_and_dropped),
		TEST(one_connection_serves_many_requests),
		TEST(an_answer_past_the_ceiling_is_503),
		TEST(readers_that_do_not_read_are_not_given_all_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
