/* SPDX-License-Identifier: Apache-2.0 */
/* A sender that is told to send otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

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

/* Send on as ${remote} says. */
static void
tune(struct sending *f, const struct config_remote *remote)
{
	assert_int_equal(sender_tune(f->sender, remote, sim_http(f->sim)), 0);
	sender_fly(f->sender);
}

/* It goes to the new place, once more, and is settled once. */
static void
what_is_on_the_wire_is_made_again(void **state)
{
	static char url[] = "http://receiver/other";
	struct sending *f = *state;
	struct config_remote remote = f->remote;
	struct batch *batch;

	f->always.latency = 20 * CLOCK_SEC;
	sending_start(f, NULL, 0);
	batch = sending_put(f, 0, 3);
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	remote.url = url;
	f->always.latency = CLOCK_MSEC;
	tune(f, &remote);
	assert_true(batch->suspect);
	assert_int_equal(sim_flying(f->sim), 1);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	assert_int_equal(f->seen_len, 2);
	assert_string_equal(f->seen[1].url, url);
	assert_int_equal(f->seen[1].samples, 3);
	assert_int_equal(f->range.unsettled, 0);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].total, 6);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].retried, 3);
}

static void
order_is_kept(void **state)
{
	struct sending *f = *state;
	struct config_remote remote = f->remote;

	sending_start(f, NULL, 0);
	sending_warm_up(f);
	f->always.latency = 20 * CLOCK_SEC;
	f->seen_len = 0;
	/* The third is of both, and waits for them. */
	(void)sending_put(f, 0, 3);
	(void)sending_put(f, 3, 4);
	(void)sending_put(f, 2, 2);
	sender_fly(f->sender);
	assert_int_equal(f->seen_len, 2);
	remote.queue.max_shards = 1;
	tune(f, &remote);
	assert_int_equal(f->seen_len, 3);
	(void)sim_run(f->sim, 100 * CLOCK_SEC);
	assert_int_equal(f->seen_len, 5);
	assert_int_equal(f->seen[2].samples, 3);
	assert_int_equal(f->seen[3].samples, 4);
	assert_int_equal(f->seen[4].samples, 2);
	assert_int_equal(f->range.unsettled, 0);
}

/* A receiver that asks for a pause is not asked again for an edit's sake. */
static void
a_pause_is_kept(void **state)
{
	static char elsewhere[] = "http://elsewhere/";
	struct sending *f = *state;
	struct config_remote remote = f->remote, moved = f->remote;

	SENDING_START(f,
	    { .latency = 1000,
		.outcome = HTTP_ANSWERED,
		.status = 429,
		.retry_after = "300" });
	(void)sending_put(f, 0, 3);
	sender_fly(f->sender);
	(void)sim_run(f->sim, 100 * CLOCK_SEC);
	assert_int_equal(f->seen_len, 1);
	tune(f, &remote);
	(void)sim_run(f->sim, 100 * CLOCK_SEC);
	assert_int_equal(f->seen_len, 1);
	moved.url = elsewhere;
	tune(f, &moved);
	assert_int_equal(f->seen_len, 2);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
}

static void
a_hold_and_a_backoff_are_forgotten(void **state)
{
	struct sending *f = *state;
	struct config_remote remote;
	size_t seen;

	f->remote.hold.given = true;
	f->remote.hold.statuses[0] = 401;
	f->remote.hold.len = 1;
	remote = f->remote;
	f->always.status = 401;
	sending_start(f, NULL, 0);
	(void)sending_put(f, 0, 3);
	sender_fly(f->sender);
	(void)sim_run(f->sim, 300 * CLOCK_SEC);
	seen = f->seen_len;
	tune(f, &remote);
	assert_int_equal(f->seen_len, seen + 1);
	f->always.status = 500;
	(void)sim_run(f->sim, 300 * CLOCK_SEC);
	seen = f->seen_len;
	tune(f, &remote);
	assert_int_equal(f->seen_len, seen + 1);
}

/* As many as there were, but no more than there may be now. */
static void
the_pace_is_kept(void **state)
{
	struct sending *f = *state;
	struct config_remote remote = f->remote;
	unsigned int i;

	sending_start(f, NULL, 0);
	sending_warm_up(f);
	f->always.latency = 20 * CLOCK_SEC;
	f->seen_len = 0;
	for (i = 0; i < 12; i++)
		(void)sending_put(f, i, 1);
	sender_fly(f->sender);
	assert_int_equal(f->seen_len, 8);
	tune(f, &remote);
	assert_int_equal(f->seen_len, 16);
	remote.queue.max_shards = 3;
	tune(f, &remote);
	assert_int_equal(f->seen_len, 19);
}

/* Refuses series 1, whatever is with it. */
static struct sim_answer
refuse_one(struct sending *f, const struct seen *seen)
{
	struct sim_answer answer = SENDING_OK;

	(void)f;
	if ((seen->series & 2) != 0)
		answer.status = 400;
	return answer;
}

/* Of a batch in pieces, what was delivered is not sent again. */
static void
a_batch_in_pieces_goes_on_with_what_is_left(void **state)
{
	struct sending *f = *state;
	struct config_remote remote;
	size_t i, last_half = 0;

	f->remote.bisect_refused = true;
	f->judge = refuse_one;
	remote = f->remote;
	sending_start(f, NULL, 0);
	(void)sending_put(f, 0, 8);
	sender_fly(f->sender);
	/* 0-7 and 0-3 are refused, 0-1 is on the wire. */
	(void)sim_run(f->sim, 2500);
	assert_int_equal(f->seen_len, 3);
	tune(f, &remote);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	for (i = 0; i < f->seen_len; i++)
		last_half += (f->seen[i].series & 0xf0) != 0;
	assert_int_equal(last_half, 2); /* At first, and as a half. */
	assert_int_equal(f->range.unsettled, 0);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_is_on_the_wire_is_made_again),
		TEST(order_is_kept),
		TEST(a_pause_is_kept),
		TEST(a_hold_and_a_backoff_are_forgotten),
		TEST(the_pace_is_kept),
		TEST(a_batch_in_pieces_goes_on_with_what_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
