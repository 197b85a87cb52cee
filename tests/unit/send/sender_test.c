/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

static void
what_is_delivered_is_settled_and_counted(void **state)
{
	struct sending *f = *state;
	size_t bytes;

	sending_start(f, NULL, 0);
	bytes = sending_put(f, 0, 3)->body_len;
	sender_fly(f->sender);
	assert_int_equal(f->seen_len, 1);
	assert_int_equal(f->window.flying, 1);
	(void)sim_run(f->sim, 1000);
	assert_int_equal(f->range.unsettled, 0);
	assert_int_equal(f->window.used, 0);
	assert_int_equal(f->seen[0].samples, 3);
	assert_string_equal(f->seen[0].retry, "");
	sending_expect(f->meters.kinds[KEPT_SAMPLE].total, 3);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 0);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].retried, 0);
	sending_expect(f->meters.bytes, (double)bytes);
	sending_expect(f->meters.highest_sent, 5);
	sending_expect(f->meters.duration, 1);
}

static void
what_fails_is_sent_again_after_the_backoff(void **state)
{
	struct sending *f = *state;

	SENDING_START(f, SENDING_STATUS(500),
	    { .latency = 1, .outcome = HTTP_UNRESOLVED });
	(void)sending_put(f, 0, 3);
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->seen_len, 3);
	assert_in_range(f->seen[1].at - f->seen[0].at, 22500, 31000);
	assert_in_range(f->seen[2].at - f->seen[1].at, 45000, 60001);
	assert_string_equal(f->seen[1].retry, "Retry-Attempt: 1");
	assert_string_equal(f->seen[2].retry, "Retry-Attempt: 2");
	sending_expect(f->meters.kinds[KEPT_SAMPLE].total, 9);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].retried, 6);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 0);
	sending_expect(f->meters.duration, 3);
	assert_int_equal(f->range.unsettled, 0);
}

static void
what_is_refused_is_dropped_and_counted(void **state)
{
	struct sending *f = *state;
	size_t bytes;

	SENDING_START(f, SENDING_STATUS(400));
	bytes = sending_put(f, 0, 3)->body_len;
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->seen_len, 1);
	assert_int_equal(f->range.unsettled, 0);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].total, 3);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 3);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].retried, 0);
	/* Prometheus counts these two of what is settled, either way. */
	sending_expect(f->meters.bytes, (double)bytes);
	sending_expect(f->meters.highest_sent, 5);
}

static void
a_series_waits_for_its_batch_that_failed_and_others_do_not(void **state)
{
	struct sending *f = *state;

	SENDING_START(f, SENDING_STATUS(500));
	(void)sending_put(f, 0, 1);
	(void)sending_put(f, 0, 2);
	(void)sending_put(f, 9, 3);
	sender_fly(f->sender);
	(void)sim_run(f->sim, 5000);
	assert_int_equal(f->seen_len, 2);
	assert_int_equal(f->seen[1].samples, 3);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->seen_len, 4);
	assert_int_equal(f->seen[2].samples, 1);
	assert_int_equal(f->seen[3].samples, 2);
	assert_int_equal(f->range.unsettled, 0);
}

/* An hour of it: one attempt in five seconds, about. */
static void
a_dead_receiver_is_left_in_peace(void **state)
{
	struct sending *f = *state;
	uint64_t events;
	unsigned int i;

	sending_start(f, NULL, 0);
	f->always = (struct sim_answer){ .outcome = HTTP_UNREACHED };
	for (i = 0; i < WINDOW_SLOTS; i++)
		(void)sending_put(f, i, 1);
	sender_fly(f->sender);
	events = sim_run(f->sim, 3600 * CLOCK_SEC);
	assert_in_range(f->seen_len, 600, 1200);
	assert_in_range(events, 600, 4 * f->seen_len);
	assert_int_equal(f->range.unsettled, WINDOW_SLOTS);

	f->always = (struct sim_answer)SENDING_OK;
	(void)sim_run(f->sim, 30 * CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
}

static void
requests_become_more_under_backlog_and_fewer_after_a_failure(void **state)
{
	struct sending *f = *state;

	sending_start(f, NULL, 0);
	sending_warm_up(f);
	f->always = (struct sim_answer)SENDING_STATUS(500);
	(void)sending_put(f, 0, 1);
	sender_fly(f->sender);
	(void)sim_run(f->sim, 1000);
	sender_measure(f->sender);
	sending_expect(f->meters.shards, 4);
	sending_expect(f->meters.shards_max, 8);
}

/* One batch after the other, each gone before the next is whole. */
static void
requests_do_not_become_more_without_backlog(void **state)
{
	struct sending *f = *state;
	struct batch *filling;
	unsigned int i;

	sending_start(f, NULL, 0);
	for (i = 0; i < 50; i++) {
		(void)sending_put(f, 0, 1);
		filling = window_open(&f->window);
		sender_fly(f->sender);
		(void)sim_run(f->sim, 2000);
		window_settle(&f->window, filling);
	}
	sender_measure(f->sender);
	sending_expect(f->meters.shards, 1);
}

static void
as_many_shards_are_desired_as_could_be_under_way(void **state)
{
	struct sending *f = *state;
	struct batch *filling;

	sending_start(f, NULL, 0);
	sender_measure(f->sender);
	sending_expect(f->meters.shards_desired, 1);
	(void)sending_put(f, 0, 1);
	(void)sending_put(f, 0, 1);
	(void)sending_put(f, 1, 1);
	filling = window_open(&f->window);
	sender_fly(f->sender);
	sender_measure(f->sender);
	sending_expect(f->meters.shards_desired, 2);
	window_settle(&f->window, filling);
}

static void
a_request_that_cannot_begin_is_made_later(void **state)
{
	struct sending *f = *state;

	sending_start(f, NULL, 0);
	(void)sending_put(f, 0, 1);
	(void)sending_put(f, 1, 1);
	sim_starve(f->sim, 3);
	sender_fly(f->sender);
	assert_int_equal(f->seen_len, 0);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->seen_len, 2);
	assert_int_equal(f->range.unsettled, 0);
}

