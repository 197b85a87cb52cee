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

#include "agent/auth/oauth2.h"
#include "agent/config/oauth2.h"
#include "tests/unit/auth/keys.h"
#include "tests/unit/http/sim.h"

#define SECRET "s3cr&t nobody may see"
#define BASIC \
	"Authorization: Basic " \
	"bSUzQWU6czNjciUyNnQlMjBub2JvZHklMjBtYXklMjBzZWU="
#define TOKEN "{\"access_token\":\"t0ken\",\"expires_in\":60}"

struct fixture {
	struct sim *sim;
	struct config_remote remote;
	struct config_oauth2 oauth2;
	struct token_source *source;

	/* The last request. */
	char body[8192], headers[1024], ca_file[64], proxy[64];
	struct sim_answer answers[2]; /* To the first, and to all after. */

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

	assert_int_equal(request->method, HTTP_POST);
	assert_string_equal(request->url, "https://t/o");
	(void)snprintf(f->body, sizeof(f->body), "%.*s", (int)request->body_len,
	    (const char *)request->body);
	(void)snprintf(f->ca_file, sizeof(f->ca_file), "%s",
	    request->tls->ca_file != NULL ? request->tls->ca_file : "");
	(void)snprintf(f->proxy, sizeof(f->proxy), "%s",
	    request->proxy != NULL ? request->proxy->url : "");
	f->headers[0] = '\0';
	for (header = request->headers; *header != NULL; header++)
		strcat(strcat(f->headers, *header), "\n");
	return f->answers[number == 0 ? 0 : 1];
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->sim = sim_new(
	    &(struct sim_receiver){ .begin = receive, .end = NULL, .arg = f });
	f->oauth2 = (struct config_oauth2){ .client_id = strdup("m:e"),
		.token_url = strdup("https://t/o"),
		.shown_url = strdup("https://t/o"),
		.secret.text = strdup(SECRET) };
	f->remote.oauth2 = &f->oauth2;
	f->answers[0] = f->answers[1] =
	    (struct sim_answer){ .latency = CLOCK_MSEC,
		    .outcome = HTTP_ANSWERED,
		    .status = 200,
		    .body = TOKEN };
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	token_source_free(f->source);
	sim_free(f->sim);
	free(f->oauth2.client_id);
	free(f->oauth2.token_url);
	free(f->oauth2.shown_url);
	free(f->oauth2.secret.text);
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

	if (f->source == NULL)
		f->source = oauth2_new(
		    &(struct token_options){ .clock = sim_clock(f->sim),
			.http = sim_http(f->sim),
			.remote = &f->remote });
	assert_non_null(f->source);
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
}

static void
the_secret_is_shown_in_the_header_first(void **state)
{
	struct config_header params[] = { { (char[]){ "a" },
	    (char[]){ "b c" } } };
	struct fixture *f = *state;

	f->oauth2.scopes = (char[]){ "one two" };
	f->oauth2.params = params;
	f->oauth2.params_len = 1;
	f->oauth2.tls.ca.file = (char[]){ "/ca" };
	f->oauth2.proxy.url = (char[]){ "http://p:1" };
	fetch(f);
	assert_string_equal(f->token, "t0ken");
	assert_int_equal(f->got.lifetime, 60 * CLOCK_SEC);
	assert_string_equal(
	    f->body, "grant_type=client_credentials&scope=one%20two&a=b%20c");
	assert_non_null(strstr(f->headers, BASIC "\n"));
	assert_string_equal(f->ca_file, "/ca");
	assert_string_equal(f->proxy, "http://p:1");
}

static void
then_in_the_form_which_is_remembered(void **state)
{
	struct fixture *f = *state;

	f->answers[0].status = 401;
	f->answers[0].body = "";
	fetch(f);
	assert_string_equal(f->token, "t0ken");
	assert_int_equal(sim_requests(f->sim), 2);
	assert_string_equal(f->body,
	    "grant_type=client_credentials&client_id=m%3Ae"
	    "&client_secret=s3cr%26t%20nobody%20may%20see");
	assert_null(strstr(f->headers, "Authorization"));
	fetch(f);
	assert_string_equal(f->token, "t0ken");
	assert_int_equal(sim_requests(f->sim), 3);
}

