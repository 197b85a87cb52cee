/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

static void
a_pause_is_kept_and_then_one_request_goes_first(void **state)
{
	struct sending *f = *state;
	unsigned int i;

	sending_start(f, NULL, 0);
	f->always = (struct sim_answer){ .latency = 1000,
		.outcome = HTTP_ANSWERED,
		.status = 429,
		.retry_after = "60" };
	for (i = 0; i < 20; i++)
		(void)sending_put(f, i, 1);
	assert_false(sender_waits(f->sender));
	sender_fly(f->sender);
	(void)sim_run(f->sim, 59 * CLOCK_SEC);
	assert_int_equal(f->seen_len, 1);
	assert_true(sender_waits(f->sender));
	(void)sim_run(f->sim, 30 * CLOCK_SEC);
	assert_int_equal(f->seen_len, 2);
	assert_in_range(
	    f->seen[1].at - f->seen[0].at, 60 * CLOCK_SEC, 61 * CLOCK_SEC);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].retried, 2);
	f->always = (struct sim_answer)SENDING_OK;
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
	assert_false(sender_waits(f->sender));
	assert_true(f->seen[3].at >= f->seen[2].at + 1000);
}

/* They were sent before the receiver asked. */
static void
answers_that_were_on_their_way_do_not_end_a_pause(void **state)
{
	struct sending *f = *state;
	unsigned int i;
	size_t before;

	sending_start(f, NULL, 0);
	sending_warm_up(f);
	f->always = (struct sim_answer){ .latency = 500,
		.outcome = HTTP_ANSWERED,
		.status = 429,
		.retry_after = "60" };
	(void)sending_put(f, 0, 1);
	sender_fly(f->sender);
	f->always = (struct sim_answer)SENDING_OK;
	for (i = 1; i < 20; i++)
		(void)sending_put(f, i, 1);
	sender_fly(f->sender);
	before = f->seen_len;
	(void)sim_run(f->sim, 59 * CLOCK_SEC);
	assert_int_equal(f->seen_len, before);
	assert_int_equal(f->range.unsettled, 13);
	sender_measure(f->sender);
	sending_expect(f->meters.shards, 1);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
}

static void
a_pause_without_a_time_is_the_backoff(void **state)
{
	struct sending *f = *state;

	SENDING_START(f, SENDING_STATUS(429), SENDING_STATUS(429));
	(void)sending_put(f, 0, 1);
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->seen_len, 3);
	assert_in_range(f->seen[1].at - f->seen[0].at, 22500, 31000);
	assert_in_range(f->seen[2].at - f->seen[1].at, 45000, 61000);
	assert_int_equal(f->range.unsettled, 0);
}

/* A header may be a credential. */
static void
who_is_not_accepted_holds_and_probes_slowly(void **state)
{
	static char key[] = "Authorization", value[] = "Bearer secret";
	static struct config_header header = { key, value };
	struct sending *f = *state;

	f->remote.headers = &header;
	f->remote.headers_len = 1;
	sending_start(f, NULL, 0);
	f->always = (struct sim_answer)SENDING_STATUS(403);
	(void)sending_put(f, 0, 1);
	(void)sending_put(f, 1, 1);
	sender_fly(f->sender);
	(void)sim_run(f->sim, 3 * CLOCK_SEC);
	assert_int_equal(f->seen_len, 2);
	(void)sim_run(f->sim, 600 * CLOCK_SEC);
	assert_in_range(f->seen_len, 14, 18);
	assert_in_range(
	    f->seen[f->seen_len - 1].at - f->seen[f->seen_len - 2].at,
	    WAITS_HOLD_MAX * 3 / 4, WAITS_HOLD_MAX + 2000);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 0);
	f->always = (struct sim_answer)SENDING_OK;
	(void)sim_run(f->sim, 61 * CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
}

static void
credentials_in_the_url_are_credentials(void **state)
{
	static char with[] = "http://user:pass@receiver/write";
	static char without[] = "http://receiver/user@host?a=b@c";
	struct sending *f = *state;

	f->remote.url = with;
	sending_start(f, NULL, 0);
	f->always = (struct sim_answer)SENDING_STATUS(401);
	(void)sending_put(f, 0, 1);
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 1);
	sender_free(f->sender);
	window_release(&f->window);

	f->remote.url = without;
	sending_start(f, NULL, 0);
	(void)sending_put(f, 0, 1);
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 1);
	f->range.unsettled = 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_pause_is_kept_and_then_one_request_goes_first),
		TEST(answers_that_were_on_their_way_do_not_end_a_pause),
		TEST(a_pause_without_a_time_is_the_backoff),
		TEST(who_is_not_accepted_holds_and_probes_slowly),
		TEST(credentials_in_the_url_are_credentials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
