/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wal/checkpoint.h"
#include "wal/cursor.h"

/* Have ${cursor} take a record that ends at 10, 20, ... of ${segment}. */
static bool
take(struct wal_cursor *cursor, uint64_t segment, uint64_t end, uint8_t what)
{
	struct wal_held held = {
		.first = { 3, (uint32_t)segment },
		.record = { .start = end - 10, .last = end - 10, .end = end },
	};

	return wal_cursor_take(cursor, segment, &held, &what, 1);
}

/* The same in the file ${file} of checkpoint 5. */
static bool
take_inside(struct wal_cursor *cursor, uint64_t file, uint64_t end, bool missed)
{
	struct wal_held held = {
		.record = { .start = end - 10, .last = end - 10, .end = end },
	};
	struct wal_checkpoint_record rec = {
		.data = (const uint8_t *)"x",
		.len = 1,
		.file = file,
		.held = &held,
	};

	return wal_cursor_take_inside(cursor, 5, &rec, missed);
}

/* The mark past records up to ${end} of segment 7, and one before in 6. */
static struct wal_mark
mark_at(uint64_t end)
{
	struct wal_cursor cursor;
	uint64_t at;

	wal_cursor_begin(&cursor, 3);
	assert_true(take(&cursor, 6, 10, 'a'));
	for (at = 10; at <= end; at += 10)
		assert_true(take(&cursor, 7, at, (uint8_t)(at / 10)));
	return *wal_cursor_mark(&cursor);
}

static void
from_the_start_all_is_fresh_and_the_mark_follows(void **state)
{
	struct wal_mark mark = mark_at(20);

	(void)state;
	assert_int_equal(mark.generation, 3);
	assert_int_equal(mark.at.segment, 7);
	assert_int_equal(mark.at.offset, 20);
	assert_int_equal(mark.at.first.crc, 7);
	assert_int_equal(mark.at.record.len, 1);
	assert_int_equal(mark.before_len, 1);
	assert_int_equal(mark.before[0].offset, 10);
}

static void
past_a_mark_is_fresh_and_until_then_the_mark_stays(void **state)
{
	struct wal_mark mark = mark_at(20);
	struct wal_cursor cursor;

	(void)state;
	wal_cursor_resume(&cursor, &mark);
	assert_false(take(&cursor, 6, 10, 'a'));
	assert_false(take(&cursor, 7, 10, 1));
	assert_memory_equal(wal_cursor_mark(&cursor), &mark, sizeof(mark));
	assert_false(cursor.past);
	assert_false(take(&cursor, 7, 20, 2));
	assert_true(cursor.past);
	assert_memory_equal(wal_cursor_mark(&cursor), &mark, sizeof(mark));
	assert_true(take(&cursor, 7, 30, 3));
	assert_int_equal(wal_cursor_mark(&cursor)->at.offset, 30);
	assert_true(take(&cursor, 8, 10, 4));
	assert_int_equal(wal_cursor_mark(&cursor)->before_len, 2);
	/* Resuming from the mark that it has itself. */
	wal_cursor_resume(&cursor, wal_cursor_mark(&cursor));
	assert_int_equal(wal_cursor_mark(&cursor)->at.segment, 8);
}

static void
a_mark_with_more_before_it_than_it_can_hold_is_not_believed(void **state)
{
	struct wal_mark mark = mark_at(20);
	struct wal_cursor cursor;

	(void)state;
	mark.before_len = WAL_MARK_BEFORE;
	wal_cursor_resume(&cursor, &mark);
	assert_int_equal(wal_cursor_mark(&cursor)->before_len, WAL_MARK_BEFORE);
	mark.before_len = WAL_MARK_BEFORE + 1;
	wal_cursor_resume(&cursor, &mark);
	assert_int_equal(wal_cursor_mark(&cursor)->before_len, 0);
}

