/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/ship/verdict.h"

/* 2026-01-02T03:04:05Z, in milliseconds since 1970. */
#define NOW INT64_C(1767323045000)

static const struct verdict_rules plain = { .retry_429 = true };
static const struct verdict_rules known = {
	.retry_429 = true,
	.authenticated = true,
};
static const struct verdict_rules strict = { .retry_429 = false };

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
	    rules, NOW);
}

/* What an answer of any kind of receiver leads to. */
static const struct {
	int first, last; /* Statuses. */
	enum step step;  /* With and without authentication, if not below. */
} table[] = {
	{ 200, 299, STEP_DELIVERED },
	{ 300, 399, STEP_HOLD },
	{ 400, 400, STEP_REFUSED },
	{ 402, 402, STEP_REFUSED },
	{ 404, 407, STEP_REFUSED },
	{ 408, 408, STEP_RETRY },
	{ 409, 428, STEP_REFUSED },
	{ 429, 429, STEP_PAUSE },
	{ 430, 499, STEP_REFUSED },
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

static void
who_has_credentials_is_held_when_they_are_not_accepted(void **state)
{
	(void)state;
	assert_int_equal(judge(401, NULL, &known).step, STEP_HOLD);
	assert_int_equal(judge(403, NULL, &known).step, STEP_HOLD);
	assert_int_equal(judge(401, NULL, &plain).step, STEP_REFUSED);
	assert_int_equal(judge(403, NULL, &plain).step, STEP_REFUSED);
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
				     &known, NOW)
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
	assert_int_equal(judge(429, NULL, &strict).step, STEP_REFUSED);
	assert_int_equal(judge(429, "7", &strict).step, STEP_REFUSED);
	assert_int_equal(judge(503, "7", &strict).step, STEP_PAUSE);
}

static void
a_wait_is_only_heeded_where_it_makes_sense(void **state)
{
	(void)state;
	assert_int_equal(judge(200, "7", &plain).step, STEP_DELIVERED);
	assert_int_equal(judge(400, "7", &plain).step, STEP_REFUSED);
	assert_int_equal(judge(408, "7", &plain).step, STEP_RETRY);
}

static void
seconds_are_read_to_ten_minutes_and_no_further(void **state)
{
	(void)state;
	assert_int_equal(verdict_retry_after("0", NOW), 0);
	assert_int_equal(verdict_retry_after("1", NOW), CLOCK_SEC);
	assert_int_equal(verdict_retry_after("0000120", NOW), 120 * CLOCK_SEC);
	assert_int_equal(verdict_retry_after("600", NOW), VERDICT_PAUSE_MAX);
	assert_int_equal(verdict_retry_after("601", NOW), VERDICT_PAUSE_MAX);
	assert_int_equal(verdict_retry_after("18446744073709551617", NOW),
	    VERDICT_PAUSE_MAX);
	assert_int_equal(
	    verdict_retry_after("99999999999999999999999999999999999", NOW),
	    VERDICT_PAUSE_MAX);
}

static void
dates_are_read_as_from_now(void **state)
{
	(void)state;
	assert_int_equal(
	    verdict_retry_after("Fri, 02 Jan 2026 03:04:06 GMT", NOW),
	    CLOCK_SEC);
	assert_int_equal(
	    verdict_retry_after("Fri, 02 Jan 2026 03:04:05 GMT", NOW), 0);
	assert_int_equal(
	    verdict_retry_after("Thu, 01 Jan 2026 03:04:05 GMT", NOW), 0);
	assert_int_equal(
	    verdict_retry_after("Tue, 13 Jan 2099 00:00:00 GMT", NOW),
	    VERDICT_PAUSE_MAX);
	assert_int_equal(
	    verdict_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", NOW),
	    VERDICT_PAUSE_MAX);
	assert_int_equal(
	    verdict_retry_after("Mon, 01 Jan 0001 00:00:00 GMT", NOW), 0);
	assert_int_equal(
	    verdict_retry_after("Fri, 02 Jan 2026 03:04:06 GMT", INT64_MIN / 2),
	    VERDICT_PAUSE_MAX);
}

static void
anything_else_is_no_time(void **state)
{
	static const char *const garbage[] = {
		"",
		" ",
		"-1",
		"+1",
		"1.5",
		"1s",
		"0x10",
		"1e3",
		"tomorrow",
		"Fri, 02 Jan 2026 03:05:05 GMT and more",
		"Fri, 02 Jan 2026 03:05:05",
		"Fri, 99 Jan 2026 03:05:05 GMT",
		"\xff\xfe",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(garbage) / sizeof(*garbage); i++)
		assert_int_equal(verdict_retry_after(garbage[i], NOW), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_status_has_its_step),
		cmocka_unit_test(
		    who_has_credentials_is_held_when_they_are_not_accepted),
		cmocka_unit_test(no_answer_is_tried_again),
		cmocka_unit_test(a_wait_asked_for_is_a_pause_of_that_long),
		cmocka_unit_test(a_pause_without_a_time_is_as_the_backoff),
		cmocka_unit_test(
		    a_429_is_refused_where_it_is_not_to_be_retried),
		cmocka_unit_test(a_wait_is_only_heeded_where_it_makes_sense),
		cmocka_unit_test(
		    seconds_are_read_to_ten_minutes_and_no_further),
		cmocka_unit_test(dates_are_read_as_from_now),
		cmocka_unit_test(anything_else_is_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
