/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/sigv4.h"

#define TIME INT64_C(1440938160000) /* 2015-08-30T12:36:00Z */
#define HEADERS_MAX 8

static const char *
text_of(const json_t *vector, const char *key)
{
	return json_string_value(json_object_get(vector, key));
}

/* Sign what ${vector} has, and compare. */
static void
check_vector(const json_t *vector)
{
	const struct sigv4_keys keys = { .access_key = "AKIDEXAMPLE",
		.secret_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
		.token = text_of(vector, "token"),
		.region = "us-east-1",
		.service = "service" };
	const json_t *list = json_object_get(vector, "headers");
	const char *headers[HEADERS_MAX + 1] = { NULL };
	const struct http_request request = {
		.method = strcmp(text_of(vector, "method"), "GET") == 0
		    ? HTTP_GET
		    : HTTP_POST,
		.url = text_of(vector, "url"),
		.headers = headers,
		.body = text_of(vector, "body"),
		.body_len = strlen(text_of(vector, "body")),
	};
	struct sigv4 sigv4;
	char wanted[512];
	size_t i;

	assert_true(json_array_size(list) <= HEADERS_MAX);
	for (i = 0; i < json_array_size(list); i++)
		headers[i] = json_string_value(json_array_get(list, i));
	sigv4_init(&sigv4);
	/* Twice: it can be used again. */
	for (i = 0; i < 2; i++)
		assert_int_equal(sigv4_sign(&sigv4, &keys, &request, TIME), 0);
	(void)snprintf(wanted, sizeof(wanted), "Authorization: %s",
	    text_of(vector, "authorization"));
	if (strcmp(buf_text(&sigv4.authorization), wanted) != 0)
		fail_msg("%s: %s", text_of(vector, "name"),
		    buf_text(&sigv4.authorization));
	assert_string_equal(
	    buf_text(&sigv4.date), "X-Amz-Date: 20150830T123600Z");
	if (keys.token == NULL)
		assert_int_equal(sigv4.token.len, 0);
	else
		assert_string_equal(
		    strchr(buf_text(&sigv4.token), ' ') + 1, keys.token);
	sigv4_release(&sigv4);
}

static void
each_of_the_published_vectors_comes_out(void **state)
{
	const char *folder = getenv("srcdir");
	char path[512];
	json_t *vectors;
	size_t i;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/tests/data/sigv4/vectors.json",
	    folder != NULL ? folder : ".");
	vectors = json_load_file(path, 0, NULL);
	assert_non_null(vectors);
	assert_int_equal(json_array_size(vectors), 30);
	for (i = 0; i < json_array_size(vectors); i++)
		check_vector(json_array_get(vectors, i));
	json_decref(vectors);
}

/* The signature of a POST to ${url}, for the others to be told apart by. */
static void
sign(const char *url, const char *body, char ret[256])
{
	const struct sigv4_keys keys = { .access_key = "a",
		.secret_key = "b",
		.region = "c",
		.service = "aps" };
	const struct http_request request = { .url = url,
		.method = HTTP_POST,
		.body = body,
		.body_len = strlen(body) };
	struct sigv4 sigv4;

	sigv4_init(&sigv4);
	assert_int_equal(sigv4_sign(&sigv4, &keys, &request, TIME), 0);
	(void)snprintf(
	    ret, 256, "%s", strstr(buf_text(&sigv4.authorization), "Sign"));
	sigv4_release(&sigv4);
}

static void
what_is_sent_makes_the_signature(void **state)
{
	char one[256], other[256];

	(void)state;
	sign("https://h/w", "body", one);
	sign("https://u:p@H:443/w", "body", other);
	assert_string_equal(one, other);
	sign("https://h:444/w", "body", other);
	assert_string_not_equal(one, other);
	sign("https://h/w", "nobody", other);
	assert_string_not_equal(one, other);
	/* What is escaped in a URL is escaped once more. */
	sign("https://h/w%20x", "body", one);
	sign("https://h/w x", "body", other);
	assert_string_not_equal(one, other);
	sign("https://h/w?a=%2b+&b", "body", one);
	sign("https://h/w?b=&a=%2B%20", "body", other);
	assert_string_equal(one, other);
	sign("https://[::1]/w", "body", one);
	sign("https://h/w", "body", other);
	assert_string_not_equal(one, other);
}

static void
what_is_no_url_is_not_signed(void **state)
{
	const struct sigv4_keys keys = { "a", "b", NULL, "c", "d" };
	const struct http_request request = { .url = "none" };
	struct sigv4 sigv4;

	(void)state;
	sigv4_init(&sigv4);
	assert_int_equal(sigv4_sign(&sigv4, &keys, &request, TIME), -1);
	sigv4_release(&sigv4);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_of_the_published_vectors_comes_out),
		cmocka_unit_test(what_is_sent_makes_the_signature),
		cmocka_unit_test(what_is_no_url_is_not_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
