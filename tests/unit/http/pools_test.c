/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/http/pools.h"
#include "tests/unit/http/posting.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static const struct server_reply ok = { OK, SERVER_KEEP, 0 };

static void
unused(void *arg, CURL *easy, CURLcode code)
{
	(void)arg;
	(void)easy;
	(void)code;
	fail();
}

static struct pools *
pools_of(struct posting *p)
{
	struct pools *pools = pools_new(p->event, p->clock, 1, unused, NULL);

	assert_non_null(pools);
	return pools;
}

/* Requests of which none goes the way of another. */
static const char *const header_a[] = { "A: b", NULL };
static const char *const header_b[] = { "A: b", "C: d", NULL };
static const char *const header_c[] = { "A: bC: d", NULL };
static const struct http_proxy proxies[] = {
	{ "http://a:b@p:1", NULL },
	{ "http://a:c@p:1", NULL },
	{ "http://p:1", NULL },
	{ "http://p:1", header_a },
	{ "http://p:1", header_b },
	{ "http://p:1", header_c },
};
static const struct http_tls trusts[] = {
	{ .ca_file = "a" },
	{ .cert_file = "a" },
	{ .key_file = "a" },
	{ .server_name = "a" },
	{ .server_name = "" },
	{ .insecure = true },
	{ .min_version = HTTP_TLS13 },
	{ .max_version = HTTP_TLS13 },
};
static const struct http_request ways[] = {
	{ .proxy = NULL },
	{ .streams = &proxies[0] },
	{ .streams = &proxies[1] },
	{ .proxy = &proxies[0] },
	{ .proxy = &proxies[1] },
	{ .proxy = &proxies[2] },
	{ .proxy = &proxies[3] },
	{ .proxy = &proxies[4] },
	{ .proxy = &proxies[5] },
	{ .tls = &trusts[0] },
	{ .tls = &trusts[1] },
	{ .tls = &trusts[2] },
	{ .tls = &trusts[3] },
	{ .tls = &trusts[4] },
	{ .tls = &trusts[5] },
	{ .tls = &trusts[6] },
	{ .tls = &trusts[7] },
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static void
no_way_shares_a_pool_with_another(void **state)
{
	struct pools *pools = pools_of(*state);
	struct pool *all[WAYS], *again;
	size_t i, j;

	for (i = 0; i < WAYS; i++) {
		assert_non_null(all[i] = pools_enter(pools, &ways[i]));
		for (j = 0; j < i; j++) {
			assert_ptr_not_equal(all[i], all[j]);
			assert_ptr_not_equal(
			    pool_multi(all[i]), pool_multi(all[j]));
		}
	}
	for (i = 0; i < WAYS; i++) {
		again = pools_enter(pools, &ways[i]);
		assert_ptr_equal(again, all[i]);
		pool_leave(again);
		pool_leave(all[i]);
	}
	pools_free(pools);
}

static void
one_way_is_told_by_what_is_said_not_by_where(void **state)
{
	struct pools *pools = pools_of(*state);
	const struct http_proxy same = proxies[4];
	const struct http_tls defaults = { 0 };
	const struct http_request first = { .proxy = &proxies[4] };
	const struct http_request second = { .proxy = &same,
		.tls = &defaults,
		.url = "http://other/",
		.timeout = 1 };
	struct pool *pool = pools_enter(pools, &first);

	assert_ptr_equal(pools_enter(pools, &second), pool);
	pool_leave(pool);
	pool_leave(pool);
	pools_free(pools);
}

static void
a_pool_takes_no_more_when_it_is_retired_or_old(void **state)
{
	struct posting *p = *state;
	struct pools *pools = pools_of(p);
	struct pool *first, *second, *third;

	/* Three thousand times as fast: its life is a tenth of a second. */
	first = pools_enter(pools, &ways[0]);
	pool_retire(first);
	second = pools_enter(pools, &ways[0]);
	assert_ptr_not_equal(first, second);
	pool_leave(first);
	posting_run(p, 300);
	third = pools_enter(pools, &ways[0]);
	assert_ptr_not_equal(third, second);
	assert_non_null(pool_multi(second));
	pool_leave(second);
	pool_leave(third);
	posting_run(p, 300);
	pools_free(pools);
}

/* POST by the server as the proxy of ${user}. */
static void
post_as(struct posting *p, const char *user)
{
	char text[128];
	const struct http_proxy proxy = { .url = text };
	struct got got = { 0 };

	(void)snprintf(text, sizeof(text), "http://%s@127.0.0.1:%u", user,
	    (unsigned int)server_port(p->server));
	p->proxy = &proxy;
	posting_begin(p, &got, "http://h.test/", 2000);
	posting_await(&got);
	posting_expect_status(&got, 200);
	p->proxy = NULL;
}

static void
a_request_takes_no_connection_of_another_way(void **state)
{
	struct posting *p = *state;

	posting_serve(p, &ok, 1);
	post_as(p, "a:b");
	post_as(p, "a:b");
	assert_int_equal(server_accepted(p->server), 1);
	post_as(p, "a:c");
	assert_int_equal(server_accepted(p->server), 2);
	post_as(p, "a:b");
	assert_int_equal(server_accepted(p->server), 2);
}

static unsigned int
count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

static void
a_pool_that_is_over_leaves_nothing_open(void **state)
{
	struct posting *p = *state;
	struct pools *pools = pools_of(p);
	unsigned int before = count_descriptors();
	struct pool *busy, *idle;

	assert_non_null(busy = pools_enter(pools, &ways[0]));
	assert_non_null(idle = pools_enter(pools, &ways[1]));
	pool_leave(idle);
	posting_run(p, 300);
	pool_retire(busy);
	assert_true(count_descriptors() > before);
	pool_leave(busy);
	posting_run(p, 20);
	assert_int_equal(count_descriptors(), before);
	pools_free(pools);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, posting_setup, posting_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_way_shares_a_pool_with_another),
		TEST(one_way_is_told_by_what_is_said_not_by_where),
		cmocka_unit_test_setup_teardown(
		    a_pool_takes_no_more_when_it_is_retired_or_old,
		    posting_setup_racing, posting_teardown),
		cmocka_unit_test_setup_teardown(
		    a_pool_that_is_over_leaves_nothing_open,
		    posting_setup_racing, posting_teardown),
		TEST(a_request_takes_no_connection_of_another_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
