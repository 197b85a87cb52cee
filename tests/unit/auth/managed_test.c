/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/auth/managed.h"
#include "tests/unit/http/sim.h"

#define ID "01234567-89ab-cdef-0123-456789abcdef"
#define OTHER "f1234567-89ab-cdef-0123-456789abcdef"
#define RESOURCE "resource=https%3A%2F%2Fmonitor.azure.com%2F"
#define TOKEN "{\"access_token\":\"abc\",\"expires_in\":\"100\""
#define KEY "kEy-0f-th3-ag3nt"

struct fixture {
	struct sim *sim;
	struct config_azuread azuread;
	struct endpoint_paths paths;
	struct token_source *source;
	char dir[32], key[64], challenge[128];

	/* What is asked, and answered: the second after a proof. */
	unsigned int requests;
	char url[2][512], headers[2][256];
	struct sim_answer answers[2];

	/* What came of it. */
	unsigned int calls;
	char token[64], error[TOKEN_ERROR_MAX];
	struct token_answer answer;
};

static struct sim_answer
receive(void *arg, uint64_t number, const struct http_request *request)
{
	struct fixture *f = arg;
	const char *const *header;
	unsigned int i = f->requests++ % 2;

	(void)number;
	assert_int_equal(request->method, HTTP_GET);
	assert_in_range(request->answer_max, 1, 1 << 20);
	(void)snprintf(f->url[i], sizeof(f->url[i]), "%s", request->url);
	f->headers[i][0] = '\0';
	for (header = request->headers; *header != NULL; header++) {
		strcat(f->headers[i], *header);
		strcat(f->headers[i], "\n");
	}
	return f->answers[i];
}

static void
clear_environment(void)
{
	(void)unsetenv("IDENTITY_ENDPOINT");
	(void)unsetenv("IDENTITY_HEADER");
	(void)unsetenv("IMDS_ENDPOINT");
	(void)unsetenv("AZURE_POD_IDENTITY_AUTHORITY_HOST");
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	FILE *file;

	assert_non_null(f);
	clear_environment();
	f->sim = sim_new(&(struct sim_receiver){ .begin = receive, .arg = f });
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/walship-arc-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->key, sizeof(f->key), "%s/1.key", f->dir);
	assert_non_null(file = fopen(f->key, "w"));
	(void)fputs(KEY, file);
	(void)fclose(file);
	(void)snprintf(
	    f->challenge, sizeof(f->challenge), "Basic realm=%s", f->key);
	f->paths = (struct endpoint_paths){ "/nowhere", "/nowhere", f->dir };
	f->azuread.method = AZUREAD_MANAGED_IDENTITY;
	f->source = managed_new(
	    &(struct token_options){
		.clock = sim_clock(f->sim),
		.http = sim_http(f->sim),
	    },
	    &f->azuread, &f->paths);
	assert_non_null(f->source);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	token_source_free(f->source);
	sim_free(f->sim);
	(void)unlink(f->key);
	(void)rmdir(f->dir);
	free(f);
	clear_environment();
	return 0;
}

static void
done(void *arg, const struct token_answer *answer)
{
	struct fixture *f = arg;

	f->calls++;
	f->answer = *answer;
	(void)snprintf(f->token, sizeof(f->token), "%s",
	    answer->token != NULL ? answer->token : "");
	(void)snprintf(f->error, sizeof(f->error), "%s",
	    answer->token == NULL ? answer->error : "");
}

static struct sim_answer
say(int status, const char *body)
{
	return (struct sim_answer){ .latency = CLOCK_MSEC,
		.outcome = HTTP_ANSWERED,
		.status = status,
		.body = body };
}

/* Fetch, and see it through. */
static void
go(struct fixture *f)
{
	unsigned int calls = f->calls;

	f->requests = 0;
	assert_int_equal(token_fetch(f->source, done, f), 0);
	assert_int_equal(f->calls, calls);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	assert_int_equal(f->calls, calls + 1);
}

/* That there is no token for ${failure}, in words that hold ${words}. */
static void
expect_failure(struct fixture *f, enum token_failure failure, const char *words)
{
	go(f);
	assert_string_equal(f->token, "");
	if (f->answer.failure != failure || strstr(f->error, words) == NULL)
		fail_msg("%d: %s", (int)f->answer.failure, f->error);
	assert_null(strstr(f->error, KEY));
}

