/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config/url.h"

static void
http_and_https_urls_are_taken(void **state)
{
	static const char *const good[] = { "http://h", "https://h/",
		"HTTP://H:1/x", "https://h:65535/a/b?c=d&e=%20f",
		"http://192.0.2.1:9090/api/v1/write", "http://[::1]:9090/w",
		"http://[2001:db8::1]", "https://user@h/",
		"http://a%20b:%7e@h/~x", "https://user:p%40ss%3A@h:443/",
		"http://h_1.example-2.com./",
		"https://d-x.westeurope-1.metrics.ingest.monitor.azure.com/"
		"dataCollectionRules/dcr-1/streams/Microsoft-PrometheusMetrics/"
		"api/v1/write?api-version=2023-04-24" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (url_fault(good[i]) != NULL)
			fail_msg("%s: %s", good[i], url_fault(good[i]));
}

/* That each of  is refused in words that begin with . */
static void
refused(const char *words, const char *const urls[])
{
	const char *fault;

	for (; *urls != NULL; urls++) {
		fault = url_fault(*urls);
		if (fault == NULL || strncmp(fault, words, strlen(words)) != 0)
			fail_msg("%s: %s", *urls, fault != NULL ? fault : "");
	}
}

static void
each_kind_of_bad_url_is_refused_in_its_words(void **state)
{
	static const char *const scheme[] = { "h", "ftp://h/", "//h/",
		"http:/h", "http:h", " http://h/", "httpx://h/", "https",
		NULL };
	static const char *const bytes[] = { "http://h/a b", "http://h/\n",
		"http://h/\x7f", "http://h/\xc3\xa9", "http://h\\@x/",
		"http://h/%", "http://h/%4", "http://h/%zz", "http://h/{x}",
		"http://h\t/", NULL };
	static const char *const host[] = { "http://", "https:///x",
		"http://:80/", "http://u@/", "http://?x", "http://a,b/",
		"http://[::1/", "http://[::g]/", "http://[127.0.0.1]/",
		"http://[fe80::1%25eth0]/", "http://[]/", "http://::1/",
		"http://.h/", "http://%41/", "http://[::1]x:80/", NULL };
	static const char *const port[] = { "http://h:/", "http://h:0/",
		"http://h:65536/", "http://h:x/", "http://h:80:80/",
		"http://h:-1/", "http://h:00000080/", "http://[::1]:/", NULL };
	static const char *const user[] = { "http://u@v@h/", "http://u%0d@h/",
		"http://u:%00@h/", "http://%7F@h/", "http://a%7f@h/", NULL };

	(void)state;
	refused("must begin with", scheme);
	refused("has a character", bytes);
	refused("has no usable host", host);
	refused("has no usable port", port);
	refused("user or password", user);
	refused("has a fragment", (const char *const[]){ "http://h/#x", NULL });
	refused("has '<'",
	    (const char *const[]){ "https://<dce>.example.com/", NULL });
	refused("empty", (const char *const[]){ "", NULL });
}

static void
a_url_may_have_2048_bytes(void **state)
{
	char url[URL_MAX + 2];

	(void)state;
	memset(url, 'x', sizeof(url));
	memcpy(url, "http://h/", strlen("http://h/"));
	url[URL_MAX] = '\0';
	assert_null(url_fault(url));
	url[URL_MAX] = 'x';
	url[URL_MAX + 1] = '\0';
	assert_string_equal(
	    url_fault(url), "longer than 2048 bytes; shorten it");
}

static void
a_long_host_is_refused(void **state)
{
	char url[300] = "http://";

	(void)state;
	memset(url + 7, 'x', 256);
	assert_non_null(url_fault(url));
	url[7 + 255] = '\0';
	assert_null(url_fault(url));
}

static void
the_name_is_scheme_host_port_and_path(void **state)
{
	static const char *const names[][2] = { { "http://h", "http://h" },
		{ "HTTPS://User:Pass@Host.Example:8443/Path/x?key=secret",
		    "https://host.example:8443/Path/x" },
		{ "http://[2001:DB8::1]/w", "http://[2001:db8::1]/w" },
		{ "http://h?q", "http://h" } };
	char *name;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		name = url_name(names[i][0]);
		assert_string_equal(name, names[i][1]);
		free(name);
	}
}

