/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/auth/base64.h"
#include "agent/doctor/whose.h"

/* What a token with these ${claims} says of itself; "none" if nothing. */
static const char *
whose(const char *claims)
{
	static char text[2048];
	struct buf token, out;

	buf_init(&token, 65536);
	buf_init(&out, sizeof(text));
	buf_puts(&token, "eyJ0eXAiOiJKV1QifQ.");
	base64_put_url(&token, claims, strlen(claims));
	buf_puts(&token, ".c2lnbmF0dXJl");
	(void)strcpy(text, "none");
	if (whose_put(buf_text(&token), &out) == 0)
		(void)strcpy(text, buf_text(&out));
	else
		assert_int_equal(out.len, 0);
	buf_release(&token);
	buf_release(&out);
	return text;
}

static void
test_says_application_object_and_tenant(void **state)
{
	(void)state;
	assert_string_equal(
	    whose("{\"aud\":\"https://monitor.azure.com/\",\"tid\":\"t\","
		  "\"oid\":\"o\",\"appid\":\"a\",\"exp\":1,\"x\":\"y\"}"),
	    "application a, object o, tenant t, for "
	    "https://monitor.azure.com/");
	assert_string_equal(
	    whose("{\"azp\":\"?>?>~~?\"}"), "application ?>?>~~?");
}

static void
test_what_says_nothing_is_none(void **state)
{
	struct buf out;

	(void)state;
	assert_string_equal(whose("{}"), "none");
	assert_string_equal(whose("[]"), "none");
	assert_string_equal(whose("{\"oid\":5,\"tid\":\"\"}"), "none");
	assert_string_equal(whose("no json"), "none");
	buf_init(&out, 100);
	assert_int_equal(whose_put("opaque", &out), -1);
	assert_int_equal(whose_put("a.b", &out), -1);
	assert_int_equal(whose_put("a.!!.c", &out), -1);
	assert_int_equal(whose_put("a..c", &out), -1);
	assert_int_equal(whose_put("", &out), -1);
	buf_release(&out);
}

static void
test_a_long_claim_is_cut(void **state)
{
	char claims[1024], value[600];

	(void)state;
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	(void)snprintf(claims, sizeof(claims), "{\"oid\":\"%s\"}", value);
	assert_int_equal(
	    strlen(whose(claims)), strlen("object ") + WHOSE_VALUE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_says_application_object_and_tenant),
		cmocka_unit_test(test_what_says_nothing_is_none),
		cmocka_unit_test(test_a_long_claim_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
