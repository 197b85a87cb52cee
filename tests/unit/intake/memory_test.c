/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/intake/remembering.h"

static void
what_was_kept_is_known_in_the_next_life(void **state)
{
	struct remembering *f = *state;
	uint64_t count;

	assert_false(memory_recalling(f->memory, &count));
	remembering_keep_some(f);
	memory_measure(f->memory);
	assert_true(stat_value(f->meters.snapshot_size) > 100);
	assert_true(
	    stat_value(f->meters.snapshot_time) * 1000 == (double)SIM_WALL);
	stat_set(f->meters.snapshot_size, 0);
	remembering_expect_known(f);
	assert_true(stat_value(f->meters.snapshot_size) > 100);
	assert_true(
	    stat_value(f->meters.snapshot_time) * 1000 == (double)SIM_WALL);
}

/* Know ${count} families, the help of each so long. */
static void
describe(struct remembering *f, unsigned int count, size_t len)
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
	struct remembering *f = *state;
	struct family family;

	describe(f, 5000, 10); /* More than a slice. */
	remembering_keep_some(f);
	remembering_expect_known(f);
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
	struct remembering *f = *state;

	describe(f, 200, FAMILIES_TEXT_MAX);
	remembering_keep_some(f);
	assert_true(f->lazy.submitted > 200 / 4);
	remembering_expect_known(f);
	assert_int_equal(families_len(f->families), 200);
}

static void
of_another_log_it_is_of_no_use(void **state)
{
	struct remembering *f = *state;

	remembering_keep_some(f);
	f->place->position.mark.generation = 1;
	remembering_expect_none(f);
}

static void
nor_of_another_destination(void **state)
{
	struct remembering *f = *state;

	remembering_keep_some(f);
	(void)snprintf(f->place->position.key, POSITION_TEXT_MAX, "other");
	remembering_expect_none(f);
}

static void
nor_for_a_position_before_the_acknowledged_one(void **state)
{
	struct remembering *f = *state;

	remembering_keep_some(f);
	f->place->position.mark.at.offset--;
	remembering_expect_none(f);
}

/* Segment 6 is that of the position, and 7 comes after it. */
static void
nor_if_a_ref_was_given_anew_in_its_segment_or_later(void **state)
{
	struct remembering *f = *state;

	keeping_learn(&f->keeping, 1, REMEMBERING_REFS);
	assert_int_equal(
	    series_learn(f->keeping.map, 1, 6, "__name__=other"), FINAL_OK);
	assert_true(remembering_keep(f, false));
	lazy_work(&f->lazy);
	remembering_expect_none(f);
	f->place->position.mark.at.segment = 7; /* But before it was read. */
	remembering_expect_known(f);
	f->place->position.mark.at.segment = 6;
	f->place->position.mark = f->read; /* Nor with all read. */
	remembering_expect_known(f);
}

static void
nor_with_marks_of_another_form(void **state)
{
	struct remembering *f = *state;
	struct snapshot_head head = {
		.key = "key", .mark = "x", .mark_len = 1
	};
	struct snapshot *snapshot;

	snapshot = snapshot_new(f->place->series, f->keeping.map, &head);
	assert_int_equal(keeping_step_to_end(snapshot), SNAPSHOT_DONE);
	snapshot_free(snapshot);
	remembering_expect_none(f);
}

static void
a_new_destination_recalls_nothing(void **state)
{
	struct remembering *f = *state;
	uint64_t count;

	remembering_keep_some(f);
	f->place->position.begun = false;
	remembering_begin(f);
	assert_false(memory_recalling(f->memory, &count));
}

static void
nor_does_one_that_is_within_a_checkpoint(void **state)
{
	struct remembering *f = *state;
	uint64_t count;

	remembering_keep_some(f);
	f->place->position.mark.inside = 1;
	remembering_begin(f);
	assert_false(memory_recalling(f->memory, &count));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown( \
	    name, remembering_set_up, remembering_tear_down)
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
