/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "agent/config/proxy.h"
#include "tests/unit/config/expect.h"

/* What follows it continues the entry, two spaces in, from line 4 on. */
#define HEAD DATA "remote_write:\n- url: http://h/w\n"

static void
a_proxy_and_all_about_it_is_taken(void **state)
{
	struct config *config =
	    expect_config(HEAD "  proxy_url: http://u:p%40@proxy:3128\n"
			       "  no_proxy: 10.0.0.0/8,.example\n"
			       "  proxy_connect_header:\n"
			       "    X-One: [a, b]\n"
			       "    Proxy-Authorization: ['c']\n");
	const struct config_proxy *proxy = &config->remotes[0].proxy;

	(void)state;
	assert_string_equal(proxy->url, "http://u:p%40@proxy:3128");
	assert_string_equal(proxy->no_proxy, "10.0.0.0/8,.example");
	assert_false(proxy->from_environment);
	assert_int_equal(proxy->headers_len, 3);
	assert_string_equal(proxy->headers[1].name, "X-One");
	assert_string_equal(proxy->headers[1].value, "b");
	assert_string_equal(proxy->headers[2].name, "Proxy-Authorization");
	config_free(config);
	config = expect_config(HEAD "  proxy_from_environment: true\n"
				    "  proxy_connect_header: {A: [b]}\n"
				    "  proxy_url: ''\n  no_proxy: ''\n");
	assert_true(config->remotes[0].proxy.from_environment);
	assert_null(config->remotes[0].proxy.url);
	assert_null(config->remotes[0].proxy.no_proxy);
	config_free(config);
	config = expect_config(HEAD "  proxy_from_arc: true\n"
				    "  proxy_connect_header: {A: [b]}\n"
				    "  no_proxy: a\n");
	assert_true(config->remotes[0].proxy.from_arc);
	config_free(config);
}

static void
every_kind_of_proxy_is_taken(void **state)
{
	(void)state;
	assert_null(proxy_url_fault("http://p:1"));
	assert_null(proxy_url_fault("HTTPS://[::1]:1/"));
	assert_null(proxy_url_fault("socks5://u:p@p"));
	assert_null(proxy_url_fault("socks5h://127.0.0.1"));
}

static void
what_is_no_proxy_is_refused_and_not_quoted(void **state)
{
	static const char *const cases[] = { "secret:3128", "socks4://secret",
		"http://", "http://u:secret@", "http://p:secret",
		"http://u:secret@p:0", "http://p#secret", "secret" };
	char long_url[2200] = "http://";
	const char *wrong;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_non_null(wrong = proxy_url_fault(cases[i]));
		assert_null(strstr(wrong, "secret"));
	}
	memset(long_url + 7, 'a', sizeof(long_url) - 8);
	assert_non_null(strstr(proxy_url_fault(long_url), "longer"));
	expect_faults(HEAD "  proxy_url: 'u:secret@p'\n",
	    "f.yml:4:14: remote_write[0].proxy_url: must begin with http://, "
	    "https:// or socks5://\n");
}

static void
what_excludes_each_other_is_refused(void **state)
{
	(void)state;
	expect_faults(HEAD "  proxy_from_environment: true\n"
			   "  proxy_url: http://p\n",
	    "f.yml:5:3: remote_write[0].proxy_url: there is "
	    "proxy_from_environment too; keep one of the two\n");
	expect_faults(HEAD "  proxy_from_environment: true\n  no_proxy: a\n",
	    "f.yml:5:3: remote_write[0].no_proxy: there is "
	    "proxy_from_environment too; have NO_PROXY say it, or write "
	    "proxy_url instead\n");
	expect_faults(HEAD "  proxy_from_arc: true\n"
			   "  proxy_url: http://p\n",
	    "f.yml:5:3: remote_write[0].proxy_url: there is "
	    "proxy_from_arc too; keep one of the two\n");
	expect_faults(HEAD "  proxy_from_arc: true\n"
			   "  proxy_from_environment: true\n",
	    "f.yml:5:3: remote_write[0].proxy_from_environment: there is "
	    "proxy_from_arc too; keep one of the two\n");
	expect_faults(HEAD "  no_proxy: a\n",
	    "f.yml:4:3: remote_write[0].no_proxy: there is no proxy_url; add "
	    "it, or remove this\n");
	expect_faults(HEAD "  proxy_connect_header: {A: [b]}\n",
	    "f.yml:4:3: remote_write[0].proxy_connect_header: there is "
	    "neither proxy_url nor proxy_from_environment; add one, or remove "
	    "this\n");
}

static void
headers_are_lists_of_what_headers_can_hold(void **state)
{
	(void)state;
	expect_faults(HEAD "  proxy_url: http://p\n"
			   "  proxy_connect_header:\n"
			   "    A: secret\n"
			   "    B: [\"secret\\nC: d\"]\n"
			   "    'C d': [secret]\n",
	    "f.yml:6:8: remote_write[0].proxy_connect_header.A: must be a "
	    "list, each entry after '- '\n"
	    "f.yml:7:9: remote_write[0].proxy_connect_header.B[0]: a control "
	    "character or line break; remove it\n"
	    "f.yml:8:5: remote_write[0].proxy_connect_header: not a header "
	    "name; write 'Name: [value]', with a space after the colon\n");
}

static void
no_more_headers_are_taken_than_there_may_be(void **state)
{
	char text[2048] = HEAD "  proxy_url: http://p\n"
			       "  proxy_connect_header:\n    A: [";
	unsigned int i;

	(void)state;
	for (i = 0; i < CONFIG_HEADERS_MAX; i++)
		strcat(text, "b, ");
	strcat(text, "b]\n");
	expect_faults(text,
	    "f.yml:6:201: remote_write[0].proxy_connect_header.A[64]: more "
	    "than 64 headers; remove some\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_proxy_and_all_about_it_is_taken),
		cmocka_unit_test(every_kind_of_proxy_is_taken),
		cmocka_unit_test(what_is_no_proxy_is_refused_and_not_quoted),
		cmocka_unit_test(what_excludes_each_other_is_refused),
		cmocka_unit_test(headers_are_lists_of_what_headers_can_hold),
		cmocka_unit_test(no_more_headers_are_taken_than_there_may_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
