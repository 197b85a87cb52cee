/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/grant.h"
#include "agent/auth/token.h"

/* 2026-01-02T03:04:05Z. */
#define WALL_SEC 1767323045
#define WALL (INT64_C(1000) * WALL_SEC)
#define TOKEN "\"access_token\":\"abc.d-e_f\""

static enum grant_result
read_text(const char *text, struct grant *ret)
{
	return grant_read(text, strlen(text), WALL, ret);
}

/* That ${text} is a grant, and how many seconds its token has. */
static double
life_of(const char *text)
{
	struct grant grant;
	double life;

	assert_int_equal(read_text(text, &grant), GRANT_OK);
	assert_string_equal(grant.token, "abc.d-e_f");
	life = (double)grant.lifetime / (double)CLOCK_SEC;
	grant_release(&grant);
	assert_null(grant.token);
	return life;
}

static void
expect_life(const char *text, double seconds)
{
	double life = life_of(text);

	if (life != seconds)
		fail_msg("%s has %f seconds", text, life);
}

static void
an_expiry_may_be_anything_that_makes_sense(void **state)
{
	(void)state;
	expect_life("{" TOKEN ",\"expires_in\":3599}", 3599);
	expect_life("{" TOKEN ",\"expires_in\":\"3599\"}", 3599);
	expect_life("{" TOKEN ",\"expires_in\":2.5}", 2.5);
	expect_life("{" TOKEN ",\"expires_on\":\"1767323145\"}", 100);
	expect_life("{" TOKEN ",\"expires_on\":1767323145}", 100);
	expect_life(
	    "{" TOKEN ",\"expires_on\":1767323145,\"expires_in\":7}", 100);
	expect_life("{" TOKEN ",\"expires_on\":\"2026-01-02 03:05:05\"}", 60);
	expect_life("{" TOKEN ",\"expires_on\":\"01/02/2026 03:05:05\"}", 60);
	expect_life(
	    "{" TOKEN ",\"expires_on\":\"2026-01-02T04:05:05+01:00\"}", 60);
	expect_life("{" TOKEN ",\"expires_on\":\"soon\",\"expires_in\":9}", 9);
	expect_life("{" TOKEN ",\"expires_on\":null,\"expires_in\":9}", 9);
	expect_life("{" TOKEN ",\"expires_in\":1e300}", GRANT_LIFETIME_MAX);
	expect_life(
	    "{" TOKEN ",\"expires_on\":99999999999}", GRANT_LIFETIME_MAX);
}

static void
what_does_not_say_when_it_ends_is_refused(void **state)
{
	static const struct {
		const char *text;
		enum grant_result wanted;
	} cases[] = {
		{ "{" TOKEN "}", GRANT_NO_EXPIRY },
		{ "{" TOKEN ",\"expires_in\":\"\"}", GRANT_NO_EXPIRY },
		{ "{" TOKEN ",\"expires_in\":\"soon\"}", GRANT_NO_EXPIRY },
		{ "{" TOKEN ",\"expires_in\":\"9x\"}", GRANT_NO_EXPIRY },
		{ "{" TOKEN ",\"expires_in\":\"inf\"}", GRANT_NO_EXPIRY },
		{ "{" TOKEN ",\"expires_in\":true}", GRANT_NO_EXPIRY },
		{ "{" TOKEN ",\"expires_on\":\"13/41/2026 03:05:05\"}",
		    GRANT_NO_EXPIRY },
		{ "{" TOKEN ",\"expires_in\":0}", GRANT_PAST },
		{ "{" TOKEN ",\"expires_in\":-3599}", GRANT_PAST },
		{ "{" TOKEN ",\"expires_in\":\"-1\"}", GRANT_PAST },
		{ "{" TOKEN ",\"expires_on\":\"1767323045\"}", GRANT_PAST },
		{ "{" TOKEN ",\"expires_on\":-1}", GRANT_PAST },
	};
	struct grant grant = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (read_text(cases[i].text, &grant) != cases[i].wanted)
			fail_msg("%s", cases[i].text);
		assert_null(grant.token);
	}
}

static void
garbage_is_no_grant(void **state)
{
	static const char *const cases[] = { "", "{", "[]", "\"abc\"", "null",
		"<html></html>", "{}", "{\"expires_in\":9}",
		"{\"access_token\":\"\",\"expires_in\":9}",
		"{\"access_token\":7,\"expires_in\":9}",
		"{\"access_token\":\"a b\",\"expires_in\":9}",
		"{\"access_token\":\"a\\r\\nX: y\",\"expires_in\":9}",
		"{\"access_token\":\"a\\u0000b\",\"expires_in\":9}",
		"{\"access_token\":\"\\u00e9\",\"expires_in\":9}",
		"{" TOKEN ",\"expires_in\":9} x" };
	struct grant grant = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (read_text(cases[i], &grant) != GRANT_GARBAGE)
			fail_msg("%s", cases[i]);
}

