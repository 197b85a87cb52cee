/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/instance.h"

static const struct endpoint_paths nowhere = { "/none", "/none", "/none" };

/* As each test finds it. */
static int
forget(void **state)
{
	(void)state;
	return unsetenv("IDENTITY_ENDPOINT") != 0 ||
	    unsetenv("IDENTITY_HEADER") != 0 ||
	    unsetenv("IMDS_ENDPOINT") != 0 ||
	    unsetenv("AZURE_POD_IDENTITY_AUTHORITY_HOST") != 0;
}

static void
assert_asked_at(const char *wanted)
{
	char url[ENDPOINT_URL_MAX], error[TOKEN_ERROR_MAX];

	assert_int_equal(instance_url(&nowhere, url, error), 0);
	assert_string_equal(url, wanted);
}

static void
whoever_gives_tokens_is_asked(void **state)
{
	(void)state;
	assert_asked_at("http://169.254.169.254/metadata/instance/compute"
			"?api-version=2020-06-01");
	assert_int_equal(setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST",
			     "http://127.0.0.1:1", 1),
	    0);
	assert_asked_at("http://127.0.0.1:1/metadata/instance/compute"
			"?api-version=2020-06-01");
	assert_int_equal(setenv("IDENTITY_ENDPOINT",
			     "http://localhost:40342/metadata/identity/oauth2"
			     "/token",
			     1),
	    0);
	assert_int_equal(
	    setenv("IMDS_ENDPOINT", "http://localhost:40342", 1), 0);
	assert_asked_at("http://127.0.0.1:40342/metadata/instance/compute"
			"?api-version=2020-06-01");
}

static void
who_knows_no_machine_is_not_asked(void **state)
{
	char url[ENDPOINT_URL_MAX], error[TOKEN_ERROR_MAX];

	(void)state;
	assert_int_equal(
	    setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:2/msi/token", 1), 0);
	assert_int_equal(setenv("IDENTITY_HEADER", "secret", 1), 0);
	assert_int_equal(instance_url(&nowhere, url, error), -1);
	assert_string_equal(error,
	    "App Service, at http://127.0.0.1:2/msi/token, says nothing of "
	    "the machine; write the labels out");
}

static void
what_is_answered_is_taken(void **state)
{
	static const char body[] =
	    "{\"vmId\":\"id\",\"name\":\"vm\",\"resourceId\":\"/s/x\","
	    "\"vmScaleSetName\":\"set\",\"tags\":{\"a\":[1]}}";
	struct facts facts;

	(void)state;
	assert_int_equal(instance_read(body, strlen(body), &facts), 0);
	assert_string_equal(facts.text[FACT_VM_ID], "id");
	assert_string_equal(facts.text[FACT_VM_NAME], "vm");
	assert_string_equal(facts.text[FACT_RESOURCE_ID], "/s/x");
	assert_string_equal(facts.text[FACT_SCALE_SET], "set");
	assert_int_equal(instance_read("{\"name\":\"vm\"}", 13, &facts), 0);
	assert_string_equal(facts.text[FACT_VM_ID], "");
	assert_string_equal(facts.text[FACT_SCALE_SET], "");
}

static void
what_is_no_answer_is_refused(void **state)
{
	static const char *const bodies[] = { "", "{", "[]", "\"vm\"", "{}",
		"{\"vmId\":1}", "{\"vmId\":\"\",\"name\":\"\"}",
		"{\"vmId\":\"a\\u0000b\"}", "{\"vmId\":\"\xff\"}" };
	char large[FACT_TEXT_MAX + 64];
	struct facts facts = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		assert_int_equal(
		    instance_read(bodies[i], strlen(bodies[i]), &facts), -1);
	(void)snprintf(
	    large, sizeof(large), "{\"vmId\":\"%0*d\"}", (int)FACT_TEXT_MAX, 0);
	assert_int_equal(instance_read(large, strlen(large), &facts), 0);
	(void)snprintf(large, sizeof(large), "{\"vmId\":\"%0*d\"}",
	    (int)FACT_TEXT_MAX + 1, 0);
	assert_int_equal(instance_read(large, strlen(large), &facts), -1);
	assert_int_equal(strlen(facts.text[FACT_VM_ID]), FACT_TEXT_MAX);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(whoever_gives_tokens_is_asked, forget),
		cmocka_unit_test_setup(
		    who_knows_no_machine_is_not_asked, forget),
		cmocka_unit_test(what_is_answered_is_taken),
		cmocka_unit_test(what_is_no_answer_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
