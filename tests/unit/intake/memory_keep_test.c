/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/intake/remembering.h"

static bool
is_there(const struct remembering *f, const char *suffix)
{
	char path[128];

	(void)snprintf(
	    path, sizeof(path), "%s/place%s", f->scratch.data, suffix);
	return access(path, F_OK) == 0;
}

static void
within_a_checkpoint_nothing_is_kept(void **state)
{
	struct remembering *f = *state;

	f->read.inside = 1;
	assert_false(remembering_keep(f, true));
	assert_null(f->lazy.first);
}

static void
what_is_kept_already_is_not_kept_again(void **state)
{
	struct remembering *f = *state;

	remembering_keep_some(f);
	assert_false(remembering_keep(f, true));
	assert_null(f->lazy.first);
	remembering_expect_known(f);
	assert_false(remembering_keep(f, true));
	assert_null(f->lazy.first);
}

static void
it_is_kept_every_ten_minutes_and_once_at_the_end(void **state)
{
	struct remembering *f = *state;

	remembering_keep_some(f);
	f->read.at.offset++;
	assert_false(remembering_keep(f, false));
	(void)sim_run(f->sim, MEMORY_PERIOD - 1);
	assert_false(remembering_keep(f, false));
	(void)sim_run(f->sim, 1);
	assert_true(remembering_keep(f, false));
	lazy_work(&f->lazy);
	f->read.at.offset++;
	assert_true(remembering_keep(f, true));
	lazy_work(&f->lazy);
	f->read.at.offset++;
	assert_false(remembering_keep(f, true));
}

/* That of a log which gave way to another may be of no use then. */
static void
it_is_kept_at_once_when_the_log_is_another_generation(void **state)
{
	struct remembering *f = *state;

	remembering_keep_some(f);
	f->read.generation++;
	/* Until the place is of that one, it needs what there is. */
	assert_false(remembering_keep(f, false));
	assert_false(remembering_keep(f, true));
	f->acknowledged.generation++;
	assert_true(remembering_keep(f, false));
	lazy_work(&f->lazy);
	f->read.at.offset++;
	assert_false(remembering_keep(f, false));

	/* One that fails is not tried again and again. */
	assert_int_equal(unlink(f->place->series), 0);
	assert_int_equal(mkdir(f->place->series, 0700), 0);
	f->read.generation = ++f->acknowledged.generation;
	assert_true(remembering_keep(f, false));
	lazy_work(&f->lazy);
	assert_true(stat_value(f->meters.snapshot_failures) == 1);
	assert_false(remembering_keep(f, false));
	assert_int_equal(rmdir(f->place->series), 0);
}

/* The one that is under way at the stop is the last. */
static void
one_at_a_time(void **state)
{
	struct remembering *f = *state;

	keeping_learn(&f->keeping, 1, REMEMBERING_REFS);
	assert_true(remembering_keep(f, false));
	f->read.at.offset++;
	assert_true(remembering_keep(f, true));
	lazy_work(&f->lazy);
	assert_false(remembering_keep(f, true));
	f->read.at.offset--;
	remembering_expect_known(f);
}

/* A stop may come while the series are still being recalled. */
static void
the_last_one_waits_until_all_is_known(void **state)
{
	struct remembering *f = *state;
	enum memory_result result;
	struct wal_mark mark;

	remembering_keep_some(f);
	remembering_begin(f);
	assert_false(remembering_keep(f, true));
	do {
		lazy_work(&f->lazy);
		result = memory_recall(f->memory, &mark);
	} while (result == MEMORY_MORE || result == MEMORY_WAIT);
	assert_int_equal(result, MEMORY_KNOWN);
	f->read.at.offset++;
	assert_true(remembering_keep(f, true));
	lazy_work(&f->lazy);
	f->read.at.offset++;
	assert_false(remembering_keep(f, true));
}

static void
a_map_that_changes_meanwhile_leaves_the_last_snapshot(void **state)
{
	struct remembering *f = *state;

	remembering_keep_some(f);
	keeping_learn(&f->keeping, 1, 5000); /* More than a slice. */
	f->read.at.offset++;
	assert_true(remembering_keep(f, true));
	refmap_clear(f->keeping.map);
	lazy_work(&f->lazy);
	assert_false(memory_keeping(f->memory));
	assert_false(is_there(f, ".series.new"));
	assert_true(stat_value(f->meters.snapshot_failures) < 1);
	f->read.at.offset--;
	remembering_expect_known(f);
}

