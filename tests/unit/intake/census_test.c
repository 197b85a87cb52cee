/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "agent/intake/census.h"
#include "tests/unit/series/series.h"
#include "tests/unit/wal/scratch.h"
#include "tests/unit/wal/writer.h"

#define REFS 300u

struct fixture {
	char *dir;
	struct labelsets *sets;
	struct finals *finals;
	struct refmap *refs;
	struct census census;
	unsigned int offered; /* Refs. */
};

/* A checkpoint 7 that holds the even refs, of 1 to REFS, a record each. */
static void
write_checkpoint(struct fixture *f)
{
	char *path = scratch_path(f->dir, "checkpoint.00000007");
	struct writer writer = { .codec = WAL_SNAPPY };
	uint64_t ref;

	if (mkdir(path, 0700) != 0)
		abort();
	writer_open_dir(&writer, path, 0);
	for (ref = 2; ref <= REFS; ref += 2)
		writer_series(&writer, ref, "__name__", "m", NULL);
	writer_sample(&writer, 2, 1, 1);
	writer_close(&writer);
	free(path);
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	uint64_t ref;
	char name[40];

	assert_non_null(f);
	f->dir = scratch_dir();
	f->sets = labelsets_new();
	f->finals = finals_new(NULL, 0);
	f->refs = refmap_new(f->sets, f->finals);
	for (ref = 1; ref <= REFS; ref++) {
		(void)snprintf(
		    name, sizeof(name), "__name__=m%u", (unsigned int)ref);
		/* Every third was met after the checkpoint. */
		assert_int_equal(
		    series_learn(f->refs, ref, ref % 3 == 0 ? 8 : 5, name),
		    FINAL_OK);
	}
	write_checkpoint(f);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	census_release(&f->census);
	refmap_free(f->refs);
	finals_free(f->finals);
	labelsets_free(f->sets);
	scratch_remove(f->dir);
	free(f);
	return 0;
}

/* Step until there is no more to do; return how many steps that took. */
static unsigned int
step_to_end(struct fixture *f)
{
	unsigned int steps = 1;

	while (census_step(&f->census, f->refs))
		steps++;
	return steps;
}

static void
refs_met_neither_in_it_nor_above_are_let_go(void **state)
{
	struct fixture *f = *state;
	uint64_t ref;

	census_begin(&f->census, f->dir, 7);
	assert_in_range(step_to_end(f), 3, 20); /* In bounded steps. */
	for (ref = 1; ref <= REFS; ref++)
		if (ref % 2 == 0 || ref % 3 == 0)
			assert_non_null(refmap_meet(f->refs, ref, 0));
		else
			assert_null(refmap_meet(f->refs, ref, 0));
	assert_int_equal(refmap_count(f->refs), finals_count(f->finals));
}

static void
a_checkpoint_is_looked_at_once(void **state)
{
	struct fixture *f = *state;

	census_skip(&f->census, 7);
	census_begin(&f->census, f->dir, 7);
	assert_false(census_step(&f->census, f->refs));
	assert_int_equal(refmap_count(f->refs), REFS);
}

static void
a_checkpoint_that_is_not_there_proves_nothing(void **state)
{
	struct fixture *f = *state;

	census_begin(&f->census, f->dir, 9);
	assert_int_equal(step_to_end(f), 1);
	assert_int_equal(refmap_count(f->refs), REFS);
}

static void
a_damaged_checkpoint_proves_nothing(void **state)
{
	struct fixture *f = *state;
	char *path = scratch_path(f->dir, "checkpoint.00000007/00000000");
	FILE *file = fopen(path, "r+e");

	assert_non_null(file);
	assert_int_equal(fseek(file, 20, SEEK_SET), 0);
	assert_int_equal(fputc(0xff, file), 0xff);
	assert_int_equal(fclose(file), 0);
	free(path);
	census_begin(&f->census, f->dir, 7);
	(void)step_to_end(f);
	assert_int_equal(refmap_count(f->refs), REFS);
}

/* Take note that a ref was offered, and have it known. */
static enum wal_status
accept(void *arg, const struct wal_series_list *list,
    const struct wal_series *series)
{
	struct fixture *f = arg;

	f->offered++;
	return refmap_learn(f->refs, series->ref, 8,
		   list->pool.labels + series->first, series->count) == FINAL_OK
	    ? WAL_OK
	    : WAL_NOMEM;
}

static void
what_there_was_no_room_for_is_offered_again(void **state)
{
	struct fixture *f = *state;
	struct room room = { .sets = f->sets, .limits = { .max_series = 1 } };

	refmap_limit(f->refs, &room);
	assert_int_equal(series_learn(f->refs, 2, 5, "a=x"), FINAL_BEYOND);
	assert_int_equal(series_learn(f->refs, 5, 5, "a=y"), FINAL_BEYOND);
	assert_int_equal(refmap_beyond(f->refs), 2);
	room.limits.max_series = 0;
	f->census.offer = accept;
	f->census.arg = f;
	census_begin(&f->census, f->dir, 7);
	(void)step_to_end(f);
	/* The other one is not in it, and is dead. */
	assert_int_equal(f->offered, 1);
	assert_int_equal(refmap_beyond(f->refs), 0);
	assert_int_equal(final_fate(refmap_meet(f->refs, 2, 0)), FINAL_OK);
	assert_null(refmap_meet(f->refs, 5, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    refs_met_neither_in_it_nor_above_are_let_go, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    a_checkpoint_is_looked_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_checkpoint_that_is_not_there_proves_nothing, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    what_there_was_no_room_for_is_offered_again, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    a_damaged_checkpoint_proves_nothing, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