static void
a_place_without_a_record_is_left_for_one_with(void **state)
{
	struct wal_mark mark = mark_at(20);
	struct wal_cursor cursor;

	(void)state;
	mark.at.fragment = mark.at.offset;
	wal_cursor_resume(&cursor, &mark);
	assert_false(take(&cursor, 7, 10, 1));
	assert_false(take(&cursor, 7, 20, 2));
	assert_int_equal(wal_cursor_mark(&cursor)->at.fragment, 10);
	assert_int_equal(wal_cursor_mark(&cursor)->at.record.len, 1);
}

static void
a_search_ends_with_the_record_wherever_it_is(void **state)
{
	struct wal_mark mark = mark_at(30);
	struct wal_cursor cursor;

	(void)state;
	wal_cursor_search(&cursor, &mark);
	assert_false(take(&cursor, 6, 10, 3)); /* Not the segment. */
	assert_false(take(&cursor, 7, 50, 9));
	assert_true(wal_cursor_is_searching(&cursor, 7));
	assert_false(wal_cursor_is_searching(&cursor, 6));
	assert_false(take(&cursor, 7, 60, 3));
	assert_false(wal_cursor_is_searching(&cursor, 7));
	assert_int_equal(wal_cursor_mark(&cursor)->at.offset, 60);
	assert_true(take(&cursor, 7, 70, 4));
}

static void
a_search_ends_with_the_record_before_the_damage_too(void **state)
{
	struct wal_cursor cursor;
	struct wal_mark mark;

	(void)state;
	wal_cursor_begin(&cursor, 0);
	wal_cursor_damage(&cursor, 7); /* Of another segment. */
	wal_cursor_open(&cursor, 7);
	assert_true(take(&cursor, 7, 10, 1));
	assert_int_equal(cursor.at.at.damaged, 0);
	wal_cursor_damage(&cursor, 7);
	assert_true(take(&cursor, 7, 30, 3));
	wal_cursor_damage(&cursor, 7);
	mark = *wal_cursor_mark(&cursor);
	wal_cursor_search(&cursor, &mark);
	assert_false(take(&cursor, 7, 10, 1));
	assert_true(take(&cursor, 7, 20, 9));
	/* Before the damage there was nothing. */
	wal_cursor_begin(&cursor, 0);
	wal_cursor_damage(&cursor, 7);
	assert_true(take(&cursor, 7, 20, 2));
	assert_int_equal(cursor.at.at.damaged, 1);
	assert_int_equal(cursor.at.at.sound.len, 0);
}

static void
a_search_in_vain_makes_the_segment_fresh(void **state)
{
	struct wal_mark mark = mark_at(20);
	struct wal_cursor cursor;

	(void)state;
	wal_cursor_search(&cursor, &mark);
	assert_false(take(&cursor, 7, 10, 9));
	assert_memory_equal(wal_cursor_mark(&cursor), &mark, sizeof(mark));
	wal_cursor_not_found(&cursor);
	assert_int_equal(wal_cursor_mark(&cursor)->at.segment, 7);
	assert_int_equal(wal_cursor_mark(&cursor)->at.offset, 0);
	assert_int_equal(wal_cursor_mark(&cursor)->before_len, 1);
	assert_true(take(&cursor, 7, 10, 9));
}

static void
past_a_mark_in_a_checkpoint_its_values_are_missed(void **state)
{
	struct wal_cursor cursor;
	struct wal_mark mark;

	(void)state;
	wal_cursor_begin(&cursor, 0);
	assert_true(take_inside(&cursor, 0, 10, true));
	assert_true(take_inside(&cursor, 1, 10, true));
	mark = *wal_cursor_mark(&cursor);
	assert_int_equal(mark.inside, 1);
	assert_int_equal(mark.checkpoint, 5);
	assert_int_equal(mark.at.segment, 1);
	wal_cursor_resume(&cursor, &mark);
	assert_false(take_inside(&cursor, 0, 90, true));
	assert_false(take_inside(&cursor, 1, 10, true));
	assert_memory_equal(wal_cursor_mark(&cursor), &mark, sizeof(mark));
	assert_true(take_inside(&cursor, 1, 20, true));
	assert_int_equal(wal_cursor_mark(&cursor)->at.offset, 20);
	assert_true(take(&cursor, 6, 10, 1));
	assert_int_equal(wal_cursor_mark(&cursor)->inside, 0);
	assert_int_equal(wal_cursor_mark(&cursor)->before_len, 0);
}