static void
in_a_hurry_all_waits_are_forgotten_once(void **state)
{
	struct sending *f = *state;
	size_t before;

	sending_start(f, NULL, 0);
	f->always = (struct sim_answer){ .outcome = HTTP_UNREACHED };
	(void)sending_put(f, 0, 1);
	sender_fly(f->sender);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	before = f->seen_len;
	sender_hurry(f->sender);
	assert_int_equal(f->seen_len, before + 1);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->seen_len, before + 1);

	f->always = (struct sim_answer){
		.outcome = HTTP_ANSWERED, .status = 503, .retry_after = "500"
	};
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	before = f->seen_len;
	f->always = (struct sim_answer)SENDING_OK;
	sender_hurry(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->seen_len, before + 1);
	assert_int_equal(f->range.unsettled, 0);
}

static void
exemplars_then_histograms_are_kept_from_costing_samples(void **state)
{
	struct sending *f = *state;

	SENDING_START(f, SENDING_STATUS(400), SENDING_STATUS(400), SENDING_OK,
	    SENDING_STATUS(400));
	(void)sending_put_all_kinds(f);
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->seen_len, 4);
	assert_int_equal(f->seen[0].exemplars, 1);
	assert_int_equal(f->seen[1].exemplars, 0);
	assert_int_equal(f->seen[1].samples + f->seen[1].histograms, 2);
	assert_int_equal(f->seen[2].samples, 1);
	assert_int_equal(f->seen[2].histograms, 0);
	assert_int_equal(f->seen[3].samples, 0);
	assert_int_equal(f->seen[3].histograms, 1);
	sending_expect(f->meters.kinds[KEPT_EXEMPLAR].failed, 1);
	sending_expect(f->meters.kinds[KEPT_HISTOGRAM].failed, 1);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 0);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].total, 3);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].retried, 2);
	sending_expect(f->meters.kinds[KEPT_HISTOGRAM].total, 3);
	assert_int_equal(f->range.unsettled, 0);
}

static void
freeing_it_cancels_what_is_on_its_way(void **state)
{
	struct sending *f = *state;

	sending_start(f, NULL, 0);
	(void)sending_put(f, 0, 1);
	sender_fly(f->sender);
	assert_int_equal(sim_flying(f->sim), 1);
	sender_free(f->sender);
	f->sender = NULL;
	assert_int_equal(sim_flying(f->sim), 0);
	assert_int_equal(sim_next(f->sim), CLOCK_NEVER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_is_delivered_is_settled_and_counted),
		TEST(what_fails_is_sent_again_after_the_backoff),
		TEST(what_is_refused_is_dropped_and_counted),
		TEST(
		    a_series_waits_for_its_batch_that_failed_and_others_do_not),
		TEST(a_dead_receiver_is_left_in_peace),
		TEST(
		    requests_become_more_under_backlog_and_fewer_after_a_failure),
		TEST(requests_do_not_become_more_without_backlog),
		TEST(as_many_shards_are_desired_as_could_be_under_way),
		TEST(a_request_that_cannot_begin_is_made_later),
		TEST(in_a_hurry_all_waits_are_forgotten_once),
		TEST(exemplars_then_histograms_are_kept_from_costing_samples),
		TEST(freeing_it_cancels_what_is_on_its_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
