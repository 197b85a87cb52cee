/* SPDX-License-Identifier: Apache-2.0 */
/* A series by which the receiver fails, told from a receiver that fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/send/parts.h"
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

static uint64_t poison;
static const char *wait;

static struct sim_answer
fail_by_poison(struct sending *f, const struct seen *seen)
{
	(void)f;
	return (struct sim_answer){
		.latency = 1000,
		.outcome = HTTP_ANSWERED,
		.status = (seen->series & poison) != 0 ? 500 : 200,
		.retry_after = (seen->series & poison) != 0 ? wait : NULL,
	};
}

static void
start(struct sending *f, uint64_t what)
{
	poison = 0;
	wait = NULL;
	f->judge = fail_by_poison;
	sending_start(f, NULL, 0);
	sending_warm_up(f);
	f->seen_len = 0;
	poison = what;
}

/* For ${seconds}, a batch of series ${series} every ten. */
static void
send_others(struct sending *f, unsigned int series, unsigned int seconds)
{
	for (; seconds > 0; seconds -= 10) {
		(void)sending_put(f, series, 1);
		sender_fly(f->sender);
		(void)sim_run(f->sim, 10 * CLOCK_SEC);
	}
}

static void
while_others_are_accepted_the_culprit_is_found_and_dropped(void **state)
{
	struct sending *f = *state;

	start(f, BIT(5));
	(void)sending_put(f, 0, 20);
	send_others(f, 40, 890);
	assert_int_equal(f->range.unsettled, 1);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 0);
	send_others(f, 40, 150);
	assert_int_equal(f->range.unsettled, 0);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 1);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].given_up[FAIL_POISON], 1);
}

static void
several_culprits_are_found(void **state)
{
	struct sending *f = *state;

	start(f, BIT(0) | BIT(1) | BIT(19));
	(void)sending_put(f, 0, 20);
	send_others(f, 40, 1200);
	assert_int_equal(f->range.unsettled, 0);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].given_up[FAIL_POISON], 3);
}

/* Every batch has all series: nothing can pass the one that fails. */
static void
where_nothing_else_can_fly_its_own_halves_tell(void **state)
{
	static const uint64_t culprits[] = { BIT(0), BIT(7), BIT(19) };
	struct sending *f = *state;
	size_t i;

	for (i = 0; i < 3; i++) {
		start(f, culprits[i]);
		(void)sending_put(f, 0, 20);
		(void)sending_put(f, 0, 20);
		sender_fly(f->sender);
		(void)sim_run(f->sim, 899 * CLOCK_SEC);
		assert_int_equal(f->range.unsettled, 2);
		(void)sim_run(f->sim, 3 * 3600 * CLOCK_SEC);
		assert_int_equal(f->range.unsettled, 0);
		sending_expect(
		    f->meters.kinds[KEPT_SAMPLE].given_up[FAIL_POISON],
		    2 * ((double)i + 1));
		sender_free(f->sender);
	}
	f->sender = NULL;
}

static void
it_is_found_by_a_receiver_that_asks_for_pauses(void **state)
{
	struct sending *f = *state;

	start(f, BIT(5));
	wait = "10";
	(void)sending_put(f, 0, 20);
	sender_fly(f->sender);
	(void)sim_run(f->sim, 2 * 3600 * CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].given_up[FAIL_POISON], 1);
}

/* Only 5xx and nothing else for so long is what poison does. */
static void
what_fails_in_other_ways_too_is_not_suspected(void **state)
{
	struct sending *f = *state;

	start(f, BIT(5));
	(void)sending_put(f, 0, 20);
	send_others(f, 40, 600);
	f->always = (struct sim_answer){ .outcome = HTTP_UNREACHED };
	(void)sim_run(f->sim, 30 * CLOCK_SEC);
	f->always = (struct sim_answer)SENDING_OK;
	send_others(f, 40, 850);
	assert_int_equal(f->seen[f->seen_len - 2].samples, 20);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 0);
	send_others(f, 40, 200);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].given_up[FAIL_POISON], 1);
}

/* For hours: not a sample may be lost by it, and then all is sent. */
static void
a_receiver_that_fails_by_itself_costs_nothing(void **state)
{
	struct sending *f = *state;
	size_t before;
	unsigned int i;

	start(f, UINT64_MAX);
	for (i = 0; i < 10; i++)
		(void)sending_put(f, 6 * i, 6);
	sender_fly(f->sender);
	(void)sim_run(f->sim, 6 * 3600 * CLOCK_SEC);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 0);
	assert_int_equal(f->range.unsettled, 10);
	poison = 0;
	before = f->seen_len;
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 0);
	assert_in_range(f->seen_len - before, 10, 60);
}

/* It comes back again and again, in the midst of whatever was searched. */
static void
a_receiver_that_comes_and_goes_costs_nothing(void **state)
{
	struct sending *f = *state;
	unsigned int i;

	start(f, UINT64_MAX);
	(void)sending_put(f, 0, 60);
	sender_fly(f->sender);
	for (i = 0; i < 200; i++) {
		poison = UINT64_MAX;
		(void)sim_run(f->sim, (900 + 7 * i) * CLOCK_SEC);
		poison = 0;
		(void)sim_run(f->sim, (1 + i % 7) * CLOCK_SEC);
		(void)sending_put(f, 0, 60);
		sender_fly(f->sender);
		if (f->window.used > 60 || f->seen_len > 8000)
			break;
		f->seen_len = 0;
	}
	poison = 0;
	(void)sim_run(f->sim, 600 * CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 0);
}

static void
an_outage_amid_the_search_costs_nothing_more(void **state)
{
	struct sending *f = *state;

	start(f, BIT(5));
	(void)sending_put(f, 0, 40);
	send_others(f, 50, 900);
	(void)sim_run(f->sim, 12 * CLOCK_SEC);
	poison = UINT64_MAX;
	(void)sim_run(f->sim, 1800 * CLOCK_SEC);
	poison = BIT(5);
	send_others(f, 50, 1800);
	assert_int_equal(f->range.unsettled, 0);
	sending_expect(f->meters.kinds[KEPT_SAMPLE].failed, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(
		    while_others_are_accepted_the_culprit_is_found_and_dropped),
		TEST(several_culprits_are_found),
		TEST(where_nothing_else_can_fly_its_own_halves_tell),
		TEST(it_is_found_by_a_receiver_that_asks_for_pauses),
		TEST(what_fails_in_other_ways_too_is_not_suspected),
		TEST(a_receiver_that_fails_by_itself_costs_nothing),
		TEST(a_receiver_that_comes_and_goes_costs_nothing),
		TEST(an_outage_amid_the_search_costs_nothing_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
