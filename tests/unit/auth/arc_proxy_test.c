/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/auth/arc_proxy.h"

#define PATH "arc_proxy_test.json"

/* Put ${text} into the file that is read, another than before. */
static void
put(const char *text)
{
	FILE *file = fopen(PATH ".new", "w");

	assert_non_null(file);
	(void)fputs(text, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(rename(PATH ".new", PATH), 0);
}

static int
setup(void **state)
{
	static struct arc_proxy proxy;

	(void)remove(PATH);
	arc_proxy_init(&proxy, PATH);
	*state = &proxy;
	return 0;
}

static int
teardown(void **state)
{
	arc_proxy_release(*state);
	arc_proxy_release(*state);
	(void)remove(PATH);
	return 0;
}

/* Expect the file with ${text} to say ${url}, "" for none, and ${bypass}. */
static void
expect(struct arc_proxy *proxy, const char *text, const char *url,
    const char *bypass)
{
	static uint64_t now;

	put(text);
	now += ARC_PROXY_LOOK_EVERY;
	assert_null(arc_proxy_look(proxy, now));
	assert_string_equal(proxy->url == NULL ? "" : proxy->url, url);
	if (*bypass == '\0')
		assert_int_equal(proxy->bypass.len, 0);
	else
		assert_non_null(strstr(buf_text(&proxy->bypass), bypass));
}

static void
without_a_file_there_is_no_proxy(void **state)
{
	struct arc_proxy *proxy = *state;

	assert_null(arc_proxy_look(proxy, 0));
	assert_null(proxy->url);
	assert_int_equal(proxy->bypass.len, 0);
}

static void
what_azcmagent_was_told_is_taken(void **state)
{
	expect(*state,
	    "{\"config.mode\": \"full\", \"proxy.url\": \"http://u:p@h:1\","
	    "\"proxy.bypass\": []}",
	    "http://u:p@h:1", "");
	expect(*state, "{\"proxy.url\": \"h:3128\"}", "http://h:3128", "");
	expect(*state, "{\"proxy.url\": \"\", \"proxy.bypass\": \"\"}", "", "");
	expect(*state, "{}", "", "");
	expect(*state, "{\"proxy.url\": null}", "", "");
}

static void
services_are_the_hosts_that_they_have(void **state)
{
	expect(*state, "{\"proxy.bypass\": [\"Arc\", \"aad\"]}", "",
	    "login.microsoftonline.com,");
	expect(*state, "{\"proxy.bypass\": \"ARM, AMA\"}", "",
	    "monitor.azure.com,");
	expect(*state, "{\"proxy.bypass\": [\"AADX\", \"A\", 1, [\"AAD\"]]}",
	    "", "");
	expect(*state, "{\"proxy.bypass\": \" ,, \"}", "", "");
}

static void
it_is_read_anew_only_if_it_has_changed_and_now_and_then(void **state)
{
	struct arc_proxy *proxy = *state;

	put("{\"proxy.url\": \"http://a\"}");
	assert_null(arc_proxy_look(proxy, 0));
	put("{\"proxy.url\": \"http://bb\"}");
	assert_null(arc_proxy_look(proxy, ARC_PROXY_LOOK_EVERY - 1));
	assert_string_equal(proxy->url, "http://a");
	assert_null(arc_proxy_look(proxy, ARC_PROXY_LOOK_EVERY));
	assert_string_equal(proxy->url, "http://bb");
	(void)remove(PATH);
	assert_null(arc_proxy_look(proxy, 2 * ARC_PROXY_LOOK_EVERY));
	assert_null(proxy->url);
}

static void
what_cannot_be_told_is_said_and_may_be_mended(void **state)
{
	static const char *const wrong[] = { "", "[]", "{", "{\"a\":1,\"a\":1}",
		"{\"proxy.url\": \"ftp://u:hush@h\"}",
		"{\"proxy.url\": \"http://u:hush@\"}" };
	struct arc_proxy *proxy = *state;
	uint64_t now = 0;
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		put(wrong[i]);
		now += ARC_PROXY_LOOK_EVERY;
		assert_non_null(why = arc_proxy_look(proxy, now));
		assert_non_null(strstr(why, PATH ": "));
		assert_null(strstr(why, "hush"));
		assert_null(proxy->url);
		assert_ptr_equal(arc_proxy_look(proxy, now), why);
	}
	(void)remove(PATH);
	assert_int_equal(mkfifo(PATH, 0600), 0);
	now += ARC_PROXY_LOOK_EVERY;
	assert_non_null(strstr(arc_proxy_look(proxy, now), "is no file of"));
	put("{\"proxy.url\": \"http://a\"}");
	now += ARC_PROXY_LOOK_EVERY;
	assert_null(arc_proxy_look(proxy, now));
	assert_string_equal(proxy->url, "http://a");
}

static void
what_is_too_long_is_not_read(void **state)
{
	struct arc_proxy *proxy = *state;

	put("{}");
	assert_int_equal(truncate(PATH, ARC_PROXY_FILE_MAX + 1), 0);
	assert_non_null(strstr(arc_proxy_look(proxy, 0), "is no file of"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(without_a_file_there_is_no_proxy),
		TEST(what_azcmagent_was_told_is_taken),
		TEST(services_are_the_hosts_that_they_have),
		TEST(it_is_read_anew_only_if_it_has_changed_and_now_and_then),
		TEST(what_cannot_be_told_is_said_and_may_be_mended),
		TEST(what_is_too_long_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
