/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/auth/identity.h"
#include "agent/base/log.h"
#include "tests/unit/http/sim.h"

/* A source that answers after a second, with what it is told. */
struct fixture {
	struct token_source source; /* At the head. */
	struct sim *sim;
	struct stats *stats;
	struct token_meters meters;
	struct identity *identity;
	struct timer *timer;
	token_done_fn *done;
	void *arg;
	bool asked; /* And not answered yet. */
	unsigned int fetches, cancelled, starving;
	struct token_answer answer;
	char token[16]; /* "t1", "t2", ...; what answers have. */
	int fd;         /* Of the log. */
	char text[16384];
};

static void
answer(void *arg)
{
	struct fixture *f = arg;
	struct token_answer told = f->answer;

	if (told.lifetime > 0) {
		(void)snprintf(f->token, sizeof(f->token), "t%u", f->fetches);
		told.token = f->token;
	}
	f->asked = false;
	f->done(f->arg, &told);
}

static int
fetch(struct token_source *source, token_done_fn *done, void *arg)
{
	struct fixture *f = (struct fixture *)source;

	assert_false(f->asked);
	if (f->starving > 0) {
		f->starving--;
		return -1;
	}
	f->asked = true;
	f->fetches++;
	f->done = done;
	f->arg = arg;
	timer_set(f->timer, sim_now(f->sim) + CLOCK_SEC);
	return 0;
}

static void
cancel(struct token_source *source)
{
	struct fixture *f = (struct fixture *)source;

	f->cancelled += f->asked;
	f->asked = false;
	timer_set(f->timer, CLOCK_NEVER);
}

static void
release(struct token_source *source)
{
	struct fixture *f = (struct fixture *)source;

	timer_free(f->timer);
	f->timer = NULL;
}

static int
set_up(void **state)
{
	static const struct sim_receiver nobody = { 0 };
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->source = (struct token_source){ fetch, cancel, release };
	f->sim = sim_new(&nobody);
	f->stats = stats_new();
	assert_int_equal(token_meters_init(&f->meters, f->stats, "who"), 0);
	f->timer = timer_new(sim_clock(f->sim), answer, f);
	f->fd = memfd_create("log", MFD_CLOEXEC);
	log_to(f->fd);
	log_init(LOG_INFO, LOG_LOGFMT);
	f->answer.lifetime = 3600 * CLOCK_SEC;
	f->identity = identity_new(&(struct identity_options){
	    .clock = sim_clock(f->sim),
	    .source = &f->source,
	    .meters = &f->meters,
	    .name = "who",
	});
	assert_non_null(f->identity);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	identity_free(f->identity);
	assert_null(f->timer);
	token_meters_release(&f->meters);
	stats_free(f->stats);
	sim_free(f->sim);
	log_to(STDERR_FILENO);
	(void)close(f->fd);
	free(f);
	return 0;
}

/* What was logged so far. */
static const char *
logged(struct fixture *f)
{
	ssize_t n = pread(f->fd, f->text, sizeof(f->text) - 1, 0);

	assert_true(n >= 0);
	f->text[n] = '\0';
	return f->text;
}

/* How often ${words} were logged. */
static unsigned int
said(struct fixture *f, const char *words)
{
	const char *at = logged(f);
	unsigned int count = 0;

	for (; (at = strstr(at, words)) != NULL; at += strlen(words))
		count++;
	return count;
}

static void
run(struct fixture *f, uint64_t seconds)
{
	(void)sim_run(f->sim, seconds * CLOCK_SEC);
}

/* That the token is ${wanted}; NULL: that there is none. */
static uint64_t
expect_token(struct fixture *f, const char *wanted)
{
	uint64_t number = 0;
	const char *token = identity_token(f->identity, &number);

	if (wanted == NULL)
		assert_null(token);
	else
		assert_string_equal(token, wanted);
	return number;
}

static void
fail_with(struct fixture *f, enum token_failure failure, const char *error)
{
	f->answer = (struct token_answer){ .failure = failure, .error = error };
}

static void
a_token_is_asked_for_at_once(void **state)
{
	struct fixture *f = *state;

	expect_token(f, NULL);
	assert_non_null(strstr(identity_error(f->identity), "not come yet"));
	run(f, 2);
	assert_int_equal(expect_token(f, "t1"), 1);
	assert_int_equal(f->fetches, 1);
	assert_true(stat_value(f->meters.refreshes) == 1);
	assert_true(stat_value(f->meters.expiry) ==
	    (double)(SIM_WALL / 1000) + 1 + 3600);
	assert_int_equal(said(f, "msg=\"there is a token\" identity=who"), 1);
	assert_null(strstr(logged(f), "t1"));
}

static void
it_is_had_anew_at_half_its_life_or_a_little_later(void **state)
{
	struct fixture *f = *state;

	run(f, 1800);
	assert_int_equal(f->fetches, 1);
	run(f, 2 + 180);
	assert_int_equal(f->fetches, 2);
	assert_int_equal(expect_token(f, "t2"), 2);
	/* Of that nothing is said. */
	assert_int_equal(said(f, "there is a token"), 1);
}

static void
or_when_the_endpoint_says(void **state)
{
	struct fixture *f = *state;

	f->answer.refresh_in = 100 * CLOCK_SEC;
	run(f, 100);
	assert_int_equal(f->fetches, 1);
	run(f, 2 + 10);
	assert_int_equal(f->fetches, 2);
	f->answer.refresh_in = 3500 * CLOCK_SEC;
	run(f, 111);
	assert_int_equal(f->fetches, 3);
	run(f, 1802 + 180);
	assert_int_equal(f->fetches, 4);
}

