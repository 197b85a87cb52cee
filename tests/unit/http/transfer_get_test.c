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

#include "tests/unit/http/posting.h"

#define LARGE (HTTP_BODY_MAX * 3) /* Bytes of a body. */

/* What came of a GET. */
struct fetched {
	unsigned calls;
	enum http_outcome outcome;
	int status;
	size_t len;
	bool whole;
	uint64_t elapsed;
	char head[8];
};

static void
on_fetched(void *arg, const struct http_response *response)
{
	struct fetched *fetched = arg;

	fetched->calls++;
	fetched->outcome = response->outcome;
	fetched->status = response->status;
	fetched->len = response->body_len;
	fetched->whole = response->whole;
	fetched->elapsed = response->elapsed;
	(void)snprintf(
	    fetched->head, sizeof(fetched->head), "%s", response->body);
}

/* GET from a server that answers ${reply}, and wait for the end. */
static struct fetched
fetch(struct posting *p, const struct server_reply *reply, size_t answer_max,
    uint64_t timeout)
{
	struct fetched fetched = { 0 };
	struct http_request request = {
		.timeout = timeout,
		.answer_max = answer_max,
	};
	unsigned i;

	posting_serve(p, reply, 1);
	request.url = p->url;
	assert_non_null(http_get(p->http, &request, on_fetched, &fetched));
	for (i = 0; i < 1000 && fetched.calls == 0; i++)
		posting_run(p, 10);
	assert_int_equal(fetched.calls, 1);
	return fetched;
}

static void
a_get_has_no_body(void **state)
{
	struct posting *p = *state;
	static const struct server_reply reply = {
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes", SERVER_KEEP,
		0
	};
	struct fetched fetched = fetch(p, &reply, 0, 5 * CLOCK_SEC);
	char text[SERVER_REQUEST_MAX];

	assert_int_equal(fetched.status, 200);
	assert_string_equal(fetched.head, "yes");
	assert_true(fetched.whole);
	server_last(p->server, text);
	assert_ptr_equal(strstr(text, "GET /api HTTP/1.1\r\n"), text);
	assert_null(strcasestr(text, "\r\nContent-Length:"));
	assert_null(strcasestr(text, "\r\nContent-Type:"));
	assert_string_equal(text + strlen(text) - 4, "\r\n\r\n");
}

/* An answer with a body of LARGE bytes. */
static char *
large_answer(void)
{
	char *text = malloc(LARGE + 128);
	int len;

	assert_non_null(text);
	len = snprintf(
	    text, 128, "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n", LARGE);
	memset(text + len, 'x', LARGE);
	text[(size_t)len + LARGE] = '\0';
	return text;
}

static void
as_much_is_read_as_the_request_allows(void **state)
{
	struct posting *p = *state;
	char *text = large_answer();
	const struct server_reply reply = { text, SERVER_KEEP, 0 };
	struct fetched fetched = fetch(p, &reply, LARGE, 5 * CLOCK_SEC);

	assert_int_equal(fetched.status, 200);
	assert_int_equal(fetched.len, LARGE);
	assert_true(fetched.whole);
	server_stop(p->server);
	p->server = NULL;
	free(text);
}

static void
a_body_above_that_is_not_whole(void **state)
{
	struct posting *p = *state;
	char *text = large_answer();
	const struct server_reply reply = { text, SERVER_KEEP, 0 };
	struct fetched fetched = fetch(p, &reply, LARGE - 1, 5 * CLOCK_SEC);

	assert_int_equal(fetched.outcome, HTTP_ANSWERED);
	assert_int_equal(fetched.status, 200);
	assert_int_equal(fetched.len, LARGE - 1);
	assert_false(fetched.whole);
	server_stop(p->server);
	p->server = NULL;
	free(text);
}

static void
without_a_word_the_ceiling_is_that_of_all(void **state)
{
	struct posting *p = *state;
	static const struct server_reply reply = { "HTTP/1.1 200 OK\r\n\r\n",
		SERVER_FLOOD, 0 };
	struct fetched fetched = fetch(p, &reply, 0, 5 * CLOCK_SEC);

	assert_int_equal(fetched.len, HTTP_BODY_MAX);
	assert_false(fetched.whole);
}

static void
a_body_that_breaks_off_is_not_whole(void **state)
{
	struct posting *p = *state;
	static const struct server_reply reply = {
		"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
		SERVER_CLOSE, 0
	};
	struct fetched fetched = fetch(p, &reply, 0, 5 * CLOCK_SEC);

	assert_int_equal(fetched.status, 200);
	assert_int_equal(fetched.len, 4);
	assert_false(fetched.whole);
}

/* After a POST the status is what counts, after a GET the body. */
static void
a_body_is_waited_for_until_the_timeout(void **state)
{
	struct posting *p = *state;
	static const struct server_reply reply = {
		"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
		SERVER_STALL, 0
	};
	struct fetched fetched = fetch(p, &reply, 0, 4 * CLIENT_LINGER);

	assert_int_equal(fetched.status, 200);
	assert_false(fetched.whole);
	assert_true(fetched.elapsed >= 4 * CLIENT_LINGER);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, posting_setup, posting_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_get_has_no_body),
		TEST(as_much_is_read_as_the_request_allows),
		TEST(a_body_above_that_is_not_whole),
		TEST(without_a_word_the_ceiling_is_that_of_all),
		TEST(a_body_that_breaks_off_is_not_whole),
		cmocka_unit_test_setup_teardown(
		    a_body_is_waited_for_until_the_timeout, posting_setup_fast,
		    posting_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
