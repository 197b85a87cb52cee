/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/send/waits.h"

#define NOW (1000 * CLOCK_SEC)

static const struct config_remote remote = {
	.queue = { .min_backoff = CLOCK_SEC, .max_backoff = 8 * CLOCK_SEC },
};

static struct batch
sent_at(uint64_t at, unsigned int attempts)
{
	return (struct batch){ .sent = at, .attempts = attempts };
}

static void
one_failure_is_the_batch_s_own_matter(void **state)
{
	struct batch batch = sent_at(NOW, 1);
	struct waits waits;

	(void)state;
	waits_init(&waits, &remote, 1);
	assert_in_range(waits_failed(&waits, &batch, NOW + 1),
	    NOW + CLOCK_SEC * 3 / 4, NOW + 1 + CLOCK_SEC);
	assert_int_equal(waits_until(&waits, NOW + 1), 0);
}

static void
two_in_a_row_make_all_wait_until_one_is_accepted(void **state)
{
	struct batch batch = sent_at(NOW, 1);
	struct waits waits;

	(void)state;
	waits_init(&waits, &remote, 1);
	(void)waits_failed(&waits, &batch, NOW + 1);
	batch = sent_at(NOW + 2, 1);
	(void)waits_failed(&waits, &batch, NOW + 3);
	assert_in_range(waits_until(&waits, NOW + 3), NOW + CLOCK_SEC,
	    NOW + 3 + 2 * CLOCK_SEC);
	assert_true(waits_accepted(&waits, &batch));
	assert_int_equal(waits_until(&waits, NOW + 3), 0);
}

/* They were on their way when the first of them failed. */
static void
many_at_once_are_one_failure(void **state)
{
	struct batch batch = sent_at(NOW, 1);
	struct waits waits;
	unsigned int i;

	(void)state;
	waits_init(&waits, &remote, 1);
	for (i = 1; i < 50; i++)
		(void)waits_failed(&waits, &batch, NOW + i);
	assert_int_equal(waits_until(&waits, NOW + 50), 0);
}

static void
a_pause_is_kept_and_an_older_success_does_not_end_it(void **state)
{
	struct batch before = sent_at(NOW, 1), after = sent_at(NOW + 10, 1);
	struct waits waits;

	(void)state;
	waits_init(&waits, &remote, 1);
	assert_int_equal(
	    waits_throttled(&waits, &before, 60 * CLOCK_SEC, NOW + 5),
	    NOW + 5 + 60 * CLOCK_SEC);
	assert_false(waits_accepted(&waits, &before));
	assert_int_equal(
	    waits_until(&waits, NOW + 6), NOW + 5 + 60 * CLOCK_SEC);
	assert_true(waits_accepted(&waits, &after));
	assert_true(throttle_active(&waits.throttle, NOW + 100 * CLOCK_SEC));
	waits_forget(&waits);
	assert_int_equal(waits_until(&waits, NOW + 6), 0);
}

static void
a_pause_without_a_time_is_the_backoff(void **state)
{
	struct batch batch = sent_at(NOW, 3);
	struct waits waits;

	(void)state;
	waits_init(&waits, &remote, 1);
	assert_in_range(waits_throttled(&waits, &batch, 0, NOW),
	    NOW + 3 * CLOCK_SEC, NOW + 4 * CLOCK_SEC);
}

static void
probes_of_a_hold_get_fewer_until_one_is_accepted(void **state)
{
	uint64_t now = NOW, until = 0, waited[10];
	struct batch batch;
	struct waits waits;
	unsigned int i;

	(void)state;
	waits_init(&waits, &remote, 1);
	for (i = 0; i < 10; i++) {
		batch = sent_at(now, i + 1);
		until = waits_held(&waits, &batch, now + 1);
		waited[i] = until - now;
		now = until;
	}
	assert_in_range(waited[0], WAITS_HOLD_MIN * 3 / 4, WAITS_HOLD_MIN + 1);
	assert_in_range(waited[9], WAITS_HOLD_MAX * 3 / 4, WAITS_HOLD_MAX + 1);
	assert_true(waits_accepted(&waits, &(struct batch){ .sent = now }));
	until = waits_held(&waits, &batch, now);
	assert_in_range(until - now, WAITS_HOLD_MIN / 2, WAITS_HOLD_MIN);
}