static void
imds_gives_a_token(void **state)
{
	struct fixture *f = *state;

	f->answers[0] = say(200, TOKEN ",\"refresh_in\":\"30\"}");
	go(f);
	assert_string_equal(f->token, "abc");
	assert_int_equal(f->answer.lifetime, 100 * CLOCK_SEC);
	assert_int_equal(f->answer.refresh_in, 30 * CLOCK_SEC);
	assert_string_equal(f->url[0],
	    "http://169.254.169.254/metadata/identity/oauth2/token"
	    "?api-version=2018-02-01&" RESOURCE);
	assert_string_equal(f->headers[0], "Metadata: true\n");
}

static void
an_identity_is_named_by_what_is_known_of_it(void **state)
{
	struct fixture *f = *state;

	f->answers[0] = say(200, TOKEN "}");
	f->azuread.client_id = (char[]){ ID };
	go(f);
	assert_non_null(strstr(f->url[0], RESOURCE "&client_id=" ID));
	f->azuread.client_id = NULL;
	f->azuread.object_id = (char[]){ ID };
	go(f);
	assert_non_null(strstr(f->url[0], RESOURCE "&object_id=" ID));
	f->azuread.object_id = NULL;
	f->azuread.resource_id = (char[]){ "/s/a b" };
	go(f);
	assert_non_null(strstr(f->url[0], RESOURCE "&msi_res_id=%2Fs%2Fa%20b"));
	assert_string_equal(f->token, "abc");
}

static void
app_service_wants_its_header(void **state)
{
	struct fixture *f = *state;

	(void)setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:5/msi/token", 1);
	(void)setenv("IDENTITY_HEADER", "s3cret", 1);
	f->azuread.resource_id = (char[]){ "/s" };
	f->answers[0] = say(200, TOKEN "}");
	go(f);
	assert_string_equal(f->token, "abc");
	assert_string_equal(f->url[0],
	    "http://127.0.0.1:5/msi/token?api-version=2019-08-01&" RESOURCE
	    "&mi_res_id=%2Fs");
	assert_string_equal(f->headers[0], "X-IDENTITY-HEADER: s3cret\n");
	f->answers[0] = say(500, "s3cret");
	expect_failure(f, TOKEN_BUSY, "App Service answers with status 500");
	assert_null(strstr(f->error, "s3cret"));
}

/* Have it be Arc, with a challenge first and then ${body}. */
static void
be_arc(struct fixture *f, const char *body)
{
	f->azuread.source = AZUREAD_ARC;
	f->answers[0] = say(401, "");
	f->answers[0].challenge = f->challenge;
	f->answers[1] = say(200, body);
}

static void
arc_is_given_the_proof_it_asks_for(void **state)
{
	struct fixture *f = *state;

	be_arc(f, TOKEN "}");
	go(f);
	assert_string_equal(f->token, "abc");
	assert_int_equal(f->requests, 2);
	assert_string_equal(f->url[0],
	    "http://127.0.0.1:40342/metadata/identity/oauth2/token"
	    "?api-version=2020-06-01&" RESOURCE);
	assert_string_equal(f->url[1], f->url[0]);
	assert_string_equal(f->headers[0], "Metadata: true\n");
	assert_string_equal(
	    f->headers[1], "Metadata: true\nAuthorization: Basic " KEY "\n");
}

static void
arc_must_ask_for_a_proof(void **state)
{
	struct fixture *f = *state;

	be_arc(f, TOKEN "}");
	f->answers[0] = say(200, TOKEN "}");
	expect_failure(f, TOKEN_INVALID, "without a proof");
	assert_int_equal(f->requests, 1);
	f->answers[0] = say(401, "");
	expect_failure(f, TOKEN_INVALID, "was given nothing");
	f->answers[0].challenge = "Basic realm=/etc/shadow.key";
	expect_failure(f, TOKEN_INVALID, "was given nothing");
	assert_int_equal(f->requests, 1);
}

static void
a_key_that_cannot_be_read_is_said(void **state)
{
	struct fixture *f = *state;

	be_arc(f, TOKEN "}");
	assert_int_equal(unlink(f->key), 0);
	expect_failure(f, TOKEN_FILE, "No such file");
	assert_int_equal(f->requests, 1);
}

static void
a_second_challenge_is_a_refusal(void **state)
{
	struct fixture *f = *state;

	be_arc(f, "");
	f->answers[1] = f->answers[0];
	expect_failure(f, TOKEN_REFUSED, "status 401");
	assert_int_equal(f->requests, 2);
}

