/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/send/errand.h"
#include "agent/send/redirect.h"
#include "tests/unit/http/sim.h"

struct fixture {
	struct sim *sim;
	struct config_remote remote;
	struct errand errand;
	struct sim_answer first, then; /* The answers. */
	unsigned int asked;            /* Requests made. */
	char url[64], retry[64];       /* Of the last. */
	unsigned int done;
	int status; /* Of what was done last. */
};

static const uint8_t body[] = "body";

static struct sim_answer
receive(void *arg, uint64_t number, const struct http_request *request)
{
	struct fixture *f = arg;
	const char *const *line = request->headers;

	assert_int_equal(request->body_len, sizeof(body));
	assert_memory_equal(request->body, body, sizeof(body));
	(void)snprintf(f->url, sizeof(f->url), "%s", request->url);
	f->retry[0] = '\0';
	for (; *line != NULL; line++)
		if (strncmp(*line, "Retry-", 6) == 0)
			(void)snprintf(f->retry, sizeof(f->retry), "%s", *line);
	f->asked++;
	return number == 0 ? f->first : f->then;
}

static void
done(void *arg, const struct http_response *response)
{
	struct fixture *f = arg;

	assert_false(errand_runs(&f->errand));
	f->done++;
	f->status = response->outcome == HTTP_ANSWERED ? response->status : -1;
}

static int
set_up(void **state)
{
	static char url[] = "http://receiver/write";
	static struct fixture f;

	log_init(LOG_ERROR, LOG_LOGFMT);
	f = (struct fixture){
		.remote = { .url = url,
		    .follow_redirects = true,
		    .remote_timeout = CLOCK_SEC },
		.first = { 1000, HTTP_ANSWERED, .status = 200 },
		.then = { 1000, HTTP_ANSWERED, .status = 200 },
	};
	f.sim = sim_new(&(struct sim_receiver){ receive, NULL, &f });
	f.errand = (struct errand){
		.http = sim_http(f.sim),
		.remote = &f.remote,
		.done = done,
		.arg = &f,
	};
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	errand_release(&f->errand);
	sim_free(f->sim);
	return 0;
}

static void
go(struct fixture *f, unsigned int tries)
{
	errand_run(&f->errand, body, sizeof(body), tries);
}

static void
it_tells_what_was_answered(void **state)
{
	struct fixture *f = *state;

	go(f, 0);
	assert_true(errand_runs(&f->errand));
	assert_int_equal(f->done, 0);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->done, 1);
	assert_int_equal(f->status, 200);
	assert_string_equal(f->retry, "");
	go(f, 3);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_string_equal(f->retry, "Retry-Attempt: 3");
}

static void
without_memory_it_is_done_at_once(void **state)
{
	struct fixture *f = *state;

	sim_starve(f->sim, 1);
	go(f, 0);
	assert_int_equal(f->done, 1);
	assert_int_equal(f->status, -1);
}

static void
a_redirect_is_followed_and_only_the_end_is_told(void **state)
{
	struct fixture *f = *state;

	f->first.status = 307;
	f->first.location = "http://other/write";
	go(f, 0);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_string_equal(f->url, "http://other/write");
	assert_int_equal(f->asked, 2);
	assert_int_equal(f->done, 1);
	assert_int_equal(f->status, 200);
	/* The next begins where this did. */
	go(f, 0);
	assert_string_equal(f->url, "http://receiver/write");
}

static void
redirects_have_an_end(void **state)
{
	struct fixture *f = *state;

	f->first.status = f->then.status = 302;
	f->first.location = f->then.location = "/circle";
	go(f, 0);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->asked, 1 + REDIRECTS_MAX);
	assert_int_equal(f->done, 1);
	assert_int_equal(f->status, 302);
}

static void
what_is_cancelled_is_not_told(void **state)
{
	struct fixture *f = *state;

	errand_cancel(&f->errand);
	go(f, 0);
	errand_cancel(&f->errand);
	assert_false(errand_runs(&f->errand));
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->done, 0);
}

static void
it_goes_another_way_from_then_on(void **state)
{
	static char url[] = "http://another/write";
	struct fixture *f = *state;
	struct config_remote remote = f->remote;

	go(f, 0);
	(void)sim_run(f->sim, CLOCK_SEC);
	remote.url = url;
	errand_tune(&f->errand, &remote, sim_http(f->sim));
	go(f, 0);
	assert_string_equal(f->url, url);
}

static void
answers_are_judged(void **state)
{
	const struct {
		enum http_outcome outcome;
		int status;
		bool accepted, may_pass;
	} table[] = {
		{ HTTP_ANSWERED, 200, true, false },
		{ HTTP_ANSWERED, 204, true, false },
		{ HTTP_ANSWERED, 302, false, false },
		{ HTTP_ANSWERED, 400, false, false },
		{ HTTP_ANSWERED, 401, false, false },
		{ HTTP_ANSWERED, 408, false, true },
		{ HTTP_ANSWERED, 429, false, true },
		{ HTTP_ANSWERED, 503, false, true },
		{ HTTP_FAILED, 0, false, true },
	};
	struct http_response response = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		response.outcome = table[i].outcome;
		response.status = table[i].status;
		assert_int_equal(errand_accepted(&response), table[i].accepted);
		if (!table[i].accepted)
			assert_int_equal(
			    errand_may_pass(&response), table[i].may_pass);
	}
}

static void
time_may_be_asked_for(void **state)
{
	struct fixture *f = *state;
	struct http_response response = { 0 };

	assert_int_equal(errand_asked(&response, sim_clock(f->sim)), 0);
	response.retry_after = "7";
	assert_int_equal(
	    errand_asked(&response, sim_clock(f->sim)), 7 * CLOCK_SEC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(it_tells_what_was_answered),
		TEST(without_memory_it_is_done_at_once),
		TEST(a_redirect_is_followed_and_only_the_end_is_told),
		TEST(redirects_have_an_end),
		TEST(what_is_cancelled_is_not_told),
		TEST(it_goes_another_way_from_then_on),
		TEST(answers_are_judged),
		TEST(time_may_be_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