/* They were on their way when the first of them was held off. */
static void
many_held_at_once_are_one(void **state)
{
	struct batch batch = sent_at(NOW, 1);
	struct waits waits;
	unsigned int i;

	(void)state;
	waits_init(&waits, &remote, 1);
	for (i = 1; i < 50; i++)
		assert_in_range(waits_held(&waits, &batch, NOW + i) - NOW,
		    WAITS_HOLD_MIN / 2, WAITS_HOLD_MIN + i);
}

static void
the_rate_makes_all_wait(void **state)
{
	struct config_remote slow = remote;
	struct waits waits;

	(void)state;
	slow.samples_per_minute = 60;
	waits_init(&waits, &slow, 1);
	throttle_spend(&waits.throttle, 7, NOW);
	assert_int_equal(waits_until(&waits, NOW), NOW + 7 * CLOCK_SEC);
	waits_forget(&waits);
	assert_int_equal(waits_until(&waits, NOW), NOW + 7 * CLOCK_SEC);
}

static void
a_refusal_ends_a_row_of_failures(void **state)
{
	struct batch batch = sent_at(NOW, 1);
	struct waits waits;

	(void)state;
	waits_init(&waits, &remote, 1);
	(void)waits_failed(&waits, &batch, NOW);
	waits_refused(&waits);
	batch = sent_at(NOW + 2, 1);
	(void)waits_failed(&waits, &batch, NOW + 3);
	assert_int_equal(waits_until(&waits, NOW + 3), 0);
}

static void
it_is_paused_until_a_request_after_the_pause_is_accepted(void **state)
{
	struct batch before = sent_at(NOW, 1), probe;
	uint64_t until;
	struct waits waits;

	(void)state;
	waits_init(&waits, &remote, 1);
	assert_false(waits_paused(&waits, NOW, true));
	until = waits_held(&waits, &before, NOW + 1);
	assert_true(waits_paused(&waits, NOW + 2, false));
	assert_true(waits_paused(&waits, until - 1, false));
	/* It is over, and a probe is on its way, or there is none to make. */
	assert_true(waits_paused(&waits, until, true));
	assert_false(waits_paused(&waits, until, false));
	(void)waits_accepted(&waits, &before);
	assert_true(waits_paused(&waits, until, true));
	probe = sent_at(until, 2);
	assert_true(waits_accepted(&waits, &probe));
	assert_false(waits_paused(&waits, until, true));
}

static void
it_is_paused_by_failures_too_but_not_by_the_rate(void **state)
{
	struct batch batch = sent_at(NOW, 1);
	struct waits waits;

	(void)state;
	waits_init(&waits, &remote, 1);
	waits.throttle.per_minute = 60;
	throttle_spend(&waits.throttle, 600, NOW);
	(void)waits_failed(&waits, &batch, NOW + 1);
	assert_false(waits_paused(&waits, NOW + 2, true));
	batch = sent_at(NOW + 2, 1);
	(void)waits_failed(&waits, &batch, NOW + 3);
	assert_true(waits_paused(&waits, NOW + 4, false));
	assert_true(waits_paused(&waits, NOW + 60 * CLOCK_SEC, true));
	assert_true(waits_accepted(&waits, &batch));
	assert_false(waits_paused(&waits, NOW + 4, true));
}

static void
tuned_it_keeps_what_the_receiver_asked_for(void **state)
{
	struct config_remote slower = remote;
	struct batch batch = sent_at(NOW, 1);
	struct waits waits;

	(void)state;
	waits_init(&waits, &remote, 1);
	(void)waits_throttled(&waits, &batch, 60 * CLOCK_SEC, NOW + 5);
	slower.samples_per_minute = 60;
	waits_tune(&waits, &slower, NOW + 6);
	assert_int_equal(
	    waits_until(&waits, NOW + 6), NOW + 5 + 60 * CLOCK_SEC);
	assert_false(waits_accepted(&waits, &batch));
	assert_true(throttle_active(&waits.throttle, NOW + 60 * CLOCK_SEC));
	throttle_spend(&waits.throttle, 120, NOW + 60 * CLOCK_SEC);
	assert_int_equal(
	    waits_until(&waits, NOW + 60 * CLOCK_SEC), NOW + 180 * CLOCK_SEC);
}

