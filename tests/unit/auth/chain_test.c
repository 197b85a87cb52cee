/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/chain.h"
#include "tests/unit/http/sim.h"

static const char *const variables[] = { "AZURE_TENANT_ID", "AZURE_CLIENT_ID",
	"AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH",
	"AZURE_CLIENT_CERTIFICATE_PASSWORD",
	"AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "AZURE_FEDERATED_TOKEN_FILE" };

static int
set_up(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		assert_int_equal(unsetenv(variables[i]), 0);
	return 0;
}

static void
set(const char *name, const char *value)
{
	assert_int_equal(setenv(name, value, 1), 0);
}

static void
without_anything_it_is_the_machine_itself(void **state)
{
	const struct config_azuread azuread = { .method = AZUREAD_SDK,
		.cloud = AZUREAD_CHINA,
		.scope = (char[]){ "s" } };
	struct config_azuread got;

	(void)state;
	chain_settings(&azuread, &got);
	assert_int_equal(got.method, AZUREAD_MANAGED_IDENTITY);
	assert_int_equal(got.cloud, AZUREAD_CHINA);
	assert_string_equal(got.scope, "s");
	assert_null(got.client_id);
	set("AZURE_CLIENT_ID", "c");
	chain_settings(&azuread, &got);
	assert_int_equal(got.method, AZUREAD_MANAGED_IDENTITY);
	assert_string_equal(got.client_id, "c");
}

static void
the_first_that_is_whole_is_taken(void **state)
{
	const struct config_azuread azuread = { .method = AZUREAD_SDK };
	struct config_azuread got;

	(void)state;
	set("AZURE_CLIENT_ID", "c");
	set("AZURE_FEDERATED_TOKEN_FILE", "/f");
	chain_settings(&azuread, &got);
	assert_int_equal(got.method, AZUREAD_MANAGED_IDENTITY);
	set("AZURE_TENANT_ID", "t");
	chain_settings(&azuread, &got);
	assert_int_equal(got.method, AZUREAD_WORKLOAD_IDENTITY);
	assert_string_equal(got.tenant_id, "t");
	assert_string_equal(got.client_id, "c");
	set("AZURE_CLIENT_CERTIFICATE_PATH", "/p");
	chain_settings(&azuread, &got);
	assert_int_equal(got.method, AZUREAD_CERTIFICATE);
	assert_string_equal(got.certificate_path, "/p");
	assert_null(got.certificate_password.text);
	assert_false(got.send_certificate_chain);
	set("AZURE_CLIENT_CERTIFICATE_PASSWORD", "w");
	set("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "True");
	chain_settings(&azuread, &got);
	assert_string_equal(got.certificate_password.text, "w");
	assert_true(got.send_certificate_chain);
	set("AZURE_CLIENT_SECRET", "s");
	chain_settings(&azuread, &got);
	assert_int_equal(got.method, AZUREAD_OAUTH);
	assert_string_equal(got.client_secret.text, "s");
	set("AZURE_CLIENT_ID", "");
	chain_settings(&azuread, &got);
	assert_int_equal(got.method, AZUREAD_MANAGED_IDENTITY);
	assert_null(got.client_id);
}

static void
the_entry_may_name_the_tenant(void **state)
{
	const struct config_azuread azuread = { .method = AZUREAD_SDK,
		.tenant_id = (char[]){ "mine" } };
	struct config_azuread got;

	(void)state;
	set("AZURE_CLIENT_ID", "c");
	set("AZURE_CLIENT_SECRET", "s");
	chain_settings(&azuread, &got);
	assert_int_equal(got.method, AZUREAD_OAUTH);
	assert_string_equal(got.tenant_id, "mine");
}

static struct sim_answer
receive(void *arg, uint64_t number, const struct http_request *request)
{
	(void)number;
	strcpy(arg, request->url);
	return (struct sim_answer){ .latency = 1,
		.outcome = HTTP_ANSWERED,
		.status = 200,
		.body = "{\"access_token\":\"t\",\"expires_in\":\"60\"}" };
}

static void
told(void *arg, const struct token_answer *answer)
{
	unsigned int *calls = arg;

	assert_string_equal(answer->token, "t");
	++*calls;
}

/* Ask whoever it is, and see whom that reaches. */
static void
assert_asks(const char *host)
{
	const struct config_azuread azuread = { .method = AZUREAD_SDK };
	const struct config_remote remote = { 0 };
	struct token_source *source;
	unsigned int calls = 0;
	char url[512] = "";
	struct sim *sim;

	sim = sim_new(&(struct sim_receiver){ receive, NULL, url });
	source = chain_new(&(struct token_options){ .clock = sim_clock(sim),
			       .http = sim_http(sim),
			       .remote = &remote },
	    &azuread);
	assert_non_null(source);
	assert_int_equal(token_fetch(source, told, &calls), 0);
	(void)sim_run(sim, CLOCK_SEC);
	assert_int_equal(calls, 1);
	assert_non_null(strstr(url, host));
	assert_int_equal(token_fetch(source, told, &calls), 0);
	token_cancel(source);
	(void)sim_run(sim, CLOCK_SEC);
	assert_int_equal(calls, 1);
	token_source_free(source);
	sim_free(sim);
}

static void
whoever_it_is_is_asked(void **state)
{
	(void)state;
	assert_asks("http://169.254.169.254/");
	set("AZURE_CLIENT_ID", "c");
	set("AZURE_TENANT_ID", "t");
	set("AZURE_CLIENT_SECRET", "s");
	assert_asks("https://login.microsoftonline.com/t/");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
	static const struct CMUnitTest tests[] = {
		TEST(without_anything_it_is_the_machine_itself),
		TEST(the_first_that_is_whole_is_taken),
		TEST(the_entry_may_name_the_tenant),
		TEST(whoever_it_is_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
