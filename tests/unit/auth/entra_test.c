/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/entra.h"
#include "tests/unit/http/sim.h"

#define CLIENT "11111111-2222-3333-4444-555555555555"
#define SECRET "s3cr&t=that nobody may see"
#define TOKEN "{\"token_type\":\"Bearer\",\"expires_in\":3599,"

/* Not written to, but no constants. */
static char client[] = CLIENT, tenant[] = "tenant.example", secret[] = SECRET;

/* An application, and Entra as the network has it. */
struct fixture {
	struct sim *sim;
	struct config_azuread azuread;
	struct config_remote remote;
	struct token_source *source;

	/* The last request. */
	char url[256], body[1024], headers[256];
	bool by_tls_of_entry;
	char proxy[64];
	struct sim_answer answer; /* To it. */

	/* The last answer. */
	unsigned int calls;
	char token[64], error[TOKEN_ERROR_MAX];
	struct token_answer got;
};

static struct sim_answer
receive(void *arg, uint64_t number, const struct http_request *request)
{
	const char *const *header;
	struct fixture *f = arg;

	(void)number;
	assert_int_equal(request->method, HTTP_POST);
	(void)snprintf(f->url, sizeof(f->url), "%s", request->url);
	(void)snprintf(f->body, sizeof(f->body), "%.*s", (int)request->body_len,
	    (const char *)request->body);
	f->by_tls_of_entry = request->tls != NULL;
	(void)snprintf(f->proxy, sizeof(f->proxy), "%s",
	    request->proxy != NULL ? request->proxy->url : "none");
	f->headers[0] = '\0';
	for (header = request->headers; *header != NULL; header++) {
		strcat(f->headers, *header);
		strcat(f->headers, "\n");
	}
	return f->answer;
}

/* Make a source for what the entry says now. */
static void
begin(struct fixture *f)
{
	const struct token_options options = { .clock = sim_clock(f->sim),
		.http = sim_http(f->sim),
		.remote = &f->remote };

	token_source_free(f->source);
	f->source = entra_new(&options, &f->azuread);
	assert_non_null(f->source);
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->sim = sim_new(
	    &(struct sim_receiver){ .begin = receive, .end = NULL, .arg = f });
	f->azuread = (struct config_azuread){ .method = AZUREAD_OAUTH,
		.client_id = client,
		.tenant_id = tenant,
		.client_secret.text = secret };
	begin(f);
	f->answer = (struct sim_answer){ .latency = CLOCK_MSEC,
		.outcome = HTTP_ANSWERED,
		.status = 200,
		.body = TOKEN "\"access_token\":\"t0ken\"}" };
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	token_source_free(f->source);
	sim_free(f->sim);
	free(f);
	return 0;
}

static void
told(void *arg, const struct token_answer *answer)
{
	struct fixture *f = arg;

	f->calls++;
	f->got = *answer;
	(void)snprintf(f->token, sizeof(f->token), "%s",
	    answer->token != NULL ? answer->token : "");
	(void)snprintf(f->error, sizeof(f->error), "%s",
	    answer->error != NULL ? answer->error : "");
}

static void
fetch(struct fixture *f)
{
	unsigned int before = f->calls;

	assert_int_equal(token_fetch(f->source, told, f), 0);
	assert_int_equal(f->calls, before);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	assert_int_equal(f->calls, before + 1);
	assert_null(strstr(f->error, "nobody may see"));
}

/* Fetch in vain, for the reason ${failure}, whose words have ${what}. */
static void
fetch_in_vain(struct fixture *f, enum token_failure failure, const char *what)
{
	fetch(f);
	assert_string_equal(f->token, "");
	assert_int_equal(f->got.failure, failure);
	if (strstr(f->error, what) == NULL)
		fail_msg("%s: not in: %s", what, f->error);
	assert_non_null(strstr(f->error, "; "));
	assert_null(strstr(f->error + 1, "https://login.m"));
}

static void
a_secret_is_posted_and_a_token_comes(void **state)
{
	struct fixture *f = *state;

	fetch(f);
	assert_string_equal(f->token, "t0ken");
	assert_int_equal(f->got.lifetime, 3599 * CLOCK_SEC);
	assert_int_equal(f->got.refresh_in, 0);
	assert_string_equal(f->url,
	    "https://login.microsoftonline.com/tenant.example/oauth2/v2.0/"
	    "token");
	assert_string_equal(f->body,
	    "grant_type=client_credentials"
	    "&scope=https%3A%2F%2Fmonitor.azure.com%2F%2F.default"
	    "&client_secret=s3cr%26t%3Dthat%20nobody%20may%20see"
	    "&client_id=" CLIENT);
	assert_string_equal(f->headers,
	    "Content-Type: application/x-www-form-urlencoded\n"
	    "Accept: application/json\n");
	/* The authorities of an entry are those of its receiver. */
	assert_false(f->by_tls_of_entry);
}