static void
a_short_life_is_no_storm(void **state)
{
	struct fixture *f = *state;

	f->answer.lifetime = CLOCK_MSEC;
	run(f, 101);
	assert_in_range(f->fetches, 40, 52);
}

static void
one_that_cannot_be_renewed_serves_almost_to_its_end(void **state)
{
	struct fixture *f = *state;

	run(f, 2);
	fail_with(f, TOKEN_UNREACHABLE, "nobody there; call somebody");
	run(f, 3530);
	expect_token(f, "t1");
	assert_int_equal(said(f, "could not be renewed"), 6);
	run(f, 20);
	expect_token(f, NULL);
	assert_true(stat_value(f->meters.expiry) == 0);
	assert_string_equal(
	    identity_error(f->identity), "nobody there; call somebody");
	run(f, 30);
	assert_int_equal(said(f, "msg=\"there is no token"), 1);
	run(f, 600);
	assert_in_range(said(f, "msg=\"there is no token"), 2, 3);
	f->answer.lifetime = 3600 * CLOCK_SEC;
	run(f, 40);
	assert_int_equal(said(f, "there is a token"), 2);
	assert_non_null(identity_token(f->identity, &(uint64_t){ 0 }));
}

static void
of_a_short_one_a_tenth_is_left(void **state)
{
	struct fixture *f = *state;

	f->answer.lifetime = 20 * CLOCK_SEC;
	run(f, 2);
	fail_with(f, TOKEN_BUSY, "busy");
	run(f, 16);
	expect_token(f, "t1");
	run(f, 2);
	expect_token(f, NULL);
}

static void
failures_are_tried_again_ever_more_slowly(void **state)
{
	struct fixture *f = *state;
	unsigned int before;

	fail_with(f, TOKEN_BUSY, "busy");
	run(f, 75);
	/* 1, 2, 4, 8, 16 seconds, less a quarter by chance, and one each. */
	assert_in_range(f->fetches, 5, 8);
	run(f, 600);
	before = f->fetches;
	run(f, 310);
	assert_in_range(f->fetches - before, 9, 14);
	assert_true(stat_value(f->meters.failures[TOKEN_BUSY]) + 1 >=
	    (double)f->fetches);
	f->answer.lifetime = 3600 * CLOCK_SEC;
	run(f, 32);
	assert_non_null(identity_token(f->identity, &(uint64_t){ 0 }));
}

static void
an_endpoint_may_ask_for_a_while(void **state)
{
	struct fixture *f = *state;

	fail_with(f, TOKEN_BUSY, "busy");
	f->answer.retry_after = 100 * CLOCK_SEC;
	run(f, 100);
	assert_int_equal(f->fetches, 1);
	run(f, 3 + 10);
	assert_int_equal(f->fetches, 2);
	f->answer.retry_after = 100000 * CLOCK_SEC;
	run(f, 112);
	assert_int_equal(f->fetches, 3);
	run(f, 603 + 60);
	assert_int_equal(f->fetches, 4);
}

static void
a_failure_is_said_once_and_each_other_too(void **state)
{
	struct fixture *f = *state;

	fail_with(f, TOKEN_NO_IDENTITY, "none");
	run(f, 200);
	assert_int_equal(said(f, "level=warn"), 1);
	assert_int_equal(said(f, "err=none reason=no_identity"), 1);
	fail_with(f, TOKEN_CLOCK, "late");
	run(f, 100);
	assert_int_equal(said(f, "err=late reason=clock"), 1);
	assert_int_equal(said(f, "level=warn"), 2);
}

static void
a_token_that_is_refused_is_had_anew_once(void **state)
{
	struct fixture *f = *state;
	uint64_t number;

	run(f, 2);
	number = expect_token(f, "t1");
	identity_refused(f->identity, number);
	identity_refused(f->identity, number);
	run(f, 2);
	assert_int_equal(f->fetches, 2);
	/* One that was on its way with the old one says nothing of the new. */
	identity_refused(f->identity, number);
	run(f, 2);
	number = expect_token(f, "t2");
	/* The new one as well: this is no matter of the token. */
	identity_refused(f->identity, number);
	run(f, 200);
	assert_int_equal(f->fetches, 2);
	run(f, 100);
	identity_refused(f->identity, number - 1);
	run(f, 2);
	assert_int_equal(f->fetches, 2);
	identity_refused(f->identity, number);
	run(f, 2);
	assert_int_equal(f->fetches, 3);
}

static void
without_memory_it_is_asked_for_later(void **state)
{
	struct fixture *f = *state;

	f->starving = 1;
	run(f, 1);
	assert_string_equal(identity_error(f->identity), "out of memory");
	assert_true(stat_value(f->meters.failures[TOKEN_FAILED]) == 1);
	run(f, 3);
	expect_token(f, "t1");
}

static void
what_is_asked_for_at_the_end_is_cancelled(void **state)
{
	struct fixture *f = *state;

	(void)sim_run(f->sim, CLOCK_MSEC);
	assert_true(f->asked);
	identity_free(f->identity);
	f->identity = NULL;
	assert_int_equal(f->cancelled, 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(a_token_is_asked_for_at_once),
		TEST(it_is_had_anew_at_half_its_life_or_a_little_later),
		TEST(or_when_the_endpoint_says),
		TEST(a_short_life_is_no_storm),
		TEST(one_that_cannot_be_renewed_serves_almost_to_its_end),
		TEST(of_a_short_one_a_tenth_is_left),
		TEST(failures_are_tried_again_ever_more_slowly),
		TEST(an_endpoint_may_ask_for_a_while),
		TEST(a_failure_is_said_once_and_each_other_too),
		TEST(a_token_that_is_refused_is_had_anew_once),
		TEST(without_memory_it_is_asked_for_later),
		TEST(what_is_asked_for_at_the_end_is_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
