/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/auth/route.h"

static const char *const variables[] = { "HTTP_PROXY", "http_proxy",
	"HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy" };

static int
forget(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		(void)unsetenv(variables[i]);
	return 0;
}

/* Expect a request for ${url} to go by ${proxy}, "" for none. */
static void
expect(struct route *route, const char *url, const char *proxy)
{
	const struct http_proxy *found;

	assert_null(route_find(route, url, 0, &found));
	assert_string_equal(found == NULL ? "" : found->url, proxy);
}

static void
without_a_word_no_proxy_is_used(void **state)
{
	const struct config_proxy config = { 0 };
	struct route route;

	(void)state;
	assert_int_equal(setenv("HTTPS_PROXY", "http://e:1", 1), 0);
	assert_int_equal(route_init(&route, &config), 0);
	expect(&route, "http://h/", "");
	expect(&route, "https://h/", "");
	route_release(&route);
	route_release(&route);
}

static void
one_that_is_configured_is_for_all(void **state)
{
	struct config_header headers[] = { { (char[]){ "A" }, (char[]){ "b" } },
		{ (char[]){ "C" }, (char[]){ "d" } } };
	const struct config_proxy config = { .url = (char[]){ "http://p:1" },
		.headers = headers,
		.headers_len = 2 };
	const struct http_proxy *found;
	struct route route;

	(void)state;
	assert_int_equal(setenv("NO_PROXY", "*", 1), 0);
	assert_int_equal(route_init(&route, &config), 0);
	expect(&route, "http://h/", "http://p:1");
	expect(&route, "https://127.0.0.1/", "http://p:1");
	assert_null(route_find(&route, "https://h/", 0, &found));
	assert_string_equal(found->headers[1], "C: d");
	assert_null(found->headers[2]);
	route_release(&route);
}

static void
but_for_what_is_listed_and_then_this_machine(void **state)
{
	const struct config_proxy config = { .url = (char[]){ "http://p:1" },
		.no_proxy = (char[]){ ".in:444,10.0.0.0/8" } };
	struct route route;

	(void)state;
	assert_int_equal(route_init(&route, &config), 0);
	expect(&route, "https://h/", "http://p:1");
	expect(&route, "https://127.0.0.1/", "");
	expect(&route, "https://[::1]:1/", "");
	expect(&route, "https://me@A.IN:444/w", "");
	expect(&route, "https://a.in/w", "http://p:1");
	expect(&route, "http://10.1.1.1/", "");
	route_release(&route);
}

static void
the_environment_has_one_a_scheme(void **state)
{
	const struct config_proxy config = { .from_environment = true };
	struct route route;

	(void)state;
	assert_int_equal(setenv("HTTP_PROXY", "p:1", 1), 0);
	assert_int_equal(setenv("HTTPS_PROXY", "", 1), 0);
	assert_int_equal(setenv("https_proxy", "socks5://q", 1), 0);
	assert_int_equal(setenv("no_proxy", "out", 1), 0);
	assert_int_equal(route_init(&route, &config), 0);
	expect(&route, "http://h/", "http://p:1");
	expect(&route, "https://h/", "socks5://q");
	expect(&route, "https://out/", "");
	expect(&route, "http://localhost:1/", "");
	route_release(&route);
}

static void
an_empty_environment_has_none(void **state)
{
	const struct config_proxy config = { .from_environment = true };
	struct route route;

	(void)state;
	assert_int_equal(route_init(&route, &config), 0);
	expect(&route, "http://h/", "");
	expect(&route, "https://h/", "");
	route_release(&route);
}

static void
that_of_arc_is_looked_up_each_time(void **state)
{
	struct config_proxy config = { .from_arc = true };
	const struct http_proxy *found = NULL;
	const char *path = "route_test.json";
	struct route route;
	FILE *file;

	(void)state;
	(void)unlink(path);
	assert_int_equal(route_init(&route, &config), 0);
	route.arc.path = path;
	expect(&route, "https://h/", "");
	assert_non_null(file = fopen(path, "w"));
	(void)fputs("{\"proxy.url\":\"http://p:1\","
		    "\"proxy.bypass\":[\"AAD\"]}",
	    file);
	assert_int_equal(fclose(file), 0);
	assert_null(
	    route_find(&route, "https://h/", ARC_PROXY_LOOK_EVERY, &found));
	assert_string_equal(found->url, "http://p:1");
	expect(&route, "http://h/", "http://p:1");
	expect(&route, "https://login.microsoftonline.com/t", "");
	expect(&route, "https://localhost/", "");
	assert_int_equal(truncate(path, 3), 0);
	assert_non_null(
	    route_find(&route, "https://h/", 2 * ARC_PROXY_LOOK_EVERY, &found));
	assert_null(found);
	route_release(&route);

	/* What is listed here is spared besides. */
	config.no_proxy = (char[]){ "in.example" };
	assert_non_null(file = fopen(path, "w"));
	(void)fputs("{\"proxy.url\":\"p:1\"}", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(route_init(&route, &config), 0);
	route.arc.path = path;
	expect(&route, "https://h/", "http://p:1");
	expect(&route, "https://a.in.example/", "");
	route_release(&route);
	(void)unlink(path);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name_) cmocka_unit_test_setup(name_, forget)
		TEST(without_a_word_no_proxy_is_used),
		TEST(one_that_is_configured_is_for_all),
		TEST(but_for_what_is_listed_and_then_this_machine),
		TEST(the_environment_has_one_a_scheme),
		TEST(an_empty_environment_has_none),
		TEST(that_of_arc_is_looked_up_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
