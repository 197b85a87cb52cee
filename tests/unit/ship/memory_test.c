/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/log.h"
#include "agent/ship/memory.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/series/keeping.h"
#include "tests/unit/ship/scratch.h"
#include "tests/unit/ship/sim.h"

#define REFS 100u

struct fixture {
	struct scratch scratch;
	struct sim *sim;
	struct lazy lazy;
	struct stats *stats;
	struct meters meters;
	struct keeping keeping;
	struct families *families;
	struct place *place;
	struct memory *memory;
	struct wal_mark read, acknowledged;
};

static int
learn(
    void *arg, uint64_t ref, uint64_t met, struct wal_label *labels, size_t len)
{
	struct fixture *f = arg;

	return refmap_learn(f->keeping.map, ref, met, labels, len) ==
		FINAL_NOMEM
	    ? -1
	    : 0;
}

/* Begin another life, in which no ref is known yet. */
static void
begin(struct fixture *f)
{
	memory_free(f->memory);
	if (f->keeping.map != NULL)
		keeping_end(&f->keeping);
	keeping_begin(&f->keeping);
	families_clear(f->families);
	f->memory = memory_new(&(struct memory_options){
	    .clock = sim_clock(f->sim),
	    .place = f->place,
	    .refs = f->keeping.map,
	    .families = f->families,
	    .meters = &f->meters,
	    .learn = learn,
	    .arg = f,
	});
	assert_non_null(f->memory);
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char path[128];

	assert_non_null(f);
	log_init(LOG_ERROR + 1, LOG_LOGFMT);
	scratch_open(&f->scratch);
	f->sim = sim_new(&(struct sim_receiver){ 0 });
	lazy_init(&f->lazy);
	f->stats = stats_new();
	f->families = families_new();
	assert_int_equal(meters_init(&f->meters, f->stats, "r", "url"), 0);
	(void)snprintf(path, sizeof(path), "%s/place", f->scratch.data);
	assert_int_equal(
	    place_new(sim_clock(f->sim), &f->lazy.worker, path, &f->place),
	    PLACE_OK);
	assert_true(asprintf(&f->place->series, "%s.series", path) > 0);
	(void)snprintf(f->place->position.key, POSITION_TEXT_MAX, "key");
	f->place->position.begun = true;
	f->read = (struct wal_mark){ .at = { .segment = 7, .offset = 90 } };
	f->acknowledged =
	    (struct wal_mark){ .at = { .segment = 6, .offset = 50 } };
	f->place->position.mark = f->acknowledged;
	begin(f);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	memory_free(f->memory);
	lazy_work(&f->lazy);
	keeping_end(&f->keeping);
	families_free(f->families);
	place_free(f->place);
	meters_release(&f->meters);
	stats_free(f->stats);
	sim_free(f->sim);
	scratch_close(&f->scratch);
	free(f);
	return 0;
}

static bool
keep(struct fixture *f, bool last)
{
	return memory_keep(f->memory, &f->read, &f->acknowledged, last);
}

/* Keep a map of REFS refs. */
static void
keep_some(struct fixture *f)
{
	keeping_learn(&f->keeping, 1, REFS);
	assert_true(keep(f, false));
	lazy_work(&f->lazy);
	assert_false(memory_keeping(f->memory));
}

/* Recall what there is, to the end. */
static enum memory_result
recall(struct fixture *f, struct wal_mark *ret)
{
	enum memory_result result;
	uint64_t count;

	assert_true(memory_recalling(f->memory, &count));
	do
		result = memory_recall(f->memory, ret);
	while (result == MEMORY_MORE || result == MEMORY_WAIT);
	assert_false(memory_recalling(f->memory, &count));
	memory_measure(f->memory);
	return result;
}

static void
expect_known(struct fixture *f)
{
	struct wal_mark mark;

	begin(f);
	assert_int_equal(recall(f, &mark), MEMORY_KNOWN);
	assert_memory_equal(&mark, &f->read, sizeof(mark));
	assert_int_equal(refmap_count(f->keeping.map), REFS);
	assert_true(stat_value(f->meters.snapshot_recalled) == REFS);
}

static void
expect_none(struct fixture *f)
{
	struct wal_mark mark;

	begin(f);
	assert_int_equal(recall(f, &mark), MEMORY_NONE);
	assert_int_equal(refmap_count(f->keeping.map), 0);
	assert_true(stat_value(f->meters.snapshot_recalled) < 1);
}

static bool
is_there(const struct fixture *f, const char *suffix)
{
	char path[128];

	(void)snprintf(
	    path, sizeof(path), "%s/place%s", f->scratch.data, suffix);
	return access(path, F_OK) == 0;
}

static void
what_was_kept_is_known_in_the_next_life(void **state)
{
	struct fixture *f = *state;
	uint64_t count;

	assert_false(memory_recalling(f->memory, &count));
	keep_some(f);
	memory_measure(f->memory);
	assert_true(stat_value(f->meters.snapshot_size) > 100);
	assert_true(
	    stat_value(f->meters.snapshot_time) * 1000 == (double)SIM_WALL);
	stat_set(f->meters.snapshot_size, 0);
	expect_known(f);
	assert_true(stat_value(f->meters.snapshot_size) > 100);
	assert_true(
	    stat_value(f->meters.snapshot_time) * 1000 == (double)SIM_WALL);
}

