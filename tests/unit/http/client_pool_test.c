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
#include <unistd.h>

#include "tests/unit/http/posting.h"

static const struct server_reply ok = {
	"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", SERVER_KEEP, 0
};

static void
a_new_address_is_used_for_the_next_connection(void **state)
{
	struct posting *p = *state;
	static const struct server_reply closes = {
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", SERVER_CLOSE, 0
	};
	struct server *other;
	struct got got;

	/* Fifty times as fast: what is known runs out in a tenth of one. */
	posting_serve(p, &closes, 1);
	other = server_start("127.0.0.2", server_port(p->server), &closes, 1);
	posting_expect_from(p, "receiver.test", HTTP_ANSWERED, &got);
	assert_int_equal(server_requests(p->server), 1);

	names_set(p->names,
	    (struct names_answer){ NAMES_ANSWER, "127.0.0.2", NULL, 600 });
	posting_run(p, 120);
	posting_expect_from(p, "receiver.test", HTTP_ANSWERED, &got);
	posting_run(p, 20);
	posting_expect_from(p, "receiver.test", HTTP_ANSWERED, &got);
	assert_true(server_requests(other) >= 1);
	assert_int_equal(
	    server_requests(p->server) + server_requests(other), 3);
	server_stop(other);
}

static void
an_address_that_fails_does_not_hide_another(void **state)
{
	struct posting *p = *state;
	struct got got;

	posting_serve(p, &ok, 1);
	names_set(p->names,
	    (struct names_answer){ NAMES_ANSWER, "127.0.0.1", "::1", 600 });
	posting_expect_from(p, "receiver.test", HTTP_ANSWERED, &got);
}

static void
an_address_that_cannot_be_reached_is_asked_for_anew(void **state)
{
	struct posting *p = *state;
	struct got got;

	posting_serve(p, &ok, 1);
	names_set(p->names,
	    (struct names_answer){ NAMES_ANSWER, "127.0.0.3", NULL, 600 });
	posting_expect_from(p, "receiver.test", HTTP_UNREACHED, &got);
	names_set(p->names,
	    (struct names_answer){ NAMES_ANSWER, "127.0.0.1", NULL, 600 });
	posting_expect_from(p, "receiver.test", HTTP_UNREACHED, &got);
	posting_run(p, 50);
	posting_expect_from(p, "receiver.test", HTTP_ANSWERED, &got);
}

static void
a_connection_serves_no_longer_than_it_may(void **state)
{
	struct posting *p = *state;
	struct got got;
	unsigned int i;

	/* Busy all the time: at 3000 times the speed, 300 s are 100 ms. */
	posting_serve(p, &ok, 1);
	for (i = 0; i < 60; i++) {
		memset(&got, 0, sizeof(got));
		posting_begin(p, &got, p->url, 3600000);
		posting_await(&got);
		posting_expect_status(&got, 200);
		posting_run(p, 5);
	}
	assert_in_range(server_accepted(p->server), 3, 50);
}

static void
a_young_connection_serves_all(void **state)
{
	struct posting *p = *state;
	struct got got;
	unsigned int i;

	posting_serve(p, &ok, 1);
	for (i = 0; i < 20; i++)
		posting_post(p, &got);
	assert_int_equal(server_accepted(p->server), 1);
}

static void
an_address_of_ipv6_serves_as_well(void **state)
{
	struct posting *p = *state;
	struct got got = { 0 };
	char url[64];

	p->server = server_start("::1", 0, &ok, 1);
	(void)snprintf(url, sizeof(url), "http://[::1]:%u/",
	    (unsigned)server_port(p->server));
	posting_begin(p, &got, url, 2000);
	posting_await(&got);
	posting_expect_status(&got, 200);
	/* A name that has both, of which only the second listens. */
	names_set(p->names,
	    (struct names_answer){ NAMES_ANSWER, "127.0.0.1", "::1", 600 });
	posting_expect_from(p, "receiver.test", HTTP_ANSWERED, &got);
	names_set(
	    p->names, (struct names_answer){ NAMES_ANSWER, NULL, "::1", 600 });
	posting_expect_from(p, "six.test", HTTP_ANSWERED, &got);
}

static void
connections_are_spread_over_addresses(void **state)
{
	static const struct server_reply closes = {
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", SERVER_CLOSE, 0
	};
	struct posting *p = *state;
	struct server *six;
	struct got got;
	unsigned int i;

	posting_serve(p, &closes, 1);
	six = server_start("::1", server_port(p->server), &closes, 1);
	names_set(p->names,
	    (struct names_answer){ NAMES_ANSWER, "127.0.0.1", "::1", 600 });
	p->spread = true;
	for (i = 0; i < 500 &&
	     (server_requests(p->server) == 0 || server_requests(six) == 0);
	     i++)
		posting_expect_from(p, "receiver.test", HTTP_ANSWERED, &got);
	assert_true(server_requests(p->server) > 0);
	assert_true(server_requests(six) > 0);
	server_stop(six);
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
		FAST(a_new_address_is_used_for_the_next_connection),
		TEST(an_address_that_fails_does_not_hide_another),
		TEST(an_address_that_cannot_be_reached_is_asked_for_anew),
		cmocka_unit_test_setup_teardown(
		    a_connection_serves_no_longer_than_it_may,
		    posting_setup_racing, posting_teardown),
		TEST(a_young_connection_serves_all),
		TEST(an_address_of_ipv6_serves_as_well),
		TEST(connections_are_spread_over_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
