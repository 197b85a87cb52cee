/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/send/verdict.h"

/* 2026-01-02T03:04:05Z, in milliseconds since 1970. */
#define NOW INT64_C(1767323045000)

static const uint16_t hold[] = { 401, 403 };
static const struct verdict_rules plain = {
	.retry_429 = true,
	.hold = hold,
	.hold_len = 2,
};
static const struct verdict_rules known = {
	.retry_429 = true,
	.authenticated = true,
	.hold = hold,
	.hold_len = 2,
};
static const struct verdict_rules strict = { .retry_429 = false };

static const struct verdict_history fresh = { .divisible = true };

/* An answer of ${status} to a request of ${history}. */
static struct verdict
answer(int status, const struct verdict_rules *rules,
    const struct verdict_history *history)
{
	return verdict(
	    &(struct http_response){
		.outcome = HTTP_ANSWERED,
		.status = status,
		.error = "",
		.body = "",
	    },
	    rules, history, NOW);
}

static struct verdict
judge(int status, const char *retry_after, const struct verdict_rules *rules)
{
	return verdict(
	    &(struct http_response){
		.outcome = HTTP_ANSWERED,
		.status = status,
		.error = "",
		.body = "",
		.retry_after = retry_after,
	    },
	    rules, &fresh, NOW);
}

/* What an answer of any kind of receiver leads to. */
static const struct {
	int first, last; /* Statuses. */
	enum step step;  /* With and without authentication, if not below. */
} table[] = {
	{ 200, 299, STEP_DELIVERED },
	{ 300, 399, STEP_HOLD },
	{ 400, 400, STEP_GIVE_UP },
	{ 402, 402, STEP_GIVE_UP },
	{ 404, 407, STEP_GIVE_UP },
	{ 408, 408, STEP_RETRY },
	{ 409, 412, STEP_GIVE_UP },
	{ 413, 413, STEP_HALVE },
	{ 414, 428, STEP_GIVE_UP },
	{ 429, 429, STEP_PAUSE },
	{ 430, 499, STEP_GIVE_UP },
	{ 500, 599, STEP_RETRY },
};

static void
each_status_has_its_step(void **state)
{
	size_t i;
	int status;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(*table); i++)
		for (status = table[i].first; status <= table[i].last;
		     status++) {
			assert_int_equal(
			    judge(status, NULL, &plain).step, table[i].step);
			assert_int_equal(
			    judge(status, NULL, &known).step, table[i].step);
		}
}

static const struct verdict_rules bisecting = {
	.retry_429 = true,
	.bisect = true,
	.hold = hold,
	.hold_len = 2,
};
static const uint16_t other_hold[] = { 404 };
static const struct verdict_rules holding = {
	.hold = other_hold,
	.hold_len = 1,
	.hold_always = true,
};

