/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/http/tls.h"

/*
 * What libcurl and a server make of the options is for tests/e2e; here is
 * what they are told of a host with another name.
 */
static void
check(const char *text, const char *host, const char *connect)
{
	const struct http_tls options = { .server_name = "n.example" };
	CURL *easy = curl_easy_init();
	struct tls tls = { 0 };
	CURLU *url = curl_url();
	char *renamed = NULL;

	assert_true(easy != NULL && url != NULL);
	assert_int_equal(curl_url_set(url, CURLUPART_URL, text, 0), CURLUE_OK);
	assert_int_equal(tls_apply(&tls, easy, url, &options), CURLE_OK);
	assert_string_equal(tls.host, host);
	assert_string_equal(tls.connect->data, connect);
	assert_int_equal(
	    curl_url_get(tls.url, CURLUPART_URL, &renamed, 0), CURLUE_OK);
	assert_non_null(strstr(renamed, "https://n.example"));
	assert_non_null(strstr(renamed, "/w?a=b"));
	curl_free(renamed);
	curl_easy_cleanup(easy);
	tls_release(&tls);
	tls_release(&tls);
	curl_url_cleanup(url);
}

static void
a_name_of_its_own_changes_neither_host_nor_connection(void **state)
{
	(void)state;
	check("https://h:1443/w?a=b", "Host: h:1443", "::h:1443");
	check("https://h/w?a=b", "Host: h", "::h:443");
	check("https://[::1]:2/w?a=b", "Host: [::1]:2", "::[::1]:2");
}

static void
a_name_of_its_own_is_nothing_without_tls(void **state)
{
	const struct http_tls options = { .server_name = "n.example" };
	CURL *easy = curl_easy_init();
	struct tls tls = { 0 };
	CURLU *url = curl_url();

	(void)state;
	assert_true(easy != NULL && url != NULL);
	assert_int_equal(
	    curl_url_set(url, CURLUPART_URL, "http://h/w", 0), CURLUE_OK);
	assert_int_equal(tls_apply(&tls, easy, url, &options), CURLE_OK);
	assert_null(tls.url);
	assert_null(tls.connect);
	curl_easy_cleanup(easy);
	curl_url_cleanup(url);
}

static void
without_a_name_nothing_is_changed(void **state)
{
	const struct http_tls options = { .ca_file = "/a",
		.cert_file = "/c",
		.key_file = "/k",
		.insecure = true,
		.min_version = HTTP_TLS12,
		.max_version = HTTP_TLS13 };
	CURL *easy = curl_easy_init();
	struct tls tls = { 0 };

	(void)state;
	assert_non_null(easy);
	assert_int_equal(tls_apply(&tls, easy, NULL, &options), CURLE_OK);
	assert_int_equal(tls_apply(&tls, easy, NULL, NULL), CURLE_OK);
	assert_int_equal(tls_apply_proxy(easy, &options), CURLE_OK);
	assert_int_equal(tls_apply_proxy(easy, NULL), CURLE_OK);
	assert_null(tls.url);
	assert_null(tls.host);
	assert_null(tls.connect);
	tls_release(&tls);
	curl_easy_cleanup(easy);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_name_of_its_own_changes_neither_host_nor_connection),
		cmocka_unit_test(a_name_of_its_own_is_nothing_without_tls),
		cmocka_unit_test(without_a_name_nothing_is_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