static void
a_checkpoint_read_for_its_series_is_no_place_to_go_on_from(void **state)
{
	struct wal_mark mark = mark_at(20);
	struct wal_cursor cursor;

	(void)state;
	wal_cursor_resume(&cursor, &mark);
	assert_false(take_inside(&cursor, 0, 10, false));
	assert_memory_equal(wal_cursor_mark(&cursor), &mark, sizeof(mark));
	assert_true(take(&cursor, 9, 10, 1));
	assert_false(take_inside(&cursor, 0, 10, false));
	assert_int_equal(wal_cursor_mark(&cursor)->at.segment, 9);
	assert_int_equal(wal_cursor_mark(&cursor)->inside, 0);
}

static void
one_read_for_what_was_missed_is(void **state)
{
	struct wal_mark mark = mark_at(20);
	struct wal_cursor cursor;

	(void)state;
	wal_cursor_resume(&cursor, &mark);
	assert_true(take_inside(&cursor, 0, 10, true));
	assert_int_equal(wal_cursor_mark(&cursor)->inside, 1);
	assert_int_equal(wal_cursor_mark(&cursor)->checkpoint, 5);
	assert_int_equal(wal_cursor_mark(&cursor)->at.offset, 10);
	assert_true(take(&cursor, 9, 10, 1));
	assert_int_equal(wal_cursor_mark(&cursor)->inside, 0);
	assert_true(take_inside(&cursor, 0, 20, true));
	assert_int_equal(wal_cursor_mark(&cursor)->inside, 1);
	assert_int_equal(wal_cursor_mark(&cursor)->at.offset, 20);
}

static void
until_something_was_read_the_place_is_the_start_of_a_segment(void **state)
{
	struct wal_cursor cursor;

	(void)state;
	wal_cursor_begin(&cursor, 0);
	wal_cursor_open(&cursor, 6);
	assert_int_equal(wal_cursor_mark(&cursor)->at.segment, 6);
	assert_true(take(&cursor, 6, 10, 1));
	wal_cursor_open(&cursor, 7);
	assert_int_equal(wal_cursor_mark(&cursor)->at.segment, 6);
}

static void
its_segment_is_that_of_its_own_generation(void **state)
{
	struct wal_mark mark = { .generation = 3, .at.segment = 7 };
	struct wal_cursor cursor;

	(void)state;
	wal_cursor_resume(&cursor, &mark);
	assert_int_equal(wal_cursor_segment(&cursor, 3), 7);
	assert_int_equal(wal_cursor_segment(&cursor, 4), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    from_the_start_all_is_fresh_and_the_mark_follows),
		cmocka_unit_test(
		    past_a_mark_is_fresh_and_until_then_the_mark_stays),
		cmocka_unit_test(
		    a_mark_with_more_before_it_than_it_can_hold_is_not_believed),
		cmocka_unit_test(a_place_without_a_record_is_left_for_one_with),
		cmocka_unit_test(a_search_ends_with_the_record_wherever_it_is),
		cmocka_unit_test(
		    a_search_ends_with_the_record_before_the_damage_too),
		cmocka_unit_test(a_search_in_vain_makes_the_segment_fresh),
		cmocka_unit_test(
		    past_a_mark_in_a_checkpoint_its_values_are_missed),
		cmocka_unit_test(
		    a_checkpoint_read_for_its_series_is_no_place_to_go_on_from),
		cmocka_unit_test(one_read_for_what_was_missed_is),
		cmocka_unit_test(
		    until_something_was_read_the_place_is_the_start_of_a_segment),
		cmocka_unit_test(its_segment_is_that_of_its_own_generation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