/* The rows of the table that depend on more than the status. */
static const struct {
	const char *what;
	int status;
	const struct verdict_rules *rules;
	struct verdict_history history;
	enum step step;
	enum fail_reason reason;
} rows[] = {
	{ "413 to a single entry", 413, &plain, { .divisible = false },
	    STEP_GIVE_UP, FAIL_LARGE },
	{ "413 to several kinds", 413, &plain,
	    { .divisible = true, .mixed = true }, STEP_HALVE, 0 },
	{ "413 beyond the requests of a search", 413, &plain,
	    { .divisible = true, .requests = 1000 }, STEP_HALVE, 0 },
	{ "400 to what is new", 400, &plain, { .divisible = true },
	    STEP_GIVE_UP, FAIL_REFUSED },
	{ "400 to what may be there", 400, &plain,
	    { .divisible = true, .suspect = true }, STEP_HALVE, 0 },
	{ "409 to what may be there", 409, &plain,
	    { .divisible = true, .suspect = true }, STEP_HALVE, 0 },
	{ "422 to what may be there", 422, &plain,
	    { .divisible = true, .suspect = true }, STEP_HALVE, 0 },
	{ "404 to what may be there", 404, &plain,
	    { .divisible = true, .suspect = true }, STEP_GIVE_UP,
	    FAIL_REFUSED },
	{ "400 to one entry that may be there", 400, &plain,
	    { .suspect = true }, STEP_GIVE_UP, FAIL_DUPLICATE },
	{ "the last request that may be spent", 400, &plain,
	    { .divisible = true,
		.suspect = true,
		.requests = VERDICT_BISECT_MAX },
	    STEP_HALVE, 0 },
	{ "all requests are spent", 400, &plain,
	    { .divisible = true,
		.suspect = true,
		.requests = VERDICT_BISECT_MAX + 1 },
	    STEP_GIVE_UP, FAIL_DUPLICATE },
	{ "400 to several kinds", 400, &plain,
	    { .divisible = true, .mixed = true }, STEP_DIVIDE, 0 },
	{ "400 to several kinds that may be there", 400, &plain,
	    { .divisible = true, .mixed = true, .suspect = true }, STEP_DIVIDE,
	    0 },
	{ "401 to several kinds, without credentials", 401, &plain,
	    { .divisible = true, .mixed = true }, STEP_DIVIDE, 0 },
	{ "400 where it is searched", 400, &bisecting, { .divisible = true },
	    STEP_HALVE, 0 },
	{ "404 where it is searched", 404, &bisecting, { .divisible = true },
	    STEP_HALVE, 0 },
	{ "400 to one where it is searched", 400, &bisecting,
	    { .divisible = false }, STEP_GIVE_UP, FAIL_REFUSED },
	{ "400 where it is searched, all spent", 400, &bisecting,
	    { .divisible = true, .requests = VERDICT_BISECT_MAX + 1 },
	    STEP_GIVE_UP, FAIL_REFUSED },
	{ "400 where it is searched, few left", 400, &bisecting,
	    { .divisible = true, .requests = 23, .search_max = 23 }, STEP_HALVE,
	    0 },
	{ "400 where it is searched, few spent", 400, &bisecting,
	    { .divisible = true, .requests = 24, .search_max = 23 },
	    STEP_GIVE_UP, FAIL_REFUSED },
	{ "400 to what may be there, few spent", 400, &bisecting,
	    { .divisible = true,
		.suspect = true,
		.requests = 24,
		.search_max = 23 },
	    STEP_HALVE, 0 },
	{ "404 where that is held", 404, &holding, { .divisible = true },
	    STEP_HOLD, 0 },
	{ "403 where only 404 is held", 403, &holding, { .divisible = true },
	    STEP_GIVE_UP, FAIL_REFUSED },
	{ "415 is a refusal", 415, &known, { .divisible = true }, STEP_GIVE_UP,
	    FAIL_REFUSED },
	{ "500 to poison", 500, &plain, { .poison = true }, STEP_GIVE_UP,
	    FAIL_POISON },
	{ "400 is no poison", 400, &plain, { .poison = true }, STEP_GIVE_UP,
	    FAIL_REFUSED },
	{ "301 to where it may go", 301, &plain, { .target = true },
	    STEP_FOLLOW, 0 },
	{ "302 to where it may go", 302, &plain, { .target = true },
	    STEP_FOLLOW, 0 },
	{ "307 to where it may go", 307, &plain, { .target = true },
	    STEP_FOLLOW, 0 },
	{ "308 to where it may go", 308, &plain, { .target = true },
	    STEP_FOLLOW, 0 },
	{ "303 asks for a GET", 303, &plain, { .target = true }, STEP_HOLD, 0 },
	{ "300 offers a choice", 300, &plain, { .target = true }, STEP_HOLD,
	    0 },
};

static void
each_row_of_the_table_is_kept(void **state)
{
	struct verdict got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		got = answer(rows[i].status, rows[i].rules, &rows[i].history);
		if (got.step != rows[i].step || got.reason != rows[i].reason)
			fail_msg("%s: step %d, reason %d", rows[i].what,
			    (int)got.step, (int)got.reason);
	}
}

static void
one_that_is_refused_is_found_in_so_many_requests(void **state)
{
	(void)state;
	assert_int_equal(verdict_search_max(1), 1);
	assert_int_equal(verdict_search_max(2), 3);
	assert_int_equal(verdict_search_max(2000), 23);
	assert_int_equal(verdict_search_max(2048), 23);
	assert_int_equal(verdict_search_max(20000), 31);
	assert_int_equal(verdict_search_max(UINT32_MAX), 63);
}

