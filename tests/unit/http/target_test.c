/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/http/target.h"

/* Take ${url} apart and compare; ${host} NULL is an IPv6 address. */
static void
expect(const char *url, const char *host, const char *port, bool numeric)
{
	struct target target;

	assert_null(target_init(&target, url));
	if (host == NULL)
		assert_null(target.host);
	else
		assert_string_equal(target.host, host);
	assert_string_equal(target.port, port);
	assert_int_equal(target.numeric, numeric);
	target_release(&target);
	target_release(&target);
}

/* Expect ${url} to be refused without a word of it. */
static void
expect_refused(const char *url)
{
	struct target target;
	const char *fault = target_init(&target, url);

	assert_non_null(fault);
	assert_null(strstr(fault, "secret"));
	target_release(&target);
}

static void
a_name_is_to_be_asked_for(void **state)
{
	(void)state;
	expect(
	    "http://receiver.test/api/v1/write", "receiver.test", "80", false);
	expect("https://receiver.test/api?x=1", "receiver.test", "443", false);
	expect("http://u:p@my_host:8080", "my_host", "8080", false);
	expect("http://localhost:9090/", "localhost", "9090", false);
}

static void
an_address_is_not(void **state)
{
	(void)state;
	expect("http://192.0.2.1:9090/", "192.0.2.1", "9090", true);
	expect("http://[::1]:9090/", NULL, "9090", true);
	expect("https://[2001:db8::1]/", NULL, "443", true);
}

static void
a_proxy_has_a_port_of_its_kind(void **state)
{
	static const char *const urls[][2] = { { "http://p.test", "80" },
		{ "https://p.test/", "443" }, { "socks5://u:p@p.test", "1080" },
		{ "socks5h://p.test:9", "9" } };
	struct target target;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		assert_null(target_init_proxy(&target, urls[i][0]));
		assert_string_equal(target.host, "p.test");
		assert_string_equal(target.port, urls[i][1]);
		assert_false(target.numeric);
		target_release(&target);
	}
	assert_non_null(target_init_proxy(&target, "socks4://p.test"));
	target_release(&target);
	expect_refused("socks5://secret.test");
}

static void
odd_spellings_of_an_address_are_one_or_a_name(void **state)
{
	static const char *const odd[] = { "http://127.1/", "http://0x7f.1/",
		"http://2130706433/" };
	struct target target;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		assert_null(target_init(&target, odd[i]));
		/* By the version of libcurl: it reads them, or does not. */
		if (target.numeric)
			assert_string_equal(target.host, "127.0.0.1");
		target_release(&target);
	}
}

static void
what_cannot_be_used_is_refused_without_naming_it(void **state)
{
	(void)state;
	expect_refused("");
	expect_refused("secret");
	expect_refused("http://");
	expect_refused("http://u:secret@/x");
	expect_refused("ftp://secret.test/");
	expect_refused("file:///secret");
	expect_refused("http://receiver.test:99999/secret");
	expect_refused("http://receiver.test:secret/");
	expect_refused("http://[fe80::1%25eth0]/secret");
	expect_refused("http://[::g]/secret");
	expect_refused("http://b\xc3\xbc"
		       "cher.test/secret");
	expect_refused("http://sec,ret/secret");
	expect_refused("http://*/secret");
}

static void
a_name_of_more_than_253_bytes_is_refused(void **state)
{
	char host[256], url[512];
	size_t i;

	(void)state;
	memset(host, 'a', 254);
	for (i = 60; i < 254; i += 60)
		host[i] = '.';
	host[254] = '\0';
	(void)snprintf(url, sizeof(url), "http://%s/", host);
	expect_refused(url);
	host[253] = '\0';
	(void)snprintf(url, sizeof(url), "http://%s/", host);
	expect(url, host, "80", false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_to_be_asked_for),
		cmocka_unit_test(an_address_is_not),
		cmocka_unit_test(a_proxy_has_a_port_of_its_kind),
		cmocka_unit_test(odd_spellings_of_an_address_are_one_or_a_name),
		cmocka_unit_test(
		    what_cannot_be_used_is_refused_without_naming_it),
		cmocka_unit_test(a_name_of_more_than_253_bytes_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
