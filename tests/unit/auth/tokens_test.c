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

#include "agent/auth/auth.h"
#include "agent/auth/tokens.h"
#include "agent/base/log.h"
#include "tests/unit/config/expect.h"
#include "tests/unit/http/sim.h"

#define ONE "azuread: {managed_identity: {source: imds}}"

static const char *const two_of_one_and_another =
    DATA "remote_write:\n"
	 "- {url: 'https://a/w', " ONE "}\n"
	 "- {url: 'https://b/w', " ONE "}\n"
	 "- {url: 'https://c/w', azuread: {managed_identity: "
	 "{client_id: 01234567-89ab-cdef-0123-456789abcdef, source: imds}}}\n";

struct fixture {
	struct sim *sim;
	struct stats *stats;
	struct tokens *tokens;
	struct config *config;
	bool deny;          /* There is no identity. */
	unsigned int asked; /* Of the endpoint, */
	unsigned int sent;  /* and of anyone else. */
	char header[128];   /* The last that was sent, and */
	bool proxied;       /* whether by a proxy. */
	int status;         /* To be answered to that. */
	int got;            /* What came of it. */
	char error[256];
};

static struct sim_answer
receive(void *arg, uint64_t number, const struct http_request *request)
{
	static const char *const bodies[] = {
		"{\"access_token\":\"abc\",\"expires_in\":100}",
		"{\"access_token\":\"def\",\"expires_in\":100}",
	};
	struct fixture *f = arg;
	struct sim_answer answer = {
		.latency = CLOCK_MSEC, .outcome = HTTP_ANSWERED, .status = 200
	};

	(void)number;
	if (strncmp(request->url, "http://169.254", 14) == 0) {
		answer.body = bodies[f->asked++ % 2];
		if (f->deny) {
			answer.status = 400;
			answer.body = "{\"error\":\"identity_not_found\"}";
		}
		return answer;
	}
	f->sent++;
	strcpy(f->header, request->headers[0]);
	f->proxied = request->proxy != NULL;
	answer.status = f->status;
	return answer;
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	log_init(LOG_ERROR, LOG_LOGFMT);
	f->sim = sim_new(&(struct sim_receiver){ .begin = receive, .arg = f });
	f->stats = stats_new();
	f->tokens = tokens_new(&(struct tokens_options){
	    .clock = sim_clock(f->sim),
	    .http = sim_http(f->sim),
	    .stats = f->stats,
	});
	assert_non_null(f->tokens);
	f->config = expect_config(two_of_one_and_another);
	f->status = 200;
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	config_free(f->config);
	tokens_free(f->tokens);
	stats_free(f->stats);
	sim_free(f->sim);
	free(f);
	return 0;
}

static struct identity *
hold(struct fixture *f, size_t i)
{
	struct identity *identity =
	    tokens_hold(f->tokens, &f->config->remotes[i]);

	assert_non_null(identity);
	return identity;
}

static void
those_who_say_the_same_share_a_token(void **state)
{
	struct fixture *f = *state;
	struct identity *a = hold(f, 0), *b = hold(f, 1), *c = hold(f, 2);

	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, c);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->asked, 2);
	tokens_drop(f->tokens, a);
	assert_non_null(identity_token(b, &(uint64_t){ 0 }));
	tokens_drop(f->tokens, b);
	tokens_drop(f->tokens, c);
	tokens_drop(f->tokens, NULL);
}

static void
an_identity_outlives_its_configuration(void **state)
{
	struct fixture *f = *state;
	struct identity *a = hold(f, 0), *b;

	config_free(f->config);
	f->config = expect_config(two_of_one_and_another);
	b = hold(f, 1);
	assert_ptr_equal(a, b);
	tokens_drop(f->tokens, a);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->asked, 1);
	tokens_drop(f->tokens, b);
}

static void
two_of_one_name_are_counted_as_one(void **state)
{
	struct fixture *f = *state;
	struct config *other = expect_config(
	    DATA "remote_write:\n- {url: 'https://a/w', azuread: "
		 "{cloud: AzureChina, managed_identity: {source: imds}}}\n");
	struct identity *a = hold(f, 0), *b;
	struct buf page;

	b = tokens_hold(f->tokens, &other->remotes[0]);
	config_free(other);
	assert_ptr_not_equal(a, b);
	(void)sim_run(f->sim, CLOCK_SEC);
	tokens_drop(f->tokens, a);
	buf_init(&page, 1 << 16);
	stats_write(f->stats, &page);
	assert_non_null(strstr(buf_text(&page),
	    "walship_token_refreshes_total{identity=\"managed_identity\"} "
	    "2\n"));
	tokens_drop(f->tokens, b);
	buf_reset(&page);
	stats_write(f->stats, &page);
	assert_string_equal(buf_text(&page), "");
	buf_release(&page);
}

static void
answered(void *arg, const struct http_response *response)
{
	struct fixture *f = arg;

	f->got = response->status;
	strncpy(f->error, response->error, sizeof(f->error) - 1);
}