static void
it_can_be_asked_again_and_again(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		f->azuread.client_secret.text = (char[]){ "other" };
		fetch(f);
		assert_non_null(strstr(f->body, "client_secret=other&"));
		f->azuread.client_secret.text = (char[]){ SECRET };
		fetch(f);
		assert_non_null(strstr(f->body, "client_secret=s3cr"));
	}
}

static void
it_is_asked_by_the_proxy_of_the_entry(void **state)
{
	struct fixture *f = *state;

	fetch(f);
	assert_string_equal(f->proxy, "none");
	f->remote.proxy.url = (char[]){ "http://proxy.example:3128" };
	begin(f);
	fetch(f);
	assert_string_equal(f->proxy, "http://proxy.example:3128");
	assert_int_equal(
	    setenv("AZURE_AUTHORITY_HOST", "http://127.0.0.1:1", 1), 0);
	fetch(f);
	assert_string_equal(f->proxy, "none");
	assert_int_equal(unsetenv("AZURE_AUTHORITY_HOST"), 0);
	f->remote.proxy.no_proxy = (char[]){ ".microsoftonline.com" };
	begin(f);
	fetch(f);
	assert_string_equal(f->proxy, "none");
}

static void
a_long_url_hides_no_fault(void **state)
{
	char tenant_id[AZUREAD_TEXT_MAX + 1];
	struct fixture *f = *state;

	memset(tenant_id, 't', sizeof(tenant_id) - 1);
	tenant_id[sizeof(tenant_id) - 1] = '\0';
	f->azuread.tenant_id = tenant_id;
	f->answer.status = 503;
	fetch_in_vain(f, TOKEN_BUSY, "it cannot now");
}

static void
each_cloud_has_its_own_place_and_scope(void **state)
{
	struct fixture *f = *state;

	f->azuread.cloud = AZUREAD_GOVERNMENT;
	fetch(f);
	assert_non_null(strstr(f->url, "https://login.microsoftonline.us/"));
	assert_non_null(strstr(f->body, "monitor.azure.us%2F%2F.default"));
	f->azuread.cloud = AZUREAD_CHINA;
	fetch(f);
	assert_non_null(
	    strstr(f->url, "https://login.partner.microsoftonline.cn/"));
	assert_non_null(strstr(f->body, "monitor.azure.cn%2F%2F.default"));
	f->azuread.scope = (char[]){ "api://own/.default" };
	fetch(f);
	assert_non_null(strstr(f->body, "scope=api%3A%2F%2Fown%2F.default&"));
}

static void
what_entra_says_becomes_what_to_do(void **state)
{
	struct fixture *f = *state;

	f->answer.status = 401;
	f->answer.body =
	    "{\"error\":\"invalid_client\",\"error_description\":"
	    "\"AADSTS7000222: expired\",\"error_codes\":[7000222]}";
	fetch_in_vain(f, TOKEN_EXPIRED, "the client secret has expired");
	assert_non_null(strstr(f->error, "/tenant.example/"));
	f->answer.status = 400;
	f->answer.body = "{\"error\":\"invalid_request\",\"error_codes\":"
			 "[\"90002\"]}";
	fetch_in_vain(f, TOKEN_TENANT, "no such tenant");
	f->answer.body = "{\"error\":\"new\",\"error_description\":\"never "
			 "heard of\"}";
	fetch_in_vain(f, TOKEN_REFUSED, "status 400: new: never heard of");
	f->answer.body = "<html>";
	fetch_in_vain(f, TOKEN_REFUSED, "status 400");
}

static void
a_secret_that_is_said_back_is_not_shown(void **state)
{
	struct fixture *f = *state;

	f->answer.status = 400;
	f->answer.body = "{\"error\":\"x\",\"error_description\":\"your s3cr&t="
			 "that nobody may see is wrong\"}";
	fetch_in_vain(f, TOKEN_REFUSED, "not shown");
	assert_null(strstr(f->error, "s3cr"));
	f->answer.body = "{\"error\":\"at nobody may\"}";
	fetch_in_vain(f, TOKEN_REFUSED, "not shown");
}

static void
a_wait_that_is_asked_for_is_passed_on(void **state)
{
	struct fixture *f = *state;

	f->answer.status = 429;
	f->answer.retry_after = "17";
	fetch_in_vain(f, TOKEN_BUSY, "status 429");
	assert_int_equal(f->got.retry_after, 17 * CLOCK_SEC);
	f->answer.status = 503;
	f->answer.retry_after = NULL;
	fetch_in_vain(f, TOKEN_BUSY, "status 503");
	assert_int_equal(f->got.retry_after, 0);
}

