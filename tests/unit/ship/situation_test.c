/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/ship/situation.h"
#include "tests/unit/ship/whole.h"

/* One that delivers, and is ready. */
static struct situation
well(void)
{
	return (struct situation){ .ready = true,
		.wall = SIM_WALL,
		.newest = SIM_WALL - 1000,
		.delivered = 1,
		.lag = 3 };
}

/* What is said of ${situation}, to be freed, once it is judged. */
static char *
sentence(struct situation *situation)
{
	struct buf out;
	char *text;

	buf_init(&out, 4096);
	situation_judge(situation);
	situation_put(situation, &out);
	text = strdup(buf_text(&out));
	buf_release(&out);
	assert_non_null(text);
	return text;
}

/* It is in ${state}, which matters as ${level}, and ${words} are said. */
static void
check(struct situation situation, const char *state, enum situation_level level,
    const char *words)
{
	char *said = sentence(&situation);

	assert_string_equal(situation_state_word(situation.state), state);
	assert_int_equal(situation_level(&situation), level);
	if (strstr(said, words) == NULL)
		fail_msg("no \"%s\" in: %s", words, said);
	free(said);
}

static void
what_delivers_is_told_apart_by_what_it_lacks(void **state)
{
	struct situation situation = well();

	(void)state;
	check(situation, "delivering", SITUATION_OK, "Delivering as it comes.");
	situation.newest = SIM_WALL - (SITUATION_QUIET + 1) * INT64_C(1000);
	check(situation, "idle", SITUATION_ATTENTION, "new for 5 min");
	situation.lag = SITUATION_LATE + 1;
	situation.remaining = 240;
	check(situation, "catching_up", SITUATION_OK,
	    "61 s behind, caught up in about 4 min.");
	situation.lost_lately = 12;
	situation.dropped[DROP_BY_RULE] = 1000;
	situation.dropped[DROP_TOO_OLD] = 10;
	situation.given_up[FAIL_DUPLICATE] = 500;
	situation.given_up[FAIL_LARGE] = 9;
	check(situation, "losing", SITUATION_ATTENTION,
	    "ten minutes 12 samples were dropped, most of them as too_old.");
	situation.given_up[FAIL_LARGE] = 11;
	check(situation, "losing", SITUATION_ATTENTION, "as too_large.");
	situation.throttled = true;
	check(situation, "throttled", SITUATION_ATTENTION, "Raise its limits");
	situation.ready = false;
	(void)strcpy(situation.why, "Reading the log, 40 %.");
	check(situation, "starting", SITUATION_OK, "Starting: Reading the log");
	situation.waiting = true;
	check(situation, "waiting", SITUATION_ATTENTION, "start Prometheus");
	situation.unread = EACCES;
	check(situation, "unreadable", SITUATION_TROUBLE, "Permission denied");
	situation.stopping = true;
	check(situation, "stopping", SITUATION_OK, "Stopping");
}

static void
what_delivered_nothing_yet_does_not_say_that_it_delivers(void **state)
{
	struct situation situation = well();

	(void)state;
	situation.delivered = 0;
	check(situation, "delivering", SITUATION_OK, "Nothing was delivered");
	situation.tokens = true;
	check(situation, "delivering", SITUATION_OK, "Nothing was delivered");
	(void)strcpy(situation.token_error, "no such identity");
	check(situation, "tokenless", SITUATION_ATTENTION,
	    "There is no token (no such identity).");
	situation.expiry = SIM_WALL + 1000;
	situation.delivered = 1;
	check(situation, "delivering", SITUATION_OK, "Delivering");
}

static void
what_fails_says_what_and_when_it_is_tried_again(void **state)
{
	struct situation situation = well();

	(void)state;
	situation.troubled = SITUATION_PATIENCE - 1;
	situation.next = 12 * CLOCK_SEC;
	situation.last = (struct complaint_last){ .what = "cannot, retrying",
		.said = "no route" };
	check(situation, "retrying", SITUATION_ATTENTION,
	    "Cannot, retrying (no route); for 30 s, next try in 12 s.");
	situation.troubled = 3600 * CLOCK_SEC;
	situation.next = 0;
	situation.last.status = 503;
	check(situation, "retrying", SITUATION_TROUBLE,
	    "Cannot, retrying (status 503); for 1 h. What waits stays");
	situation.last.what = "refused samples, dropped";
	check(situation, "retrying", SITUATION_TROUBLE,
	    "Refused samples, dropped (status 503); for 1 h. What it refuses");
	situation.last.what = "cannot, retrying";
	situation.asked = true;
	check(situation, "paused", SITUATION_TROUBLE, "(status 503)");
	situation.troubled = 1;
	situation.holds = 1;
	check(situation, "held", SITUATION_TROUBLE, "(status 503)");
}

/* The destination of ${f}, as it stands. */
static struct situation
look(struct whole *f)
{
	struct situation situation;

	destination_look(f->destination, &situation);
	situation_judge(&situation);
	return situation;
}

static int
set_up(void **state)
{
	*state = whole_new();
	return 0;
}

static int
tear_down(void **state)
{
	whole_free(*state);
	return 0;
}

