/* SPDX-License-Identifier: Apache-2.0 */
/* Batches that are sent in pieces: too large, refused, or partly so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/send/verdict.h"
#include "agent/send/waits.h"
#include "tests/unit/send/sending.h"

static int
set_up(void **state)
{
	*state = sending_new();
	return 0;
}

static int
tear_down(void **state)
{
	sending_free(*state);
	return 0;
}

#define BIT(series_) (UINT64_C(1) << (series_))

/* What the receiver refuses, and how. */
static uint64_t bad;
static int refusal;
static size_t largest;

static struct sim_answer
refuse_bad(struct sending *f, const struct seen *seen)
{
	(void)f;
	return (struct sim_answer)SENDING_STATUS(
	    (seen->series & bad) != 0 ? refusal : 200);
}

static struct sim_answer
refuse_large(struct sending *f, const struct seen *seen)
{
	(void)f;
	return (struct sim_answer)SENDING_STATUS(
	    seen->samples > largest ? 413 : 200);
}

/* Of the requests, those that were accepted must hold each of these once. */
static void
expect_accepted(const struct sending *f, uint64_t want)
{
	uint64_t had = 0;
	size_t i;

	for (i = 0; i < f->seen_len; i++) {
		if ((f->seen[i].series & bad) != 0 ||
		    f->seen[i].samples > largest)
			continue;
		assert_int_equal(had & f->seen[i].series, 0);
		had |= f->seen[i].series;
	}
	assert_true(had == want);
}

static void
start(struct sending *f, int status, uint64_t what)
{
	bad = what;
	refusal = status;
	largest = SIZE_MAX;
	f->judge = refuse_bad;
	sending_start(f, NULL, 0);
}

static void
what_is_too_large_is_sent_in_halves(void **state)
{
	struct sending *f = *state;

	bad = 0;
	largest = 3;
	f->judge = refuse_large;
	sending_start(f, NULL, 0);
	(void)sending_put(f, 0, 20);
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
	expect_accepted(f, BIT(20) - 1);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 0);
	/* 20; 10, 5, 3 2, 5, 3 2; 10, ... */
	assert_int_equal(f->seen_len, 15);
	sending_expect(
	    f->meters.kinds[KEPT_SAMPLE].retried, 20 + 10 + 5 + 5 + 10 + 5 + 5);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].total, 20 + 60);
}

static void
a_sample_too_large_by_itself_is_dropped(void **state)
{
	struct sending *f = *state;

	bad = 0;
	largest = 0;
	f->judge = refuse_large;
	sending_start(f, NULL, 0);
	(void)sending_put(f, 0, 2);
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
	assert_int_equal(f->seen_len, 3);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 2);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].given_up[FAIL_LARGE], 2);
}

/* Nothing passes another: the second batch has a series of the first. */
static void
halves_go_before_what_comes_after(void **state)
{
	struct sending *f = *state;
	unsigned int i;

	bad = 0;
	largest = 1;
	f->judge = refuse_large;
	SENDING_START(f, SENDING_STATUS(503));
	(void)sending_put(f, 0, 4);
	(void)sending_put(f, 3, 1);
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
	assert_int_equal(f->seen_len, 9);
	assert_string_equal(f->seen[1].retry, "Retry-Attempt: 1");
	assert_string_equal(f->seen[2].retry, "");
	for (i = 1; i < f->seen_len; i++)
		assert_true(f->seen[i].at > f->seen[i - 1].at);
	assert_true(f->seen[7].series == BIT(3));
	assert_true(f->seen[8].series == BIT(3));
}

static void
a_refused_batch_is_dropped_at_first_sight(void **state)
{
	struct sending *f = *state;

	start(f, 400, BIT(7));
	(void)sending_put(f, 0, 20);
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->seen_len, 1);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 20);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].given_up[FAIL_REFUSED], 20);
}

static void
it_is_searched_where_the_configuration_says_so(void **state)
{
	struct sending *f = *state;

	f->remote.bisect_refused = true;
	start(f, 404, BIT(7) | BIT(11));
	(void)sending_put(f, 0, 20);
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
	expect_accepted(f, (BIT(20) - 1) & ~bad);
	assert_in_range(f->seen_len, 10, 20);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 2);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].given_up[FAIL_REFUSED], 2);
}

static void
what_may_have_been_delivered_is_searched(void **state)
{
	static const int statuses[] = { 400, 409, 422 };
	struct sending *f = *state;
	struct batch *batch;
	size_t i;

	for (i = 0; i < 3; i++) {
		start(f, statuses[i], BIT(7));
		f->seen_len = 0;
		batch = sending_put(f, 0, 20);
		batch->suspect = true;
		sender_fly(f->sender);
		(void)sim_run(f->sim, CLOCK_SEC);
		assert_int_equal(f->range.unsettled, 0);
		expect_accepted(f, (BIT(20) - 1) & ~bad);
		sending_expect(
		    f->meters.kinds[KEPT_SAMPLE].given_up[FAIL_DUPLICATE],
		    (double)i + 1);
		sending_expect(
		    f->meters.kinds[KEPT_SAMPLE].failed, (double)i + 1);
		sender_free(f->sender);
	}
	f->sender = NULL;
}

