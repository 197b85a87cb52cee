/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/intake/graveyard.h"
#include "tests/unit/http/sim.h"
#include "tests/unit/series/series.h"

#define MANY (1u << 17) /* Series: some turns. */
#define FEW 20u

/* Twice the pages of a turn, which has so many only about. */
#define TURN_MAX (2 * GRAVEYARD_SLICES * REFMAP_SLICE * REFMAP_PAGE)

struct fixture {
	struct sim *sim;
	struct labelsets *sets;
	struct graveyard *graveyard;
};

static const struct sim_receiver nobody;

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->sim = sim_new(&nobody);
	f->sets = labelsets_new();
	f->graveyard = graveyard_new(sim_clock(f->sim));
	assert_non_null(f->graveyard);
	*state = f;
	return 0;
}

/* All is given back when the graveyard is no more. */
static int
tear_down(void **state)
{
	struct fixture *f = *state;

	graveyard_free(f->graveyard);
	assert_int_equal(labelsets_count(f->sets), 0);
	assert_true(sim_next(f->sim) == CLOCK_NEVER);
	labelsets_free(f->sets);
	sim_free(f->sim);
	free(f);
	return 0;
}

/* Series of one map. */
struct dead {
	struct finals *finals;
	struct refmap *refs;
};

/* Those of ${job}, as many as ${count}. */
static struct dead
learn(struct fixture *f, const char *job, unsigned int count)
{
	struct dead dead = { .finals = finals_new(NULL, 0) };
	char text[64];
	unsigned int i;

	assert_non_null(dead.finals);
	dead.refs = refmap_new(f->sets, dead.finals);
	assert_non_null(dead.refs);
	for (i = 0; i < count; i++) {
		(void)snprintf(text, sizeof(text), "job=%s,s=%u", job, i);
		assert_int_equal(series_learn(dead.refs, i, 0, text), FINAL_OK);
	}
	return dead;
}

static void
bury(struct fixture *f, const char *job, unsigned int count)
{
	struct dead dead = learn(f, job, count);

	graveyard_bury(f->graveyard, dead.refs, dead.finals);
}

/* Take a turn; how many series it has freed, of which no map has others. */
static size_t
turn(struct fixture *f)
{
	size_t before = labelsets_count(f->sets);

	assert_true(sim_step(f->sim));
	return before - labelsets_count(f->sets);
}

static void
a_turn_frees_some_and_in_the_end_all_are(void **state)
{
	struct fixture *f = *state;
	size_t freed;

	bury(f, "a", MANY);
	assert_int_equal(labelsets_count(f->sets), MANY);
	while (labelsets_count(f->sets) > 0) {
		freed = turn(f);
		assert_in_range(freed, 1, TURN_MAX);
		assert_true(sim_now(f->sim) == SIM_START);
	}
	while (sim_step(f->sim))
		;
	assert_true(sim_now(f->sim) == SIM_START);
}

static void
what_is_buried_meanwhile_waits_for_its_turn(void **state)
{
	struct fixture *f = *state;
	size_t left;

	bury(f, "a", MANY);
	left = MANY - turn(f);
	bury(f, "b", FEW);
	bury(f, "c", FEW);
	while (left > TURN_MAX) {
		left -= turn(f);
		assert_int_equal(labelsets_count(f->sets), left + 2 * FEW);
	}
	while (sim_step(f->sim))
		;
	assert_int_equal(labelsets_count(f->sets), 0);
	/* And when it was empty, it begins anew. */
	bury(f, "d", FEW);
	while (sim_step(f->sim))
		;
	assert_int_equal(labelsets_count(f->sets), 0);
}

/* Label sets are shared: who comes after has them all the time. */
static void
those_who_live_keep_theirs(void **state)
{
	struct fixture *f = *state;
	struct dead alive = learn(f, "a", FEW);

	bury(f, "a", FEW);
	while (sim_step(f->sim))
		;
	assert_int_equal(labelsets_count(f->sets), FEW);
	assert_int_equal(finals_count(alive.finals), FEW);
	assert_int_equal(refmap_count(alive.refs), FEW);
	graveyard_bury(f->graveyard, alive.refs, alive.finals);
}

static void
at_the_end_all_is_freed_at_once(void **state)
{
	struct fixture *f = *state;

	bury(f, "a", MANY);
	assert_true(turn(f) < MANY);
	bury(f, "b", FEW);
	graveyard_free(f->graveyard);
	f->graveyard = NULL;
	assert_int_equal(labelsets_count(f->sets), 0);
}

static void
without_a_graveyard_or_refs_it_is_freed_at_once(void **state)
{
	struct fixture *f = *state;
	struct dead dead = learn(f, "a", FEW);

	graveyard_bury(NULL, dead.refs, dead.finals);
	assert_int_equal(labelsets_count(f->sets), 0);
	graveyard_bury(f->graveyard, NULL, finals_new(NULL, 0));
	graveyard_bury(f->graveyard, NULL, NULL);
	assert_true(sim_next(f->sim) == CLOCK_NEVER);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_turn_frees_some_and_in_the_end_all_are),
		TEST(what_is_buried_meanwhile_waits_for_its_turn),
		TEST(those_who_live_keep_theirs),
		TEST(at_the_end_all_is_freed_at_once),
		TEST(without_a_graveyard_or_refs_it_is_freed_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
