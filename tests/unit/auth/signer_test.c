/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/signer.h"

static const struct http_request request = { .url = "https://h/w" };

static int
forget(void **state)
{
	static const char *const names[] = { "AWS_ACCESS_KEY_ID",
		"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION",
		"AWS_DEFAULT_REGION" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unsetenv(names[i]);
	return 0;
}

static void
keys_of_the_entry_have_no_session(void **state)
{
	const struct config_sigv4 config = { (char[]){ "r" }, (char[]){ "AK" },
		(char[]){ "hush" } };
	const char *lines[SIGNER_LINES_MAX + 1];
	struct signer signer;

	(void)state;
	assert_int_equal(setenv("AWS_SESSION_TOKEN", "t", 1), 0);
	assert_int_equal(setenv("AWS_REGION", "other", 1), 0);
	signer_init(&signer, &config);
	assert_null(signer_lines(&signer, &request, 0, lines));
	assert_string_equal(lines[0], "X-Amz-Date: 19700101T000000Z");
	assert_non_null(
	    strstr(lines[1], " Credential=AK/19700101/r/aps/aws4_request, "));
	assert_null(strstr(lines[1], "hush"));
	assert_null(lines[2]);
	signer_release(&signer);
}

static void
those_of_the_environment_may_have_one(void **state)
{
	const struct config_sigv4 config = { 0 };
	const char *lines[SIGNER_LINES_MAX + 1], *why;
	struct signer signer;

	(void)state;
	signer_init(&signer, &config);
	assert_non_null(why = signer_lines(&signer, &request, 0, lines));
	assert_non_null(strstr(why, "AWS_ACCESS_KEY_ID"));
	assert_int_equal(setenv("AWS_ACCESS_KEY_ID", "EK", 1), 0);
	assert_non_null(signer_lines(&signer, &request, 0, lines));
	assert_int_equal(setenv("AWS_SECRET_ACCESS_KEY", "s", 1), 0);
	assert_non_null(why = signer_lines(&signer, &request, 0, lines));
	assert_non_null(strstr(why, "AWS_REGION"));
	assert_int_equal(setenv("AWS_DEFAULT_REGION", "d", 1), 0);
	assert_null(signer_lines(&signer, &request, 0, lines));
	assert_non_null(strstr(lines[1], "=EK/19700101/d/aps/"));
	assert_int_equal(setenv("AWS_REGION", "r", 1), 0);
	assert_int_equal(setenv("AWS_SESSION_TOKEN", "t", 1), 0);
	assert_null(signer_lines(&signer, &request, 0, lines));
	assert_string_equal(lines[1], "X-Amz-Security-Token: t");
	assert_non_null(strstr(lines[2], "=EK/19700101/r/aps/"));
	assert_non_null(strstr(lines[2], ";x-amz-security-token,"));
	assert_null(lines[3]);
	signer_release(&signer);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    keys_of_the_entry_have_no_session, forget),
		cmocka_unit_test_setup(
		    those_of_the_environment_may_have_one, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