/* What broke off, or failed inside the receiver, may have been taken. */
static void
what_may_have_been_delivered_is_suspect(void **state)
{
	static const struct {
		enum http_outcome outcome;
		int status;
		bool suspect;
	} ends[] = {
		{ HTTP_ANSWERED, 200, false },
		{ HTTP_ANSWERED, 400, false },
		{ HTTP_ANSWERED, 408, true },
		{ HTTP_ANSWERED, 429, false },
		{ HTTP_ANSWERED, 500, true },
		{ HTTP_ANSWERED, 504, true },
		{ HTTP_UNRESOLVED, 0, false },
		{ HTTP_UNREACHED, 0, false },
		{ HTTP_BROKEN, 0, true },
		{ HTTP_TIMED_OUT, 0, true },
		{ HTTP_FAILED, 0, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		assert_int_equal(verdict_suspects(&(struct http_response){
				     .outcome = ends[i].outcome,
				     .status = ends[i].status,
				 }),
		    ends[i].suspect);
	assert_true(verdict_suspects(&(struct http_response){
	    .outcome = HTTP_ANSWERED, .status = 400, .resent = true }));
}

static void
who_has_credentials_is_held_when_they_are_not_accepted(void **state)
{
	(void)state;
	assert_int_equal(judge(401, NULL, &known).step, STEP_HOLD);
	assert_int_equal(judge(403, NULL, &known).step, STEP_HOLD);
	assert_int_equal(judge(401, NULL, &plain).step, STEP_GIVE_UP);
	assert_int_equal(judge(403, NULL, &plain).step, STEP_GIVE_UP);
}

static void
no_answer_is_tried_again(void **state)
{
	const enum http_outcome outcomes[] = { HTTP_UNRESOLVED, HTTP_UNREACHED,
		HTTP_BROKEN, HTTP_TIMED_OUT, HTTP_FAILED };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(outcomes) / sizeof(*outcomes); i++)
		assert_int_equal(verdict(
				     &(struct http_response){
					 .outcome = outcomes[i],
					 .error = "",
					 .body = "",
				     },
				     &known, &fresh, NOW)
				     .step,
		    STEP_RETRY);
}

static void
a_wait_asked_for_is_a_pause_of_that_long(void **state)
{
	struct verdict verdict;

	(void)state;
	verdict = judge(429, "7", &plain);
	assert_int_equal(verdict.step, STEP_PAUSE);
	assert_int_equal(verdict.pause, 7 * CLOCK_SEC);
	verdict = judge(503, "7", &plain);
	assert_int_equal(verdict.step, STEP_PAUSE);
	assert_int_equal(verdict.pause, 7 * CLOCK_SEC);
	verdict = judge(500, "Fri, 02 Jan 2026 03:05:05 GMT", &plain);
	assert_int_equal(verdict.step, STEP_PAUSE);
	assert_int_equal(verdict.pause, 60 * CLOCK_SEC);
}

static void
a_pause_without_a_time_is_as_the_backoff(void **state)
{
	(void)state;
	assert_int_equal(judge(429, NULL, &plain).pause, 0);
	assert_int_equal(judge(429, "soon", &plain).pause, 0);
	assert_int_equal(judge(503, "soon", &plain).step, STEP_PAUSE);
	assert_int_equal(judge(503, "soon", &plain).pause, 0);
}

static void
a_429_is_refused_where_it_is_not_to_be_retried(void **state)
{
	(void)state;
	assert_int_equal(judge(429, NULL, &strict).step, STEP_GIVE_UP);
	assert_int_equal(judge(429, "7", &strict).step, STEP_GIVE_UP);
	assert_int_equal(judge(503, "7", &strict).step, STEP_PAUSE);
}

static void
a_wait_is_only_heeded_where_it_makes_sense(void **state)
{
	(void)state;
	assert_int_equal(judge(200, "7", &plain).step, STEP_DELIVERED);
	assert_int_equal(judge(400, "7", &plain).step, STEP_GIVE_UP);
	assert_int_equal(judge(408, "7", &plain).step, STEP_RETRY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_status_has_its_step),
		cmocka_unit_test(each_row_of_the_table_is_kept),
		cmocka_unit_test(
		    one_that_is_refused_is_found_in_so_many_requests),
		cmocka_unit_test(what_may_have_been_delivered_is_suspect),
		cmocka_unit_test(
		    who_has_credentials_is_held_when_they_are_not_accepted),
		cmocka_unit_test(no_answer_is_tried_again),
		cmocka_unit_test(a_wait_asked_for_is_a_pause_of_that_long),
		cmocka_unit_test(a_pause_without_a_time_is_as_the_backoff),
		cmocka_unit_test(
		    a_429_is_refused_where_it_is_not_to_be_retried),
		cmocka_unit_test(a_wait_is_only_heeded_where_it_makes_sense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
