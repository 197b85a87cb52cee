/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "agent/intake/heir.h"
#include "tests/unit/series/keeping.h"

/* Refs of the legacy: some steps. */
#define REFS (4 * HEIR_STEP * REFMAP_PAGE)

struct fixture {
	struct keeping old; /* Its map and series are left. */
	struct series_labels external;
	struct finals *finals;
	struct heir heir;
	struct legacy legacy;
	unsigned int learned;
	bool full; /* There is no memory. */
};

static int
learn(
    void *arg, uint64_t ref, uint64_t met, struct wal_label *labels, size_t len)
{
	struct fixture *f = arg;

	if (f->full)
		return -1;
	f->learned++;
	return refmap_learn(f->heir.refs, ref, met, labels, len) == FINAL_NOMEM
	    ? -1
	    : 0;
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	keeping_begin(&f->old);
	keeping_learn(&f->old, 0, REFS);
	f->external = series_labels("host=h2");
	f->finals = finals_new(f->external.labels, f->external.len);
	f->heir = (struct heir){
		.refs = refmap_new(f->old.sets, f->finals),
		.sets = f->old.sets,
		.learn = learn,
		.arg = f,
	};
	assert_non_null(f->heir.refs);
	f->legacy = (struct legacy){
		.refs = f->old.map,
		.finals = f->old.finals,
	};
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	heir_release(&f->heir);
	legacy_release(&f->legacy, NULL);
	refmap_free(f->heir.refs);
	finals_free(f->finals);
	assert_int_equal(labelsets_count(f->old.sets), 0);
	labelsets_free(f->old.sets);
	free(f);
	return 0;
}

/* Whether ${final} has an external label of the value ${host}. */
static bool
is_of(const struct final *final, const char *host)
{
	return memmem(final->packed, final->packed_len, host, strlen(host)) !=
	    NULL;
}

static void
step_to_end(struct fixture *f)
{
	while (heir_step(&f->heir) == HEIR_MORE)
		;
	assert_false(heir_expects(&f->heir));
}

static void
a_ref_is_taken_when_the_log_comes_to_it(void **state)
{
	struct fixture *f = *state;
	struct final *final;

	heir_begin(&f->heir, &f->legacy);
	assert_null(f->legacy.refs);
	assert_true(heir_expects(&f->heir));
	assert_int_equal(f->learned, 0);
	final = refmap_meet(f->heir.refs, 5, 9);
	assert_non_null(final);
	assert_true(is_of(final, "h2"));
	assert_false(is_of(final, "h1"));
	assert_ptr_equal(refmap_meet(f->heir.refs, 5, 9), final);
	assert_int_equal(f->learned, 1);
	assert_null(refmap_meet(f->heir.refs, REFS, 9));
	assert_int_equal(refmap_count(f->heir.refs), 1);
}

static void
the_others_are_taken_bit_by_bit_and_all_once(void **state)
{
	struct fixture *f = *state;
	unsigned int steps = 1;

	heir_begin(&f->heir, &f->legacy);
	(void)refmap_meet(f->heir.refs, 5, 9);
	for (; heir_step(&f->heir) == HEIR_MORE; steps++)
		assert_true(f->learned < steps * 2 * HEIR_STEP * REFMAP_PAGE);
	assert_true(steps > 2);
	assert_int_equal(f->learned, REFS);
	assert_int_equal(refmap_count(f->heir.refs), REFS);
	assert_true(is_of(refmap_meet(f->heir.refs, REFS - 1, 9), "h2"));
	/* Of the legacy nothing is left. */
	assert_int_equal(labelsets_count(f->old.sets), REFS);
	assert_int_equal(heir_step(&f->heir), HEIR_DONE);
	assert_null(refmap_meet(f->heir.refs, REFS, 9));
}

/* A clock by which each look at it takes half a turn. */
static uint64_t
hurry(struct clock *clock)
{
	static uint64_t now;

	(void)clock;
	return now += HEIR_TURN / 2;
}