static void
a_destination_that_delivers_says_how_much_and_where(void **state)
{
	struct whole *f = *state;
	struct situation now;

	whole_start(f);
	(void)whole_live(f, 10);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	now = look(f);
	assert_int_equal(now.state, SITUATION_DELIVERING);
	assert_ptr_equal(now.remote, &f->remote);
	assert_true(now.delivered == 10.0 * WHOLE_SERIES);
	assert_int_equal(now.read, 10 * WHOLE_SERIES);
	assert_true(now.series == WHOLE_SERIES);
	assert_true(now.lag == 0);
	assert_int_equal(now.pending[KEPT_SAMPLE], 0);
	assert_int_equal(now.flying, 0);
	assert_true(now.settled.offset > 0);
	assert_int_equal(now.settled.offset, now.at.offset);
	assert_true(now.newest > 0);
	assert_int_equal(now.last.at, 0);
	assert_false(now.tokens);
}

static void
what_is_pending_and_its_age_is_told(void **state)
{
	struct whole *f = *state;
	struct situation now;

	whole_start(f);
	whole_scrape(f, 1);
	(void)sim_run(f->sim, 2 * CLOCK_SEC);
	now = look(f);
	assert_int_equal(now.pending[KEPT_SAMPLE], WHOLE_SERIES);
	assert_true(now.lag >= 2 && now.lag < 8);
	f->answer.latency = 20 * CLOCK_SEC;
	(void)sim_run(f->sim, 4 * CLOCK_SEC);
	assert_int_equal(look(f).flying, 1);
}

static void
an_error_is_told_until_it_is_over_and_remembered(void **state)
{
	struct whole *f = *state;
	struct situation now;

	whole_start(f);
	f->answer = whole_dead;
	(void)whole_live(f, 10);
	now = look(f);
	assert_int_equal(now.state, SITUATION_RETRYING);
	assert_int_equal(situation_level(&now), SITUATION_TROUBLE);
	assert_string_equal(now.last.what, "cannot deliver, retrying");
	assert_int_equal(now.last.status, 0);
	assert_true(now.next > 0 && now.next <= 5 * CLOCK_SEC);
	assert_true(now.lag > 40);
	f->answer = whole_ok;
	(void)whole_live(f, 3);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	now = look(f);
	assert_int_equal(now.state, SITUATION_DELIVERING);
	assert_true(now.troubled == 0);
	assert_true(now.last.at > 0);
}

static void
a_pause_and_a_hold_have_their_ends(void **state)
{
	struct whole *f = *state;
	struct situation now;

	f->answer.status = 429;
	f->answer.retry_after = "100";
	whole_start(f);
	(void)whole_live(f, 3);
	now = look(f);
	assert_int_equal(now.state, SITUATION_PAUSED);
	assert_true(now.throttled);
	assert_true(now.next > 60 * CLOCK_SEC && now.next <= 100 * CLOCK_SEC);
	f->answer.status = 401;
	f->remote.hold.statuses[f->remote.hold.len++] = 401;
	f->remote.hold.given = true;
	assert_int_equal(destination_tune(f->destination, &f->remote), 0);
	(void)sim_run(f->sim, 150 * CLOCK_SEC);
	now = look(f);
	assert_int_equal(now.state, SITUATION_HELD);
	assert_int_equal(now.last.status, 401);
	assert_true(now.holds > 0 && now.next > 0);
}

static void
what_is_lost_is_told_by_reason(void **state)
{
	struct whole *f = *state;
	struct situation now;

	f->answer.status = 400;
	f->answer.body = "no such\x1b[0m metric";
	f->mixes = true;
	whole_start(f);
	(void)whole_live(f, 2);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	now = look(f);
	assert_true(now.given_up[FAIL_REFUSED] == 2.0 * WHOLE_SERIES);
	assert_true(situation_lost(&now) == 2.0 * WHOLE_SERIES);
	assert_true(now.delivered == 0);
	assert_string_equal(now.last.said, "no such\x1b[0m metric");
}

static void
a_log_that_cannot_be_read_is_told_until_it_can(void **state)
{
	struct whole *f = *state;
	char aside[256];
	FILE *file;

	whole_start(f);
	(void)whole_live(f, 3);
	(void)snprintf(aside, sizeof(aside), "%s.aside", f->scratch.wal);
	assert_int_equal(rename(f->scratch.wal, aside), 0);
	assert_non_null(file = fopen(f->scratch.wal, "w"));
	assert_int_equal(fclose(file), 0);
	destination_poke(f->destination);
	(void)sim_run(f->sim, 2 * CLOCK_SEC);
	assert_int_equal(look(f).state, SITUATION_UNREADABLE);
	assert_int_equal(look(f).unread, ENOTDIR);
	assert_int_equal(unlink(f->scratch.wal), 0);
	assert_int_equal(rename(aside, f->scratch.wal), 0);
	(void)whole_live(f, 3);
	assert_int_equal(look(f).state, SITUATION_DELIVERING);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_delivers_is_told_apart_by_what_it_lacks),
		cmocka_unit_test(
		    what_delivered_nothing_yet_does_not_say_that_it_delivers),
		cmocka_unit_test(
		    what_fails_says_what_and_when_it_is_tried_again),
		TEST(a_destination_that_delivers_says_how_much_and_where),
		TEST(what_is_pending_and_its_age_is_told),
		TEST(an_error_is_told_until_it_is_over_and_remembered),
		TEST(a_pause_and_a_hold_have_their_ends),
		TEST(what_is_lost_is_told_by_reason),
		TEST(a_log_that_cannot_be_read_is_told_until_it_can),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