static void
a_user_is_seen_only_where_one_can_be(void **state)
{
	(void)state;
	assert_true(url_has_user("http://u@h/w"));
	assert_true(url_has_user("https://u:p@h"));
	assert_false(url_has_user("http://h/w@x"));
	assert_false(url_has_user("http://h?a=u@x"));
	assert_false(url_has_user("no url at all @"));
}

static void
an_origin_is_scheme_host_and_port(void **state)
{
	static const char *const same[] = { "https://h/w", "HTTPS://H:443",
		"https://h:0443/x?y", "https://u:p@h" };
	static const char *const others[] = { "http://h/w", "http://h:443/",
		"https://h:4433", "https://hh/", "https://h:65979",
		"https://h@g/", "https://h.", "", "h", "https://",
		"https://h:99999999999999999999" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_true(url_same_origin(same[i], "https://h/w"));
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(url_same_origin(others[i], "https://h/w"));
	assert_true(url_same_origin("http://[::1]/a", "http://[::1]:80/b"));
}

static void
a_place_is_all_but_the_query(void **state)
{
	(void)state;
	assert_true(url_same_place("http://h/w", "http://h/w"));
	assert_true(url_same_place("http://h/w?a=b", "http://h/w?c"));
	assert_true(url_same_place("http://h/w", "http://h/w?"));
	assert_false(url_same_place("http://h/w", "http://h/ww"));
	assert_false(url_same_place("http://h/w?a", "http://h/v?a"));
	assert_false(url_same_place("http://u@h/w", "http://h/w"));
	assert_false(url_same_place("http://h/w", "https://h/w"));
}

static void
a_host_is_under_those_it_ends_with(void **state)
{
	(void)state;
	assert_true(url_under("https://a.b.example/w", ".b.example"));
	assert_true(url_under("https://u:p@A.B.Example.:443", ".b.example"));
	assert_false(url_under("https://b.example/w", ".b.example"));
	assert_false(url_under("https://.b.example.org/w", ".b.example"));
	assert_false(url_under("https://c/a.b.example", ".b.example"));
	assert_false(url_under("a.b.example", ".b.example"));
}

static void
who_is_on_the_way_sees_plain_http(void **state)
{
	static const char *const private[] = { "https://h/w",
		"http://localhost/w", "http://LOCALHOST:80",
		"http://127.0.0.1/", "http://127.9.9.9:1",
		"http://[::1]:8080/w" };
	static const char *const public[] = { "http://h/w", "http://128.0.0.1",
		"http://127.0.0.1.example/", "http://localhost.example/",
		"http://127.0.0.1@h/", "http://[::2]/", "no url" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(private) / sizeof(private[0]); i++)
		if (!url_is_private(private[i]))
			fail_msg("%s", private[i]);
	for (i = 0; i < sizeof(public) / sizeof(public[0]); i++)
		if (url_is_private(public[i]))
			fail_msg("%s", public[i]);
}

static void
a_host_is_small_and_has_a_port(void **state)
{
	static const struct {
		const char *url, *host;
		uint16_t port;
	} cases[] = {
		{ "https://U:p@H.Example/w", "h.example", 443 },
		{ "http://h:8080", "h", 8080 },
		{ "http://[2001:DB8::1]/", "2001:db8::1", 80 },
		{ "HTTPS://[::1]:9", "::1", 9 },
	};
	char host[URL_HOST_MAX + 1];
	uint16_t port;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(url_host(cases[i].url, host, &port), 0);
		assert_string_equal(host, cases[i].host);
		assert_int_equal(port, cases[i].port);
	}
	assert_int_equal(url_host("http:///w", host, &port), -1);
	assert_int_equal(url_host("ftp://h", host, &port), -1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_is_seen_only_where_one_can_be),
		cmocka_unit_test(a_host_is_under_those_it_ends_with),
		cmocka_unit_test(who_is_on_the_way_sees_plain_http),
		cmocka_unit_test(an_origin_is_scheme_host_and_port),
		cmocka_unit_test(a_place_is_all_but_the_query),
		cmocka_unit_test(a_host_is_small_and_has_a_port),
		cmocka_unit_test(http_and_https_urls_are_taken),
		cmocka_unit_test(each_kind_of_bad_url_is_refused_in_its_words),
		cmocka_unit_test(a_url_may_have_2048_bytes),
		cmocka_unit_test(a_long_host_is_refused),
		cmocka_unit_test(the_name_is_scheme_host_port_and_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
