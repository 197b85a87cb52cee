/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/intake/lookup.h"
#include "tests/unit/intake/checkpoint.h"
#include "tests/unit/series/keeping.h"

#define SERIES (ROLL_RECORDS + 1)

static void
what_is_not_known_is_learned_and_what_is_stays(void **state)
{
	char *dir = checkpoint_make(SERIES);
	struct remarks remarks = { 0 };
	struct learn learn = { .remarks = &remarks };
	struct lookup lookup = { .learn = &learn };
	struct keeping k;

	(void)state;
	keeping_begin(&k);
	learn.refs = k.map;
	learn.finals = k.finals;
	assert_int_equal(series_learn(k.map, 2, 1, "__name__=n"), FINAL_OK);
	assert_false(lookup_under_way(&lookup));
	assert_true(lookup_begin(&lookup, dir, 3));
	assert_true(lookup_under_way(&lookup));
	assert_true(lookup_step(&lookup));
	assert_string_equal(keeping_labels(&k, SERIES), "-");
	while (lookup_step(&lookup))
		;
	assert_false(lookup_under_way(&lookup));
	assert_int_equal(refmap_count(k.map), SERIES);
	assert_string_equal(keeping_labels(&k, SERIES), "__name__=m");
	assert_string_equal(keeping_labels(&k, 2), "__name__=n");
	lookup_release(&lookup);
	learn_release(&learn);
	keeping_end(&k);
	scratch_remove(dir);
}

/* A census of it may be under way, and have passed them before. */
static void
what_is_found_lives_beyond_the_checkpoint(void **state)
{
	char *dir = checkpoint_make(SERIES);
	struct remarks remarks = { 0 };
	struct learn learn = { .remarks = &remarks };
	struct lookup lookup = { .learn = &learn };
	struct keeping k;

	(void)state;
	keeping_begin(&k);
	learn.refs = k.map;
	learn.finals = k.finals;
	assert_int_equal(series_learn(k.map, 2, 1, "__name__=n"), FINAL_OK);
	assert_true(lookup_begin(&lookup, dir, 3));
	while (lookup_step(&lookup))
		;
	while (refmap_sweep(k.map, 3))
		;
	assert_int_equal(refmap_count(k.map), SERIES);
	lookup_release(&lookup);
	learn_release(&learn);
	keeping_end(&k);
	scratch_remove(dir);
}

static void
a_checkpoint_is_asked_once(void **state)
{
	char *dir = checkpoint_make(SERIES);
	struct lookup lookup = { 0 };

	(void)state;
	assert_true(lookup_begin(&lookup, dir, 3));
	lookup_release(&lookup);
	assert_false(lookup_begin(&lookup, dir, 3));
	/* One of another log is another. */
	lookup_forget(&lookup);
	assert_true(lookup_begin(&lookup, dir, 3));
	lookup_release(&lookup);
	scratch_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_is_not_known_is_learned_and_what_is_stays),
		cmocka_unit_test(what_is_found_lives_beyond_the_checkpoint),
		cmocka_unit_test(a_checkpoint_is_asked_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
