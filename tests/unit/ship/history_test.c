/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/ship/history.h"

#define STEP (HISTORY_STEP / CLOCK_SEC) /* Seconds. */

/* A destination that is looked at now and then. */
struct watched {
	struct history history;
	struct situation situation;
	uint64_t now;
};

static struct watched
watched(void)
{
	struct watched w = { .now = 1000 * CLOCK_SEC };

	history_note(&w.history, &w.situation, w.now);
	return w;
}

/* Let one step pass, in which so much happens. */
static void
pass(struct watched *w, uint64_t read, double delivered, double lost)
{
	w->now += HISTORY_STEP;
	w->situation.read += read;
	w->situation.delivered += delivered;
	w->situation.dropped[DROP_TOO_OLD] += lost;
	history_note(&w->history, &w->situation, w->now);
}

/* How it is ${later} microseconds after the last step. */
static struct situation
tell(const struct watched *w, uint64_t later)
{
	struct situation situation = w->situation;

	history_tell(&w->history, &situation, w->now + later);
	return situation;
}

/* Whether the numbers are the same, but for what a float cannot hold. */
static void
near(double have, double want)
{
	assert_float_equal((float)have, (float)want, 0.01);
}

static void
nothing_is_known_before_the_first_note(void **state)
{
	struct situation situation = { .lag = 100 };
	struct history history = { 0 };

	(void)state;
	history_tell(&history, &situation, 5 * CLOCK_SEC);
	near(situation.in, 0);
	near(situation.worst, 0);
	assert_null(history_at(&history, 0));
}

static void
a_rate_is_that_of_the_last_step_until_another_is_long_enough(void **state)
{
	struct watched w = watched();

	(void)state;
	pass(&w, 150, 75, 0);
	near(tell(&w, 0).in, 150.0 / STEP);
	near(tell(&w, 1).out, 75.0 / STEP);
	w.situation.read += 1000;
	near(tell(&w, HISTORY_LEAST - 1).in, 150.0 / STEP);
	near(tell(&w, HISTORY_LEAST).in, 200);
	near(tell(&w, HISTORY_LEAST).out, 0);
}

static void
a_counter_that_begins_anew_is_no_rate(void **state)
{
	struct watched w = watched();

	(void)state;
	pass(&w, 150, 150, 0);
	w.situation.read = 3;
	w.situation.delivered = 3;
	near(tell(&w, HISTORY_LEAST).in, 0);
	pass(&w, 15, 15, 0);
	near(tell(&w, 1).out, 0);
	pass(&w, 15, 15, 0);
	near(tell(&w, 1).out, 15.0 / STEP);
}

static void
what_is_lost_counts_for_ten_minutes(void **state)
{
	struct watched w = watched();
	unsigned int i;

	(void)state;
	pass(&w, 0, 0, 7);
	near(tell(&w, 1).lost_lately, 7);
	for (i = 1; i < HISTORY_LATELY; i++)
		pass(&w, 0, 0, 0);
	near(tell(&w, 1).lost_lately, 7);
	w.situation.given_up[FAIL_REFUSED] = 2;
	near(tell(&w, 1).lost_lately, 9);
	pass(&w, 0, 0, 0);
	near(tell(&w, 1).lost_lately, 2);
}

static void
what_rules_drop_is_not_lost_nor_what_was_there_already(void **state)
{
	struct watched w = watched();

	(void)state;
	w.situation.dropped[DROP_BY_RULE] = 5;
	w.situation.given_up[FAIL_DUPLICATE] = 5;
	pass(&w, 0, 0, 0);
	near(tell(&w, 1).lost_lately, 0);
}

static void
a_backlog_has_an_end_in_sight_by_its_slope(void **state)
{
	struct watched w = watched();
	unsigned int i;

	(void)state;
	w.situation.lag = 600;
	for (i = 0; i < HISTORY_SLOPE; i++) {
		near(tell(&w, 1).remaining, 0);
		pass(&w, 0, 0, 0);
		w.situation.lag -= (double)STEP;
	}
	/* A second for each second, but for the step that is not over. */
	near(tell(&w, HISTORY_STEP).remaining, w.situation.lag);
	near(tell(&w, HISTORY_STEP).worst, 600);
	w.situation.lag = SITUATION_LATE;
	near(tell(&w, 1).remaining, 0);
	near(tell(&w, 1).worst, 0);
	pass(&w, 0, 0, 0);
	near(w.history.worst, 0);
}

static void
a_backlog_that_grows_has_no_end_in_sight(void **state)
{
	struct watched w = watched();
	unsigned int i;

	(void)state;
	for (i = 0; i <= HISTORY_SLOPE; i++) {
		w.situation.lag += 100;
		pass(&w, 0, 0, 0);
	}
	near(tell(&w, 1).remaining, 0);
	near(tell(&w, 1).worst, w.situation.lag);
}

static void
the_ring_holds_an_hour(void **state)
{
	struct watched w = watched();
	unsigned int i;

	(void)state;
	for (i = 0; i < HISTORY_POINTS + 3; i++) {
		w.situation.lag = i;
		pass(&w, 0, 0, 0);
	}
	near((double)history_at(&w.history, 0)->lag, HISTORY_POINTS + 2);
	near((double)history_at(&w.history, HISTORY_POINTS - 1)->lag, 3);
	assert_null(history_at(&w.history, HISTORY_POINTS));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_before_the_first_note),
		cmocka_unit_test(
		    a_rate_is_that_of_the_last_step_until_another_is_long_enough),
		cmocka_unit_test(a_counter_that_begins_anew_is_no_rate),
		cmocka_unit_test(what_is_lost_counts_for_ten_minutes),
		cmocka_unit_test(
		    what_rules_drop_is_not_lost_nor_what_was_there_already),
		cmocka_unit_test(a_backlog_has_an_end_in_sight_by_its_slope),
		cmocka_unit_test(a_backlog_that_grows_has_no_end_in_sight),
		cmocka_unit_test(the_ring_holds_an_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