static void
a_turn_of_it_ends_when_its_time_is_up(void **state)
{
	struct clock clock = { .monotonic = hurry };
	struct fixture *f = *state;

	assert_int_equal(heir_go_on(&f->heir, &clock), HEIR_DONE);
	heir_begin(&f->heir, &f->legacy);
	assert_int_equal(heir_go_on(&f->heir, &clock), HEIR_MORE);
	assert_true(f->learned < REFS / 2);
	while (heir_go_on(&f->heir, &clock) == HEIR_MORE)
		;
	assert_int_equal(f->learned, REFS);
}

static void
the_segments_in_which_refs_were_met_are_known_still(void **state)
{
	struct fixture *f = *state;
	uint64_t ref;

	heir_begin(&f->heir, &f->legacy);
	(void)refmap_meet(f->heir.refs, 3, 6);
	step_to_end(f);
	while (refmap_sweep(f->heir.refs, 3))
		;
	for (ref = 0; ref < 14; ref++)
		assert_int_equal(
		    refmap_labels(f->heir.refs, ref) != LABELSET_NONE,
		    ref % 7 > 3 || ref == 3);
}

/* Else a snapshot would be believed by who reads what was before. */
static void
that_a_ref_is_given_other_labels_is_noticed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(series_learn(f->legacy.refs, 8, 20, "b=1"), FINAL_OK);
	heir_begin(&f->heir, &f->legacy);
	assert_int_equal(refmap_redefined(f->heir.refs), 21);
	assert_int_equal(series_learn(f->heir.refs, 9, 30, "b=2"), FINAL_OK);
	assert_int_equal(refmap_redefined(f->heir.refs), 31);
	/* It stays as it is. */
	step_to_end(f);
	f->old.map = f->heir.refs;
	assert_string_equal(keeping_labels(&f->old, 8), "b=1");
	assert_string_equal(keeping_labels(&f->old, 9), "b=2");
	/* The same labels as before, and a new ref, are no change. */
	assert_int_equal(series_learn(f->heir.refs, 8, 40, "b=1"), FINAL_OK);
	assert_int_equal(
	    series_learn(f->heir.refs, REFS + 1, 40, "b=3"), FINAL_OK);
	assert_int_equal(refmap_redefined(f->heir.refs), 31);
}

/* It was refused, and is known to be so. */
static void
a_ref_without_labels_is_taken_too(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
	    series_learn(f->legacy.refs, REFS, 1, ""), FINAL_REFUSED);
	heir_begin(&f->heir, &f->legacy);
	(void)refmap_meet(f->heir.refs, REFS, 2);
	assert_false(f->heir.starved);
	assert_int_equal(
	    final_fate(refmap_meet(f->heir.refs, REFS, 2)), FINAL_REFUSED);
}

static void
without_memory_it_says_so(void **state)
{
	struct fixture *f = *state;
	enum heir_result result;

	heir_begin(&f->heir, &f->legacy);
	f->full = true;
	assert_null(refmap_meet(f->heir.refs, 5, 9));
	assert_true(f->heir.starved);
	assert_int_equal(heir_step(&f->heir), HEIR_NOMEM);
	while ((result = heir_step(&f->heir)) == HEIR_MORE)
		;
	assert_int_equal(result, HEIR_NOMEM);
	/* When there is some again, it goes on. */
	f->full = false;
	while (heir_step(&f->heir) == HEIR_MORE)
		;
	assert_false(heir_expects(&f->heir));
	assert_int_equal(f->learned, REFS);
}

static void
what_is_not_wanted_any_more_is_given_up(void **state)
{
	struct fixture *f = *state;

	heir_begin(&f->heir, &f->legacy);
	(void)refmap_meet(f->heir.refs, 5, 9);
	heir_release(&f->heir);
	assert_false(heir_expects(&f->heir));
	assert_null(refmap_meet(f->heir.refs, 6, 9));
	assert_int_equal(labelsets_count(f->old.sets), 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_ref_is_taken_when_the_log_comes_to_it),
		TEST(the_others_are_taken_bit_by_bit_and_all_once),
		TEST(a_turn_of_it_ends_when_its_time_is_up),
		TEST(the_segments_in_which_refs_were_met_are_known_still),
		TEST(that_a_ref_is_given_other_labels_is_noticed),
		TEST(a_ref_without_labels_is_taken_too),
		TEST(without_memory_it_says_so),
		TEST(what_is_not_wanted_any_more_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
