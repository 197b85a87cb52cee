/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/http/posting.h"

#define MANY 64u

static const struct server_reply ok = {
	"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", SERVER_KEEP, 0
};

static unsigned
count_entries(const char *path)
{
	DIR *dir = opendir(path);
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

static void
expect_ok(struct posting *p)
{
	struct got got;

	posting_post(p, &got);
	assert_int_equal(got.outcome, HTTP_ANSWERED);
	assert_int_equal(got.status, 200);
}

static void
requests_one_after_the_other_share_a_connection(void **state)
{
	struct posting *p = *state;
	int i;

	posting_serve(p, &ok, 1);
	for (i = 0; i < 5; i++)
		expect_ok(p);
	assert_int_equal(server_requests(p->server), 5);
	assert_int_equal(server_accepted(p->server), 1);
}

static void
a_connection_that_the_server_closes_is_replaced(void **state)
{
	struct posting *p = *state;
	static const struct server_reply reply = {
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", SERVER_CLOSE, 0
	};

	posting_serve(p, &reply, 1);
	expect_ok(p);
	expect_ok(p);
	posting_run(p, 20);
	expect_ok(p);
	assert_int_equal(server_requests(p->server), 3);
	assert_int_equal(server_accepted(p->server), 3);
}

/* Post ${MANY} at a time, and wait for all of them. */
static void
post_many(struct posting *p)
{
	struct got *got = calloc(MANY, sizeof(*got));
	unsigned i;

	assert_non_null(got);
	for (i = 0; i < MANY; i++)
		posting_begin(p, &got[i], p->url, 5000);
	for (i = 0; i < MANY; i++) {
		posting_await(&got[i]);
		assert_int_equal(got[i].outcome, HTTP_ANSWERED);
		assert_int_equal(got[i].status, 200);
		assert_string_equal(got[i].body, "ok");
	}
	free(got);
}

static void
many_requests_fly_together(void **state)
{
	struct posting *p = *state;
	static const struct server_reply slow = {
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", SERVER_KEEP,
		200
	};
	uint64_t start = clock_monotonic(p->clock);

	posting_serve(p, &slow, 1);
	post_many(p);
	assert_true(clock_monotonic(p->clock) - start < 4 * CLOCK_SEC);
	assert_int_equal(server_requests(p->server), MANY);
	assert_int_equal(server_accepted(p->server), MANY);
}

static void
no_more_idle_connections_are_kept_than_allowed(void **state)
{
	struct posting *p = *state;
	unsigned before = count_entries("/proc/self/fd");

	posting_serve(p, &ok, 1);
	post_many(p);
	posting_run(p, 50);
	/*
	 * Each that is kept is one descriptor here and one of the server;
	 * libcurl has two to wake itself by.
	 */
	assert_in_range(count_entries("/proc/self/fd"), before + 1,
	    before + 1 + 2 + 2 * POSTING_CONNECTIONS);
}

static void
no_thread_is_ever_started(void **state)
{
	struct posting *p = *state;
	struct got got = { 0 };
	unsigned before;

	posting_serve(p, &ok, 1);
	expect_ok(p);
	before = count_entries("/proc/self/task");
	posting_begin(p, &got, "http://nowhere.invalid:1/", 500);
	posting_run(p, 20);
	assert_int_equal(count_entries("/proc/self/task"), before);
	posting_await(&got);
	assert_int_equal(count_entries("/proc/self/task"), before);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, posting_setup, posting_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(requests_one_after_the_other_share_a_connection),
		TEST(a_connection_that_the_server_closes_is_replaced),
		TEST(many_requests_fly_together),
		TEST(no_more_idle_connections_are_kept_than_allowed),
		TEST(no_thread_is_ever_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