static void
nobody_is_followed_elsewhere(void **state)
{
	struct fixture *f = *state;
	uint64_t before;

	f->answer.status = 307;
	f->answer.location = "https://elsewhere.example/";
	before = sim_requests(f->sim);
	fetch_in_vain(f, TOKEN_INVALID, "secrets follow nobody");
	assert_int_equal(sim_requests(f->sim), before + 1);
}

static void
an_answer_without_a_token_is_none(void **state)
{
	static const char *const bodies[] = { "", "[]", "{}", "\xff\xfe",
		TOKEN "\"access_token\":7}",
		"{\"access_token\":\"t\",\"expires_in\":-1}",
		"{\"access_token\":\"t\"}",
		"{\"access_token\":\"a\\r\\nb\",\"expires_in\":1}" };
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		f->answer.body = bodies[i];
		fetch_in_vain(
		    f, TOKEN_INVALID, "https://login.microsoftonline.com/");
	}
	f->answer.body = TOKEN "\"access_token\":\"t\"}";
	f->answer.cut = true;
	fetch_in_vain(f, TOKEN_INVALID, "holds no token");
}

static void
who_does_not_answer_is_named(void **state)
{
	struct fixture *f = *state;

	f->answer.outcome = HTTP_UNREACHED;
	fetch_in_vain(f, TOKEN_UNREACHABLE,
	    "https://login.microsoftonline.com/tenant.example/oauth2/v2.0/"
	    "token: made up; let this machine reach it");
	f->answer.outcome = HTTP_ANSWERED;
	f->answer.latency = 3600 * CLOCK_SEC;
	fetch_in_vain(f, TOKEN_UNREACHABLE, "too late");
}

static void
what_cannot_be_asked_is_said_without_asking(void **state)
{
	struct fixture *f = *state;

	f->azuread.client_secret.text = NULL;
	fetch_in_vain(f, TOKEN_SETTING, "no client secret");
	f->azuread.client_secret.file = (char[]){ "/nowhere/secret" };
	fetch_in_vain(f, TOKEN_FILE, "/nowhere/secret: No such file");
	f->azuread.client_secret.file = NULL;
	f->azuread.client_secret.text = (char[]){ SECRET };
	f->azuread.tenant_id = NULL;
	fetch_in_vain(f, TOKEN_SETTING, "tenant");
	f->azuread.tenant_id = (char[]){ "a/../b" };
	fetch_in_vain(f, TOKEN_SETTING, "tenant");
	f->azuread.tenant_id = (char[]){ "t" };
	f->azuread.client_id = NULL;
	fetch_in_vain(f, TOKEN_SETTING, "client_id");
	assert_int_equal(sim_requests(f->sim), 0);
	f->azuread.client_id = (char[]){ CLIENT };
	fetch(f);
	assert_string_equal(f->token, "t0ken");
}

static void
what_is_cancelled_is_not_heard_of(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(token_fetch(f->source, told, f), 0);
	token_cancel(f->source);
	f->azuread.tenant_id = NULL;
	assert_int_equal(token_fetch(f->source, told, f), 0);
	token_cancel(f->source);
	token_cancel(f->source);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	assert_int_equal(f->calls, 0);
	assert_int_equal(sim_flying(f->sim), 0);
}

static void
without_memory_nothing_is_begun(void **state)
{
	struct fixture *f = *state;

	sim_starve(f->sim, 1);
	assert_int_equal(token_fetch(f->source, told, f), -1);
	fetch(f);
	assert_string_equal(f->token, "t0ken");
	assert_int_equal(f->calls, 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(a_secret_is_posted_and_a_token_comes),
		TEST(it_can_be_asked_again_and_again),
		TEST(it_is_asked_by_the_proxy_of_the_entry),
		TEST(a_long_url_hides_no_fault),
		TEST(each_cloud_has_its_own_place_and_scope),
		TEST(what_entra_says_becomes_what_to_do),
		TEST(a_secret_that_is_said_back_is_not_shown),
		TEST(a_wait_that_is_asked_for_is_passed_on),
		TEST(nobody_is_followed_elsewhere),
		TEST(an_answer_without_a_token_is_none),
		TEST(who_does_not_answer_is_named),
		TEST(what_cannot_be_asked_is_said_without_asking),
		TEST(what_is_cancelled_is_not_heard_of),
		TEST(without_memory_nothing_is_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
