/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/survey.h"
#include "tests/unit/agent/harbour.h"

static struct config nothing;

/* In place of the real ones: nothing is held, and the last reload failed. */
struct spool *
hold_spool(const struct hold *hold)
{
	(void)hold;
	return NULL;
}

struct reloader_view
reloader_look(const struct reloader *reloader)
{
	(void)reloader;
	return (struct reloader_view){ .config = &nothing, .success_at = 7 };
}

struct fixture {
	struct harbour *harbour;
	struct survey *survey;
};

static int
set_up(void **state)
{
	static struct fixture f;

	f.harbour = harbour_new();
	(void)harbour_apply(f.harbour, HARBOUR_TWO(""));
	f.survey = survey_new(&(struct survey_options){
	    .clock = sim_clock(f.harbour->sim),
	    .fleet = f.harbour->fleet,
	    .config_path = "walship.yml",
	    .wal_dir = f.harbour->scratch.wal,
	});
	assert_non_null(f.survey);
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	survey_free(f->survey);
	harbour_free(f->harbour);
	return 0;
}

static void
all_that_there_is_is_told(void **state)
{
	const struct overview *overview;
	struct fixture *f = *state;

	harbour_live(f->harbour, 20);
	harbour_settle(f->harbour);
	overview = survey_take(f->survey);
	assert_int_equal(overview->len, 2);
	assert_string_equal(
	    overview->destinations[0].situation->remote->name, "a");
	assert_string_equal(
	    overview->destinations[1].situation->remote->name, "b");
	/* The log has had nothing new while it all settled. */
	assert_int_equal(
	    overview->destinations[0].situation->state, SITUATION_IDLE);
	assert_int_equal(overview->destinations[0].behind, 0);
	assert_true(overview->ready);
	assert_true(overview->has_log && overview->head.offset > 0);
	assert_string_equal(overview->spool_mode, "off");
	assert_string_equal(overview->config_path, "walship.yml");
	assert_ptr_equal(overview->config, &nothing);
	assert_false(overview->reloaded);
	assert_int_equal(overview->reloaded_at, 7);
	assert_int_equal(overview->started, SIM_WALL);
	assert_true(overview->now > overview->started);
	assert_true(overview->memory > 0);
}

static void
rates_are_those_of_the_last_steps(void **state)
{
	const struct situation *a, *b;
	struct fixture *f = *state;

	f->harbour->ports[1].answer.outcome = HTTP_UNREACHED;
	harbour_live(f->harbour, 60);
	a = survey_take(f->survey)->destinations[0].situation;
	b = survey_take(f->survey)->destinations[1].situation;
	assert_true(a->in > 0.9 * HARBOUR_SERIES);
	assert_true(a->in < 1.2 * HARBOUR_SERIES);
	assert_true(a->out > 0.9 * HARBOUR_SERIES);
	assert_true(b->in > 0.9 * HARBOUR_SERIES);
	assert_true(b->out == 0);
	assert_int_equal(b->state, SITUATION_RETRYING);
	f->harbour->ports[1].answer.outcome = HTTP_ANSWERED;
	harbour_settle(f->harbour);
}

static void
one_that_begins_anew_keeps_its_hour_and_one_that_goes_takes_it(void **state)
{
	const struct overview *overview;
	struct fixture *f = *state;

	harbour_live(f->harbour, 40);
	harbour_expect_changes(harbour_apply(f->harbour,
				   HARBOUR_TWO(", write_relabel_configs: "
					       "[{regex: x, action: "
					       "labeldrop}]")),
	    1, 0, 1, 0, 0);
	harbour_live(f->harbour, 20);
	overview = survey_take(f->survey);
	assert_true(overview->destinations[1].history->len >= 3);
	(void)harbour_apply(f->harbour,
	    "remote_write: [{name: a, url: 'http://r0/w', " HARBOUR_QUICK
	    "}]\n");
	harbour_live(f->harbour, 20);
	(void)harbour_apply(f->harbour, HARBOUR_TWO(""));
	overview = survey_take(f->survey);
	assert_int_equal(overview->destinations[1].history->len, 0);
	assert_true(overview->destinations[0].history->len >= 3);
	harbour_settle(f->harbour);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_that_there_is_is_told),
		TEST(rates_are_those_of_the_last_steps),
		TEST(
		    one_that_begins_anew_keeps_its_hour_and_one_that_goes_takes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