static void
arc_must_say_whose_token_it_is(void **state)
{
	static const char *const fields[] = { "client_id", "object_id",
		"msi_res_id", "mi_res_id" };
	struct fixture *f = *state;
	char body[256];
	size_t i;

	for (i = 0; i < 4; i++) {
		f->azuread.client_id = i == 0 ? (char[]){ ID } : NULL;
		f->azuread.object_id = i == 1 ? (char[]){ ID } : NULL;
		f->azuread.resource_id = i >= 2 ? (char[]){ ID } : NULL;
		be_arc(f, TOKEN "}");
		expect_failure(f, TOKEN_WRONG_ID, "does not say");
		(void)snprintf(body, sizeof(body),
		    TOKEN ",\"%s\":\"" OTHER "\"}", fields[i]);
		be_arc(f, body);
		expect_failure(f, TOKEN_WRONG_ID, "does not say");
		(void)snprintf(body, sizeof(body),
		    TOKEN ",\"%s\":\"01234567-89AB-CDEF-0123-456789ABCDEF\"}",
		    fields[i]);
		be_arc(f, body);
		go(f);
		assert_string_equal(f->token, "abc");
	}
}

static void
what_is_no_token_is_refused(void **state)
{
	struct fixture *f = *state;

	f->answers[0] = say(200, "<html>");
	expect_failure(f, TOKEN_INVALID, "is not a token");
	f->answers[0] = say(200, "{\"access_token\":\"abc\"}");
	expect_failure(f, TOKEN_INVALID, "does not say when");
	f->answers[0] =
	    say(200, "{\"access_token\":\"abc\",\"expires_in\":-5}");
	expect_failure(f, TOKEN_CLOCK, "this machine's clock");
	f->answers[0] = say(200, TOKEN "}");
	f->answers[0].cut = true;
	expect_failure(f, TOKEN_INVALID, "is too long, or breaks off");
	f->answers[0] = say(302, "");
	f->answers[0].location = "http://evil/";
	expect_failure(f, TOKEN_INVALID, "not followed");
	assert_int_equal(f->requests, 1);
}

static void
one_who_is_busy_may_say_for_how_long(void **state)
{
	struct fixture *f = *state;

	f->answers[0] = say(429, "");
	f->answers[0].retry_after = "7";
	expect_failure(f, TOKEN_BUSY, "status 429");
	assert_int_equal(f->answer.retry_after, 7 * CLOCK_SEC);
}

static void
a_wrong_environment_is_said_and_not_asked(void **state)
{
	struct fixture *f = *state;

	(void)setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://1.2.3.4", 1);
	expect_failure(f, TOKEN_SETTING, "at another machine");
	assert_int_equal(sim_requests(f->sim), 0);
}

static void
what_is_cancelled_is_not_heard_of(void **state)
{
	struct fixture *f = *state;

	f->answers[0] = say(200, TOKEN "}");
	assert_int_equal(token_fetch(f->source, done, f), 0);
	token_cancel(f->source);
	f->azuread.source = AZUREAD_APPSERVICE;
	assert_int_equal(token_fetch(f->source, done, f), 0);
	token_cancel(f->source);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	assert_int_equal(f->calls, 0);
	token_cancel(f->source);
}

static void
without_memory_nothing_begins(void **state)
{
	struct fixture *f = *state;

	sim_starve(f->sim, 1);
	assert_int_equal(token_fetch(f->source, done, f), -1);
	f->answers[0] = say(200, TOKEN "}");
	go(f);
	assert_string_equal(f->token, "abc");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(imds_gives_a_token),
		TEST(an_identity_is_named_by_what_is_known_of_it),
		TEST(app_service_wants_its_header),
		TEST(arc_is_given_the_proof_it_asks_for),
		TEST(arc_must_ask_for_a_proof),
		TEST(a_key_that_cannot_be_read_is_said),
		TEST(a_second_challenge_is_a_refusal),
		TEST(arc_must_say_whose_token_it_is),
		TEST(what_is_no_token_is_refused),
		TEST(one_who_is_busy_may_say_for_how_long),
		TEST(a_wrong_environment_is_said_and_not_asked),
		TEST(what_is_cancelled_is_not_heard_of),
		TEST(without_memory_nothing_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