/* Know ${count} families, the help of each so long. */
static void
describe(struct fixture *f, unsigned int count, size_t len)
{
	static char help[FAMILIES_TEXT_MAX];
	struct family family = { .type = FAMILY_COUNTER };
	char name[32];
	unsigned int i;

	memset(help, 'h', sizeof(help));
	for (i = 0; i < count; i++) {
		(void)snprintf(name, sizeof(name), "family%u", i);
		family.name = (struct wal_text){ name, strlen(name) };
		family.help = (struct wal_text){ help, len };
		assert_int_equal(families_put(f->families, &family), 0);
	}
}

static void
so_is_what_the_log_said_of_metrics(void **state)
{
	struct fixture *f = *state;
	struct family family;

	describe(f, 5000, 10); /* More than a slice. */
	keep_some(f);
	expect_known(f);
	assert_int_equal(families_len(f->families), 5000);
	family = families_at(f->families, 4999);
	assert_int_equal(family.type, FAMILY_COUNTER);
	assert_memory_equal(family.name.data, "family4999", 10);
	assert_int_equal(family.help.len, 10);
	/* It is forgotten with the series. */
	memory_forget(f->memory, "a reason");
	assert_int_equal(families_len(f->families), 0);
}

static void
long_texts_are_written_in_more_slices(void **state)
{
	struct fixture *f = *state;

	describe(f, 200, FAMILIES_TEXT_MAX);
	keep_some(f);
	assert_true(f->lazy.submitted > 200 / 4);
	expect_known(f);
	assert_int_equal(families_len(f->families), 200);
}

static void
of_another_log_it_is_of_no_use(void **state)
{
	struct fixture *f = *state;

	keep_some(f);
	f->place->position.mark.generation = 1;
	expect_none(f);
}

static void
nor_of_another_destination(void **state)
{
	struct fixture *f = *state;

	keep_some(f);
	(void)snprintf(f->place->position.key, POSITION_TEXT_MAX, "other");
	expect_none(f);
}

static void
nor_for_a_position_before_the_acknowledged_one(void **state)
{
	struct fixture *f = *state;

	keep_some(f);
	f->place->position.mark.at.offset--;
	expect_none(f);
}

/* Segment 6 is that of the position, and 7 comes after it. */
static void
nor_if_a_ref_was_given_anew_in_its_segment_or_later(void **state)
{
	struct fixture *f = *state;

	keeping_learn(&f->keeping, 1, REFS);
	assert_int_equal(
	    series_learn(f->keeping.map, 1, 6, "__name__=other"), FINAL_OK);
	assert_true(keep(f, false));
	lazy_work(&f->lazy);
	expect_none(f);
	f->place->position.mark.at.segment = 7; /* But before it was read. */
	expect_known(f);
	f->place->position.mark.at.segment = 6;
	f->place->position.mark = f->read; /* Nor with all read. */
	expect_known(f);
}

static void
nor_with_marks_of_another_form(void **state)
{
	struct fixture *f = *state;
	struct snapshot_head head = {
		.key = "key", .mark = "x", .mark_len = 1
	};
	struct snapshot *snapshot;

	snapshot = snapshot_new(f->place->series, f->keeping.map, &head);
	assert_int_equal(keeping_step_to_end(snapshot), SNAPSHOT_DONE);
	snapshot_free(snapshot);
	expect_none(f);
}

static void
a_new_destination_recalls_nothing(void **state)
{
	struct fixture *f = *state;
	uint64_t count;

	keep_some(f);
	f->place->position.begun = false;
	begin(f);
	assert_false(memory_recalling(f->memory, &count));
}

static void
nor_does_one_that_is_within_a_checkpoint(void **state)
{
	struct fixture *f = *state;
	uint64_t count;

	keep_some(f);
	f->place->position.mark.inside = 1;
	begin(f);
	assert_false(memory_recalling(f->memory, &count));
}

static void
within_a_checkpoint_nothing_is_kept(void **state)
{
	struct fixture *f = *state;

	f->read.inside = 1;
	assert_false(keep(f, true));
	assert_null(f->lazy.first);
}

static void
what_is_kept_already_is_not_kept_again(void **state)
{
	struct fixture *f = *state;

	keep_some(f);
	assert_false(keep(f, true));
	assert_null(f->lazy.first);
	expect_known(f);
	assert_false(keep(f, true));
	assert_null(f->lazy.first);
}

static void
it_is_kept_every_ten_minutes_and_once_at_the_end(void **state)
{
	struct fixture *f = *state;

	keep_some(f);
	f->read.at.offset++;
	assert_false(keep(f, false));
	(void)sim_run(f->sim, MEMORY_PERIOD - 1);
	assert_false(keep(f, false));
	(void)sim_run(f->sim, 1);
	assert_true(keep(f, false));
	lazy_work(&f->lazy);
	f->read.at.offset++;
	assert_true(keep(f, true));
	lazy_work(&f->lazy);
	f->read.at.offset++;
	assert_false(keep(f, true));
}