static void
freed_while_the_worker_is_at_it_the_last_one_stays(void **state)
{
	struct remembering *f = *state;

	remembering_keep_some(f);
	keeping_learn(&f->keeping, 1, 5000);
	f->read.at.offset++;
	assert_true(remembering_keep(f, true));
	memory_free(f->memory);
	f->memory = NULL;
	lazy_work(&f->lazy);
	assert_false(is_there(f, ".series.new"));
	f->read.at.offset--;
	remembering_expect_known(f);
}

/* As when an entry is changed by a reload. */
static void
one_that_is_given_up_does_not_spoil_the_next(void **state)
{
	struct remembering *f = *state;

	keeping_learn(&f->keeping, 1, 5000);
	assert_true(remembering_keep(f, false));
	remembering_begin(f);
	keeping_learn(&f->keeping, 1, REMEMBERING_REFS);
	assert_true(remembering_keep(f, false));
	lazy_work(&f->lazy);
	assert_true(stat_value(f->meters.snapshot_failures) < 1);
	remembering_expect_known(f);
}

static void
a_failure_is_counted_and_tried_again_later(void **state)
{
	struct remembering *f = *state;

	assert_int_equal(mkdir(f->place->series, 0700), 0);
	remembering_begin(f);
	remembering_expect_none(f); /* A directory is no snapshot. */
	keeping_learn(&f->keeping, 1, REMEMBERING_REFS);
	assert_true(remembering_keep(f, false));
	lazy_work(&f->lazy);
	assert_true(stat_value(f->meters.snapshot_failures) == 1);
	assert_false(is_there(f, ".series.new"));
	assert_false(remembering_keep(f, false));
	assert_int_equal(rmdir(f->place->series), 0);
	(void)sim_run(f->sim, MEMORY_PERIOD);
	assert_true(remembering_keep(f, false));
	lazy_work(&f->lazy);
	assert_true(stat_value(f->meters.snapshot_failures) == 1);
	remembering_expect_known(f);
}

static void
what_is_forgotten_is_kept_anew_at_once(void **state)
{
	struct remembering *f = *state;

	remembering_keep_some(f);
	remembering_expect_known(f);
	memory_forget(f->memory, "a reason");
	memory_measure(f->memory);
	assert_int_equal(refmap_count(f->keeping.map), 0);
	assert_true(stat_value(f->meters.snapshot_recalled) < 1);
	keeping_learn(&f->keeping, 1, REMEMBERING_REFS);
	assert_true(remembering_keep(f, false));
}

/* Before the first record there is nothing to remembering_keep, and then there is. */
static void
what_could_not_be_kept_yet_is_kept_at_once(void **state)
{
	struct remembering *f = *state;
	const struct wal_mark read = f->read;

	f->read = (struct wal_mark){ 0 };
	assert_false(remembering_keep(f, false));
	f->read = (struct wal_mark){ .inside = 1 };
	assert_false(remembering_keep(f, false));
	f->read = read;
	remembering_keep_some(f);
	remembering_expect_known(f);
}

static void
a_place_without_a_file_keeps_nothing(void **state)
{
	struct remembering *f = *state;

	free(f->place->series);
	f->place->series = NULL;
	remembering_begin(f);
	assert_false(remembering_keep(f, true));
	assert_null(f->lazy.first);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown( \
	    name, remembering_set_up, remembering_tear_down)
		TEST(within_a_checkpoint_nothing_is_kept),
		TEST(what_is_kept_already_is_not_kept_again),
		TEST(it_is_kept_every_ten_minutes_and_once_at_the_end),
		TEST(it_is_kept_at_once_when_the_log_is_another_generation),
		TEST(one_at_a_time),
		TEST(the_last_one_waits_until_all_is_known),
		TEST(a_map_that_changes_meanwhile_leaves_the_last_snapshot),
		TEST(freed_while_the_worker_is_at_it_the_last_one_stays),
		TEST(one_that_is_given_up_does_not_spoil_the_next),
		TEST(a_failure_is_counted_and_tried_again_later),
		TEST(what_is_forgotten_is_kept_anew_at_once),
		TEST(what_could_not_be_kept_yet_is_kept_at_once),
		TEST(a_place_without_a_file_keeps_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