/* Its answer was lost; the receiver, which has it, refuses it now. */
/* A request for the whole, two halves, four quarters and eight eighths. */
static void
what_was_sent_whole_before_is_soon_known_to_be_there(void **state)
{
	struct sending *f = *state;
	struct batch *batch;

	start(f, 400, BIT(40) - 1);
	batch = sending_put(f, 0, 40);
	batch->suspect = batch->repeated = true;
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
	assert_int_equal(f->seen_len, 15);
	sending_expect(
	    f->meters.kinds[KEPT_SAMPLE].given_up[FAIL_DUPLICATE], 40);
}

/* It was not there: what is bad in its first eighth costs nothing else. */
static void
or_else_searched_like_others(void **state)
{
	struct sending *f = *state;
	struct batch *batch;

	start(f, 400, BIT(1) | BIT(39));
	batch = sending_put(f, 0, 40);
	batch->suspect = batch->repeated = true;
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
	expect_accepted(f, (BIT(40) - 1) & ~bad);
	sending_expect(
	    f->meters.kinds[KEPT_SAMPLE].given_up[FAIL_DUPLICATE], 2);
}

/* That it is too large says nothing of that. */
static void
what_was_sent_before_is_cut_as_small_as_need_be(void **state)
{
	struct sending *f = *state;
	struct batch *batch;

	bad = 0;
	largest = 3;
	f->judge = refuse_large;
	sending_start(f, NULL, 0);
	batch = sending_put(f, 0, 32);
	batch->suspect = batch->repeated = true;
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
	sending_expect(
	    f->meters.kinds[KEPT_SAMPLE].given_up[FAIL_DUPLICATE], 0);
	expect_accepted(f, BIT(32) - 1);
}

static void
an_attempt_without_an_answer_makes_suspect(void **state)
{
	static const struct sim_answer lost[] = {
		{ .latency = 1000, .outcome = HTTP_BROKEN },
		{ .latency = 1000, .outcome = HTTP_TIMED_OUT },
		SENDING_STATUS(500),
		SENDING_STATUS(408),
	};
	struct sending *f = *state;
	size_t i;

	for (i = 0; i < 4; i++) {
		bad = BIT(3);
		refusal = 400;
		f->judge = refuse_bad;
		f->seen_len = 0;
		sending_start(f, &lost[i], 1);
		f->script_len = 1 + sim_requests(f->sim);
		f->script = &lost[i] - sim_requests(f->sim);
		(void)sending_put(f, 0, 8);
		sender_fly(f->sender);
		(void)sim_run(f->sim, 10 * CLOCK_SEC);
		assert_int_equal(f->range.unsettled, 0);
		sending_expect(
		    f->meters.kinds[KEPT_SAMPLE].failed, (double)i + 1);
		sender_free(f->sender);
	}
	f->sender = NULL;
}

static void
an_attempt_that_never_arrived_does_not(void **state)
{
	struct sending *f = *state;

	bad = BIT(3);
	refusal = 400;
	f->judge = refuse_bad;
	SENDING_START(f, { .latency = 1000, .outcome = HTTP_UNREACHED },
	    SENDING_STATUS(429));
	(void)sending_put(f, 0, 8);
	sender_fly(f->sender);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	assert_int_equal(f->seen_len, 3);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 8);
}

/* A receiver that refuses all costs 64 requests a batch at most. */
static void
a_search_has_its_end(void **state)
{
	struct sending *f = *state;
	struct batch *batch;

	start(f, 422, UINT64_MAX);
	batch = sending_put(f, 0, 64);
	batch->suspect = true;
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
	assert_in_range(
	    f->seen_len, VERDICT_BISECT_MAX - 1, VERDICT_BISECT_MAX);
	sending_expect(
	    f->meters.kinds[KEPT_SAMPLE].given_up[FAIL_DUPLICATE], 64);
}

static void
a_search_outlasts_an_outage(void **state)
{
	struct sending *f = *state;
	struct batch *batch;

	start(f, 400, BIT(9));
	batch = sending_put(f, 0, 20);
	batch->suspect = true;
	sender_fly(f->sender);
	(void)sim_run(f->sim, 2500);
	f->always = (struct sim_answer)SENDING_STATUS(503);
	(void)sim_run(f->sim, 600 * CLOCK_SEC);
	f->always = (struct sim_answer)SENDING_OK;
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 1);
}