static void
tuned_it_forgets_what_may_be_mended(void **state)
{
	struct batch batch = sent_at(NOW, 1);
	struct waits waits;

	(void)state;
	waits_init(&waits, &remote, 1);
	(void)waits_failed(&waits, &batch, NOW + 1);
	batch = sent_at(NOW + 2, 1);
	(void)waits_failed(&waits, &batch, NOW + 3);
	(void)waits_held(&waits, &batch, NOW + 3);
	assert_true(waits_until(&waits, NOW + 3) > NOW + 3);
	waits_tune(&waits, &remote, NOW + 4);
	assert_int_equal(waits_until(&waits, NOW + 4), 0);
	assert_false(waits_paused(&waits, NOW + 4, true));
}

/* Where many hosts send, they are not to come back in one second. */
static void
what_many_share_is_not_asked_at_one_time(void **state)
{
	struct config_remote shared = remote;
	struct batch batch = sent_at(NOW, 1);
	unsigned int thirds[3] = { 0 }, i;
	struct waits waits;
	uint64_t until;

	(void)state;
	shared.spread = true;
	shared.queue.batch_send_deadline = 15 * CLOCK_SEC;
	for (i = 0; i < 300; i++) {
		waits_init(&waits, &shared, UINT64_C(1) << 32 | i * 1000);
		until = waits_throttled(&waits, &batch, 60 * CLOCK_SEC, NOW);
		assert_in_range(
		    until, NOW + 60 * CLOCK_SEC, NOW + 75 * CLOCK_SEC);
		thirds[(until - NOW - 60 * CLOCK_SEC - 1) / (5 * CLOCK_SEC)]++;
	}
	for (i = 0; i < 3; i++)
		assert_in_range(thirds[i], 60, 140);
}

static void
a_search_is_slow_where_many_send(void **state)
{
	struct config_remote shared = remote;
	struct waits waits;

	(void)state;
	waits_init(&waits, &remote, 1);
	assert_int_equal(waits_search(&waits, NOW), 0);
	assert_int_equal(waits_search(&waits, NOW), 0);
	shared.spread = true;
	shared.queue.batch_send_deadline = 1;
	waits_init(&waits, &shared, 1);
	assert_int_equal(waits_search(&waits, NOW), NOW);
	assert_int_equal(waits_search(&waits, NOW), NOW + WAITS_SEARCH);
	assert_int_equal(waits_search(&waits, NOW + 1), NOW + 2 * WAITS_SEARCH);
	assert_int_equal(waits_search(&waits, NOW + 5 * WAITS_SEARCH),
	    NOW + 5 * WAITS_SEARCH);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_many_share_is_not_asked_at_one_time),
		cmocka_unit_test(a_search_is_slow_where_many_send),
		cmocka_unit_test(one_failure_is_the_batch_s_own_matter),
		cmocka_unit_test(
		    two_in_a_row_make_all_wait_until_one_is_accepted),
		cmocka_unit_test(many_at_once_are_one_failure),
		cmocka_unit_test(
		    a_pause_is_kept_and_an_older_success_does_not_end_it),
		cmocka_unit_test(a_pause_without_a_time_is_the_backoff),
		cmocka_unit_test(
		    probes_of_a_hold_get_fewer_until_one_is_accepted),
		cmocka_unit_test(many_held_at_once_are_one),
		cmocka_unit_test(the_rate_makes_all_wait),
		cmocka_unit_test(a_refusal_ends_a_row_of_failures),
		cmocka_unit_test(tuned_it_keeps_what_the_receiver_asked_for),
		cmocka_unit_test(tuned_it_forgets_what_may_be_mended),
		cmocka_unit_test(
		    it_is_paused_until_a_request_after_the_pause_is_accepted),
		cmocka_unit_test(
		    it_is_paused_by_failures_too_but_not_by_the_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