static void
a_token_that_is_too_long_is_none(void **state)
{
	size_t len = TOKEN_MAX + 1;
	struct grant grant = { 0 };
	char *token = malloc(len + 1), *text = malloc(len + 64);

	(void)state;
	assert_non_null(token);
	assert_non_null(text);
	memset(token, 'x', len);
	token[len] = '\0';
	(void)snprintf(text, len + 64,
	    "{\"access_token\":\"%s\",\"expires_in\":9}", token);
	assert_int_equal(read_text(text, &grant), GRANT_GARBAGE);
	token[len - 1] = '\0';
	(void)snprintf(text, len + 64,
	    "{\"access_token\":\"%s\",\"expires_in\":9}", token);
	assert_int_equal(read_text(text, &grant), GRANT_OK);
	grant_release(&grant);
	free(token);
	free(text);
}

static void
whose_it_is_and_when_to_ask_again_are_read(void **state)
{
	struct grant grant;

	(void)state;
	assert_int_equal(read_text("{" TOKEN ",\"expires_in\":99,"
				   "\"refresh_in\":\"50\",\"client_id\":\"c\","
				   "\"object_id\":\"o\",\"msi_res_id\":\"r\","
				   "\"mi_res_id\":\"s\",\"new\":{}}",
			     &grant),
	    GRANT_OK);
	assert_int_equal(grant.refresh_in, 50 * CLOCK_SEC);
	assert_string_equal(grant.client_id, "c");
	assert_string_equal(grant.object_id, "o");
	assert_string_equal(grant.resource_id, "r");
	grant_release(&grant);
	assert_int_equal(read_text("{" TOKEN ",\"expires_in\":99,"
				   "\"refresh_in\":-3,\"mi_res_id\":\"s\"}",
			     &grant),
	    GRANT_OK);
	assert_int_equal(grant.refresh_in, 0);
	assert_string_equal(grant.client_id, "");
	assert_string_equal(grant.resource_id, "s");
	grant_release(&grant);
}

static struct grant_error
error_of(const char *text)
{
	struct grant_error error;

	grant_read_error(text, strlen(text), &error);
	return error;
}

static void
an_error_says_what_is_wrong(void **state)
{
	struct grant_error error;

	(void)state;
	error = error_of("{\"error\":\"invalid_client\","
			 "\"error_description\":\"AADSTS7000222: it has "
			 "expired.\\r\\nTrace ID: 1\","
			 "\"error_codes\":[7000222,\"-1\",\"12\",{},1e30]}");
	assert_string_equal(error.error, "invalid_client");
	assert_string_equal(
	    error.description, "AADSTS7000222: it has expired.");
	assert_int_equal(error.codes_len, 2);
	assert_int_equal(error.codes[0], 7000222);
	assert_int_equal(error.codes[1], 12);

	error = error_of("{\"error\":{\"code\":\"c\",\"message\":\"m\"}}");
	assert_string_equal(error.error, "c");
	assert_string_equal(error.description, "m");
	error = error_of("{\"statusCode\":500,\"message\":\"m\"}");
	assert_string_equal(error.error, "");
	assert_string_equal(error.description, "m");
	error = error_of("{\"error_codes\":[1,2,3,4,5,6,7,8,9,10]}");
	assert_int_equal(error.codes_len, GRANT_CODES_MAX);
}

static void
an_error_that_is_none_says_nothing(void **state)
{
	static const char *const cases[] = { "", "{", "[1]", "7", "<p>",
		"{\"error\":7,\"error_codes\":7}" };
	struct grant_error error;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		error = error_of(cases[i]);
		assert_string_equal(error.error, "");
		assert_string_equal(error.description, "");
		assert_int_equal(error.codes_len, 0);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_expiry_may_be_anything_that_makes_sense),
		cmocka_unit_test(what_does_not_say_when_it_ends_is_refused),
		cmocka_unit_test(garbage_is_no_grant),
		cmocka_unit_test(a_token_that_is_too_long_is_none),
		cmocka_unit_test(whose_it_is_and_when_to_ask_again_are_read),
		cmocka_unit_test(an_error_says_what_is_wrong),
		cmocka_unit_test(an_error_that_is_none_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