static void
who_takes_neither_is_shown_the_header_again(void **state)
{
	struct fixture *f = *state;

	f->answers[0].status = f->answers[1].status = 400;
	f->answers[0].body = f->answers[1].body =
	    "{\"error\":\"invalid_client\",\"error_description\":"
	    "\"not " SECRET "\"}";
	fetch_in_vain(
	    f, TOKEN_CREDENTIAL, "status 400 invalid_client ; correct oauth2");
	assert_int_equal(sim_requests(f->sim), 2);
	f->answers[1].status = 200;
	f->answers[1].body = TOKEN;
	fetch(f);
	assert_int_equal(sim_requests(f->sim), 3);
	assert_non_null(strstr(f->headers, BASIC));
}

static void
what_the_server_says_becomes_what_to_do(void **state)
{
	static const struct {
		int status;
		const char *body;
		enum token_failure failure;
		const char *words;
	} cases[] = {
		{ 400, "{\"error\":\"invalid_scope\"}", TOKEN_SETTING,
		    "oauth2.scopes" },
		{ 403, "no", TOKEN_REFUSED, "status 403" },
		{ 404, "", TOKEN_SETTING, "token_url" },
		{ 302, "", TOKEN_SETTING, "redirects" },
		{ 429, "", TOKEN_BUSY, "cannot now" },
		{ 503, "", TOKEN_BUSY, "cannot now" },
		{ 200, "<html>", TOKEN_INVALID, "no token" },
		{ 200, "{\"access_token\":\"a\\nb\"}", TOKEN_INVALID,
		    "no token" },
		{ 200, "{\"access_token\":\"a\",\"expires_in\":-5}",
		    TOKEN_INVALID, "has ended" },
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f->answers[0].status = f->answers[1].status = cases[i].status;
		f->answers[0].body = f->answers[1].body = cases[i].body;
		fetch_in_vain(f, cases[i].failure, cases[i].words);
	}
	f->answers[1].status = 503;
	f->answers[1].retry_after = "7";
	fetch_in_vain(f, TOKEN_BUSY, "cannot now");
	assert_int_equal(f->got.retry_after, 7 * CLOCK_SEC);
	f->answers[1].outcome = HTTP_UNREACHED;
	fetch_in_vain(f, TOKEN_UNREACHABLE, "reach it");
}

static void
a_token_without_an_end_lasts_an_hour(void **state)
{
	struct fixture *f = *state;

	f->answers[0].body = "{\"access_token\":\"a\"}";
	fetch(f);
	assert_string_equal(f->token, "a");
	assert_int_equal(f->got.lifetime, OAUTH2_LIFETIME);
}

static void
a_client_may_sign_instead(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *key = keys_rsa(2048);
	struct buf pem;
	FILE *file;

	buf_init(&pem, 10000);
	keys_put_key(&pem, key, NULL);
	f->oauth2.signs = true;
	f->oauth2.key.file = (char[]){ "oauth2_test.pem" };
	free(f->oauth2.secret.text);
	f->oauth2.secret.text = NULL;
	(void)unlink(f->oauth2.key.file);
	fetch_in_vain(f, TOKEN_FILE, "oauth2_test.pem: No such file");
	assert_non_null(file = fopen(f->oauth2.key.file, "w"));
	assert_true(fputs(buf_text(&pem), file) >= 0);
	assert_int_equal(fclose(file), 0);
	fetch(f);
	assert_string_equal(f->token, "t0ken");
	assert_non_null(strstr(f->body,
	    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
	    "&assertion=eyJ"));
	assert_null(strstr(f->headers, "Authorization"));
	f->answers[1].status = 401;
	f->answers[1].body = "";
	fetch_in_vain(f, TOKEN_CREDENTIAL, "its secret or key");
	assert_int_equal(sim_requests(f->sim), 2);
	(void)unlink(f->oauth2.key.file);
	buf_release(&pem);
	EVP_PKEY_free(key);
}

static void
what_is_cancelled_is_not_heard_of(void **state)
{
	struct fixture *f = *state;

	fetch(f);
	assert_int_equal(token_fetch(f->source, told, f), 0);
	token_cancel(f->source);
	sim_starve(f->sim, 1);
	assert_int_equal(token_fetch(f->source, told, f), 0);
	token_cancel(f->source);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	assert_int_equal(f->calls, 1);
	sim_starve(f->sim, 1);
	fetch_in_vain(f, TOKEN_FAILED, "no memory");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name_) cmocka_unit_test_setup_teardown(name_, set_up, tear_down)
		TEST(the_secret_is_shown_in_the_header_first),
		TEST(then_in_the_form_which_is_remembered),
		TEST(who_takes_neither_is_shown_the_header_again),
		TEST(what_the_server_says_becomes_what_to_do),
		TEST(a_token_without_an_end_lasts_an_hour),
		TEST(a_client_may_sign_instead),
		TEST(what_is_cancelled_is_not_heard_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