/* POST as the first entry, and see it through. */
static void
post(struct fixture *f, struct http *http)
{
	const struct http_request request = { .url = "https://a/w",
		.timeout = CLOCK_SEC };

	assert_non_null(http_post(http, &request, answered, f));
	(void)sim_run(f->sim, 10 * CLOCK_MSEC);
}

static struct http *
make_auth(struct fixture *f)
{
	struct http *http = auth_new(sim_clock(f->sim), sim_http(f->sim),
	    f->tokens, &f->config->remotes[0]);

	assert_non_null(http);
	return http;
}

static void
a_request_carries_the_token(void **state)
{
	struct fixture *f = *state;
	struct http *http = make_auth(f);

	post(f, http);
	assert_int_equal(f->got, 200);
	assert_int_equal(f->asked, 1);
	assert_string_equal(f->header, "Authorization: Bearer abc");
	assert_true(auth_look(http).tokens);
	assert_true(auth_look(http).expiry > (double)SIM_WALL / 1000);
	assert_null(auth_look(http).error);
	auth_free(http);
}

static void
without_one_there_is_no_request(void **state)
{
	struct fixture *f = *state;
	struct http *http = make_auth(f);

	f->deny = true;
	post(f, http);
	assert_int_equal(f->sent, 0);
	assert_non_null(strstr(f->error, "no identity"));
	/* Now that this is known, it is said at once. */
	f->error[0] = '\0';
	post(f, http);
	assert_int_equal(f->sent, 0);
	assert_non_null(strstr(f->error, "no identity"));
	assert_true(auth_look(http).expiry == 0);
	assert_non_null(strstr(auth_look(http).error, "no identity"));
	auth_free(http);
}

static void
who_waits_for_a_token_can_be_cancelled(void **state)
{
	const struct http_request request = { .url = "https://a/w",
		.timeout = CLOCK_SEC };
	struct fixture *f = *state;
	struct http *http = make_auth(f);
	struct http_call *one, *two;

	one = http_post(http, &request, answered, f);
	two = http_post(http, &request, answered, f);
	http_cancel(one);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->sent, 1);
	(void)two;
	auth_free(http);
}

static void
who_finds_no_memory_when_it_comes_is_told(void **state)
{
	const struct http_request request = { .url = "https://a/w",
		.timeout = CLOCK_SEC };
	struct fixture *f = *state;
	struct http *http = make_auth(f);

	assert_non_null(http_post(http, &request, answered, f));
	(void)sim_run(f->sim, 0);
	assert_int_equal(f->asked, 1);
	sim_starve(f->sim, 1);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->sent, 0);
	assert_string_equal(f->error, "out of memory");
	auth_free(http);
}

static void
after_a_401_there_is_another(void **state)
{
	struct fixture *f = *state;
	struct http *http = make_auth(f);

	(void)sim_run(f->sim, CLOCK_SEC);
	f->status = 403;
	post(f, http);
	assert_int_equal(f->asked, 1);
	f->status = 401;
	post(f, http);
	assert_int_equal(f->got, 401);
	assert_int_equal(f->asked, 2);
	f->status = 200;
	post(f, http);
	assert_string_equal(f->header, "Authorization: Bearer def");
	auth_free(http);
}

static void
a_token_in_the_clear_goes_by_no_proxy(void **state)
{
	static const char *const schemes[] = { "https", "http" };
	struct http_request request = { .timeout = CLOCK_SEC };
	struct fixture *f = *state;
	struct http *http;
	char text[512];
	size_t i;

	for (i = 0; i < 2; i++) {
		(void)snprintf(text, sizeof(text),
		    DATA "remote_write:\n- {url: '%s://127.0.0.1/w', "
			 "proxy_url: 'http://p:1', " ONE "}\n",
		    schemes[i]);
		config_free(f->config);
		f->config = expect_config(text);
		http = make_auth(f);
		request.url = f->config->remotes[0].url;
		assert_non_null(http_post(http, &request, answered, f));
		(void)sim_run(f->sim, CLOCK_SEC);
		assert_int_equal(f->sent, i + 1);
		assert_int_equal(f->proxied, i == 0);
		auth_free(http);
	}
}

static void
a_token_goes_nowhere_else(void **state)
{
	struct fixture *f = *state;
	struct http *http = make_auth(f);
	const struct http_request request = { .url = "https://other/w",
		.timeout = CLOCK_SEC };

	(void)sim_run(f->sim, CLOCK_SEC);
	assert_non_null(http_post(http, &request, answered, f));
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->sent, 0);
	assert_non_null(strstr(f->error, "not sent to another host"));
	auth_free(http);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(those_who_say_the_same_share_a_token),
		TEST(an_identity_outlives_its_configuration),
		TEST(two_of_one_name_are_counted_as_one),
		TEST(a_request_carries_the_token),
		TEST(without_one_there_is_no_request),
		TEST(who_waits_for_a_token_can_be_cancelled),
		TEST(who_finds_no_memory_when_it_comes_is_told),
		TEST(after_a_401_there_is_another),
		TEST(a_token_in_the_clear_goes_by_no_proxy),
		TEST(a_token_goes_nowhere_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