/* The one that is under way at the stop is the last. */
static void
one_at_a_time(void **state)
{
	struct fixture *f = *state;

	keeping_learn(&f->keeping, 1, REFS);
	assert_true(keep(f, false));
	f->read.at.offset++;
	assert_true(keep(f, true));
	lazy_work(&f->lazy);
	assert_false(keep(f, true));
	f->read.at.offset--;
	expect_known(f);
}

static void
a_map_that_changes_meanwhile_leaves_the_last_snapshot(void **state)
{
	struct fixture *f = *state;

	keep_some(f);
	keeping_learn(&f->keeping, 1, 5000); /* More than a slice. */
	f->read.at.offset++;
	assert_true(keep(f, true));
	refmap_clear(f->keeping.map);
	lazy_work(&f->lazy);
	assert_false(memory_keeping(f->memory));
	assert_false(is_there(f, ".series.new"));
	assert_true(stat_value(f->meters.snapshot_failures) < 1);
	f->read.at.offset--;
	expect_known(f);
}

static void
freed_while_the_worker_is_at_it_the_last_one_stays(void **state)
{
	struct fixture *f = *state;

	keep_some(f);
	keeping_learn(&f->keeping, 1, 5000);
	f->read.at.offset++;
	assert_true(keep(f, true));
	memory_free(f->memory);
	f->memory = NULL;
	lazy_work(&f->lazy);
	assert_false(is_there(f, ".series.new"));
	f->read.at.offset--;
	expect_known(f);
}

/* As when an entry is changed by a reload. */
static void
one_that_is_given_up_does_not_spoil_the_next(void **state)
{
	struct fixture *f = *state;

	keeping_learn(&f->keeping, 1, 5000);
	assert_true(keep(f, false));
	begin(f);
	keeping_learn(&f->keeping, 1, REFS);
	assert_true(keep(f, false));
	lazy_work(&f->lazy);
	assert_true(stat_value(f->meters.snapshot_failures) < 1);
	expect_known(f);
}

static void
a_failure_is_counted_and_tried_again_later(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir(f->place->series, 0700), 0);
	begin(f);
	expect_none(f); /* A directory is no snapshot. */
	keeping_learn(&f->keeping, 1, REFS);
	assert_true(keep(f, false));
	lazy_work(&f->lazy);
	assert_true(stat_value(f->meters.snapshot_failures) == 1);
	assert_false(is_there(f, ".series.new"));
	assert_false(keep(f, false));
	assert_int_equal(rmdir(f->place->series), 0);
	(void)sim_run(f->sim, MEMORY_PERIOD);
	assert_true(keep(f, false));
	lazy_work(&f->lazy);
	assert_true(stat_value(f->meters.snapshot_failures) == 1);
	expect_known(f);
}

static void
what_is_forgotten_is_kept_anew_at_once(void **state)
{
	struct fixture *f = *state;

	keep_some(f);
	expect_known(f);
	memory_forget(f->memory, "a reason");
	memory_measure(f->memory);
	assert_int_equal(refmap_count(f->keeping.map), 0);
	assert_true(stat_value(f->meters.snapshot_recalled) < 1);
	keeping_learn(&f->keeping, 1, REFS);
	assert_true(keep(f, false));
}

/* Before the first record there is nothing to keep, and then there is. */
static void
what_could_not_be_kept_yet_is_kept_at_once(void **state)
{
	struct fixture *f = *state;
	const struct wal_mark read = f->read;

	f->read = (struct wal_mark){ 0 };
	assert_false(keep(f, false));
	f->read = (struct wal_mark){ .inside = 1 };
	assert_false(keep(f, false));
	f->read = read;
	keep_some(f);
	expect_known(f);
}

static void
a_place_without_a_file_keeps_nothing(void **state)
{
	struct fixture *f = *state;

	free(f->place->series);
	f->place->series = NULL;
	begin(f);
	assert_false(keep(f, true));
	assert_null(f->lazy.first);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_was_kept_is_known_in_the_next_life),
		TEST(so_is_what_the_log_said_of_metrics),
		TEST(long_texts_are_written_in_more_slices),
		TEST(of_another_log_it_is_of_no_use),
		TEST(nor_of_another_destination),
		TEST(nor_for_a_position_before_the_acknowledged_one),
		TEST(nor_if_a_ref_was_given_anew_in_its_segment_or_later),
		TEST(nor_with_marks_of_another_form),
		TEST(a_new_destination_recalls_nothing),
		TEST(nor_does_one_that_is_within_a_checkpoint),
		TEST(within_a_checkpoint_nothing_is_kept),
		TEST(what_is_kept_already_is_not_kept_again),
		TEST(it_is_kept_every_ten_minutes_and_once_at_the_end),
		TEST(one_at_a_time),
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
