/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/auth/aadsts.h"

/* Explain ${error}, with its words going to ${text}. */
static enum token_failure
explain(const struct grant_error *error, int status, const char *secret,
    char text[TOKEN_ERROR_MAX])
{
	enum token_failure failure;
	struct buf out;

	buf_over(&out, text, TOKEN_ERROR_MAX);
	failure = aadsts_explain(error, status, secret, &out);
	assert_false(out.bad);
	(void)buf_text(&out);
	return failure;
}

static void
each_number_is_one_thing_to_do(void **state)
{
	static const struct {
		long code;
		enum token_failure failure;
		const char *what;
	} cases[] = {
		{ 7000222, TOKEN_EXPIRED, "secret has expired" },
		{ 7000215, TOKEN_CREDENTIAL, "secret is wrong" },
		{ 700016, TOKEN_WRONG_ID, "client_id" },
		{ 7000229, TOKEN_WRONG_ID, "service principal" },
		{ 7000112, TOKEN_WRONG_ID, "disabled" },
		{ 90002, TOKEN_TENANT, "tenant" },
		{ 900021, TOKEN_TENANT, "tenant" },
		{ 900023, TOKEN_TENANT, "tenant" },
		{ 700024, TOKEN_CLOCK, "clock" },
		{ 700027, TOKEN_CREDENTIAL, "certificate" },
		{ 700021, TOKEN_CREDENTIAL, "another application's" },
		{ 700023, TOKEN_SETTING, "cloud" },
		{ 70021, TOKEN_CREDENTIAL, "federated credential" },
		{ 700211, TOKEN_CREDENTIAL, "issuer" },
		{ 700212, TOKEN_CREDENTIAL, "audience" },
		{ 7002121, TOKEN_CREDENTIAL, "audience" },
		{ 700213, TOKEN_CREDENTIAL, "subject" },
		{ 50027, TOKEN_CREDENTIAL, "no token" },
		{ 500011, TOKEN_SETTING, "scope" },
		{ 70011, TOKEN_SETTING, "scope" },
		{ 1002012, TOKEN_SETTING, "scope" },
		{ 53003, TOKEN_REFUSED, "Conditional Access" },
		{ 90024, TOKEN_BUSY, "busy" },
		{ 90033, TOKEN_BUSY, "out of order" },
	};
	char text[TOKEN_ERROR_MAX], number[32];
	struct grant_error error;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		error = (struct grant_error){ .codes = { 1, cases[i].code },
			.codes_len = 2 };
		assert_int_equal(
		    explain(&error, 400, "", text), cases[i].failure);
		assert_non_null(strstr(text, cases[i].what));
		assert_non_null(strstr(text, "; "));
		(void)snprintf(
		    number, sizeof(number), "(AADSTS%ld)", cases[i].code);
		assert_non_null(strstr(text, number));
	}
}

static void
a_number_in_words_will_do(void **state)
{
	struct grant_error error = { .description =
					 "AADSTS90002: Tenant 'x' not found." };
	char text[TOKEN_ERROR_MAX];

	(void)state;
	assert_int_equal(explain(&error, 400, "", text), TOKEN_TENANT);
	strcpy(error.description, "AADSTS");
	assert_int_equal(explain(&error, 400, "", text), TOKEN_REFUSED);
	strcpy(error.description, "AADSTS99999999999999999999999");
	assert_int_equal(explain(&error, 400, "", text), TOKEN_REFUSED);
	strcpy(error.description, "AADSTS-90002");
	assert_int_equal(explain(&error, 400, "", text), TOKEN_REFUSED);
}

static void
what_is_not_known_is_quoted(void **state)
{
	struct grant_error error = { .error = "e", .description = "d" };
	char text[TOKEN_ERROR_MAX];

	(void)state;
	assert_int_equal(explain(&error, 403, "", text), TOKEN_REFUSED);
	assert_non_null(strstr(text, "status 403: e: d; "));
	assert_int_equal(explain(&error, 404, "", text), TOKEN_REFUSED);
	assert_non_null(strstr(text, "AZURE_AUTHORITY_HOST"));
	memset(error.error, 'e', sizeof(error.error) - 1);
	memset(error.description, 'd', sizeof(error.description) - 1);
	assert_int_equal(explain(&error, 403, "", text), TOKEN_REFUSED);
	assert_non_null(strstr(text, "eee: ddd"));
	assert_non_null(strstr(text, "ddd; see what"));
	assert_true(strlen(text) < TOKEN_ERROR_MAX / 2);
	error = (struct grant_error){ 0 };
	assert_int_equal(explain(&error, 403, "", text), TOKEN_REFUSED);
	assert_non_null(strstr(text, "status 403; "));
}

/* Even a piece of it, such as what is left of it where the words are cut. */
static void
a_secret_is_not_quoted(void **state)
{
	struct grant_error error = { .description = "got: hunter2hunt" };
	char text[TOKEN_ERROR_MAX];

	(void)state;
	assert_int_equal(
	    explain(&error, 403, "hunter2hunter2", text), TOKEN_REFUSED);
	assert_null(strstr(text, "hunter"));
	assert_int_equal(
	    explain(&error, 403, "unter2hu?", text), TOKEN_REFUSED);
	assert_null(strstr(text, "hunter"));
	assert_int_equal(
	    explain(&error, 403, "a hunter2hunter2", text), TOKEN_REFUSED);
	assert_null(strstr(text, "hunter"));
	assert_int_equal(explain(&error, 403, "hunt", text), TOKEN_REFUSED);
	assert_null(strstr(text, "hunter"));
	assert_int_equal(explain(&error, 403, "hunter3", text), TOKEN_REFUSED);
	assert_non_null(strstr(text, "hunter"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_number_is_one_thing_to_do),
		cmocka_unit_test(a_number_in_words_will_do),
		cmocka_unit_test(what_is_not_known_is_quoted),
		cmocka_unit_test(a_secret_is_not_quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