static void
what_is_above_the_bytes_of_a_request_is_cut_before(void **state)
{
	struct sending *f = *state;
	struct batch *batch;
	size_t i;

	bad = 0;
	largest = SIZE_MAX;
	batch = sending_put(f, 0, 60);
	f->remote.max_bytes_per_send = (uint32_t)batch->body_len / 3;
	sending_start(f, NULL, 0);
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
	expect_accepted(f, BIT(60) - 1);
	assert_in_range(f->seen_len, 4, 8);
	for (i = 0; i < f->seen_len; i++)
		assert_true(f->seen[i].bytes <= f->remote.max_bytes_per_send);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].total, 60);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].retried, 0);
}

static void
a_sample_above_the_bytes_of_a_request_is_dropped(void **state)
{
	struct sending *f = *state;

	f->remote.max_bytes_per_send = 5;
	sending_start(f, NULL, 0);
	(void)sending_put(f, 0, 3);
	sender_fly(f->sender);
	assert_int_equal(f->seen_len, 0);
	assert_int_equal(f->range.unsettled, 0);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].given_up[FAIL_LARGE], 3);
}

/* What is pending is what is not settled, part by part. */
static void
a_batch_counts_what_is_left_of_it(void **state)
{
	struct sending *f = *state;
	struct batch *batch;

	bad = 0;
	largest = 4;
	f->judge = refuse_large;
	sending_start(f, NULL, 0);
	batch = sending_put(f, 0, 8);
	sender_fly(f->sender);
	(void)sim_run(f->sim, 1500);
	assert_int_equal(batch->samples, 8);
	(void)sim_run(f->sim, 1000);
	assert_int_equal(batch->samples, 4);
	(void)sim_run(f->sim, 1000);
	assert_int_equal(f->window.used, 0);
}

static void
freeing_it_amid_pieces_leaves_nothing(void **state)
{
	struct sending *f = *state;

	bad = 0;
	largest = 1;
	f->judge = refuse_large;
	sending_start(f, NULL, 0);
	(void)sending_put(f, 0, 8);
	sender_fly(f->sender);
	(void)sim_run(f->sim, 3500);
	assert_int_equal(f->range.unsettled, 1);
	sender_free(f->sender);
	f->sender = NULL;
	assert_int_equal(sim_flying(f->sim), 0);
}

/* One of 32, five halvings: so many requests, a second between two. */
static void
a_search_is_short_and_slow_where_many_send(void **state)
{
	struct sending *f = *state;
	size_t i;

	f->remote.bisect_refused = f->remote.spread = true;
	f->remote.queue.batch_send_deadline = 15 * CLOCK_SEC;
	start(f, 400, BIT(20));
	(void)sending_put(f, 0, 32);
	sender_fly(f->sender);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
	expect_accepted(f, (BIT(32) - 1) & ~BIT(20));
	assert_int_equal(f->seen_len, verdict_search_max(32));
	for (i = 2; i < f->seen_len; i++)
		assert_in_range(f->seen[i].at - f->seen[i - 1].at, WAITS_SEARCH,
		    WAITS_SEARCH + 2000);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 1);
}

/* Of a batch with many of them, what was not found in time is given up. */
static void
a_search_for_too_many_ends_where_many_send(void **state)
{
	struct sending *f = *state;

	f->remote.bisect_refused = f->remote.spread = true;
	start(f, 400, UINT64_C(0x5555555555555555));
	(void)sending_put(f, 0, 32);
	sender_fly(f->sender);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
	assert_in_range(
	    f->seen_len, verdict_search_max(32), verdict_search_max(32) + 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_is_too_large_is_sent_in_halves),
		TEST(a_sample_too_large_by_itself_is_dropped),
		TEST(halves_go_before_what_comes_after),
		TEST(a_refused_batch_is_dropped_at_first_sight),
		TEST(it_is_searched_where_the_configuration_says_so),
		TEST(what_may_have_been_delivered_is_searched),
		TEST(what_was_sent_whole_before_is_soon_known_to_be_there),
		TEST(or_else_searched_like_others),
		TEST(what_was_sent_before_is_cut_as_small_as_need_be),
		TEST(an_attempt_without_an_answer_makes_suspect),
		TEST(an_attempt_that_never_arrived_does_not),
		TEST(a_search_has_its_end),
		TEST(a_search_outlasts_an_outage),
		TEST(what_is_above_the_bytes_of_a_request_is_cut_before),
		TEST(a_sample_above_the_bytes_of_a_request_is_dropped),
		TEST(a_batch_counts_what_is_left_of_it),
		TEST(a_search_is_short_and_slow_where_many_send),
		TEST(a_search_for_too_many_ends_where_many_send),
		TEST(freeing_it_amid_pieces_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
