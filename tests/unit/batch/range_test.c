/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/batch/range.h"

/* A range that ends at ${offset} and waits for ${unsettled} batches. */
static struct range *
open_range(struct ranges *ranges, uint64_t offset, unsigned int unsettled)
{
	struct range *range = ranges_open(ranges);

	assert_non_null(range);
	range->end.at.segment = 1;
	range->end.at.offset = offset;
	range->after = (int64_t)offset + 1;
	range->highest = (int64_t)offset;
	range->limit = 10;
	range->unsettled = unsettled;
	range->cut = true;
	return range;
}

static void
ranges_without_batches_are_acknowledged_at_once(void **state)
{
	struct ranges ranges = { 0 };

	(void)state;
	(void)open_range(&ranges, 10, 0);
	(void)open_range(&ranges, 20, 0);
	ranges_advance(&ranges);
	assert_true(ranges.moved);
	assert_int_equal(ranges.acknowledged.at.segment, 1);
	assert_int_equal(ranges.acknowledged.at.offset, 20);
	assert_int_equal(ranges.highest, 20);
	assert_int_equal(ranges.after, 21);
	assert_null(ranges.first);
	assert_null(ranges.last);
	ranges_release(&ranges);
}

static void
a_later_range_settled_first_does_not_move_the_position(void **state)
{
	struct ranges ranges = { 0 };
	struct range *first = open_range(&ranges, 10, 1);

	(void)state;
	(void)open_range(&ranges, 20, 0);
	ranges_advance(&ranges);
	assert_false(ranges.moved);
	first->unsettled = 0;
	ranges_advance(&ranges);
	assert_int_equal(ranges.acknowledged.at.offset, 20);
	ranges_release(&ranges);
}

static void
a_range_being_filled_is_not_acknowledged(void **state)
{
	struct ranges ranges = { 0 };
	struct range *range = open_range(&ranges, 10, 0);

	(void)state;
	range->cut = false;
	ranges_advance(&ranges);
	assert_false(ranges.moved);
	assert_ptr_equal(ranges.first, range);
	ranges_release(&ranges);
}

static void
ranges_can_be_opened_after_all_were_acknowledged(void **state)
{
	struct ranges ranges = { 0 };
	struct range *range;

	(void)state;
	(void)open_range(&ranges, 10, 0);
	ranges_advance(&ranges);
	range = open_range(&ranges, 20, 2);
	assert_ptr_equal(ranges.first, range);
	assert_ptr_equal(ranges.last, range);
	ranges_release(&ranges);
	assert_null(ranges.first);
}

/* Those that were launched are marked so; nothing else is listed after them. */
static void
those_on_the_wire_are_listed_and_runs_of_settled_ones_are_one(void **state)
{
	struct position_range list[POSITION_RANGES_MAX];
	struct ranges ranges = { 0 };

	(void)state;
	assert_int_equal(ranges_list(&ranges, list, POSITION_RANGES_MAX), 0);
	open_range(&ranges, 10, 2)->launched = true;
	open_range(&ranges, 20, 0)->launched = true;
	(void)open_range(&ranges, 30, 0);
	(void)open_range(&ranges, 40, 1);
	open_range(&ranges, 50, 1)->launched = true;
	open_range(&ranges, 60, 0)->launched = true;
	(void)open_range(&ranges, 70, 1);
	assert_int_equal(ranges_list(&ranges, list, POSITION_RANGES_MAX), 5);
	assert_int_equal(list[0].end.segment, 1);
	assert_int_equal(list[0].end.offset, 10);
	assert_int_equal(list[0].limit, 10);
	assert_false(list[0].done);
	assert_int_equal(list[1].end.offset, 30);
	assert_true(list[1].done);
	assert_int_equal(list[2].end.offset, 40);
	assert_false(list[2].done);
	assert_int_equal(list[3].end.offset, 50);
	assert_false(list[3].done);
	assert_int_equal(list[4].end.offset, 60);
	assert_true(list[4].done);
	assert_int_equal(ranges_list(&ranges, list, 2), 2);
	ranges_release(&ranges);
}

static void
ranges_of_a_checkpoint_are_not_listed(void **state)
{
	struct position_range list[POSITION_RANGES_MAX];
	struct ranges ranges = { 0 };
	struct range *range = open_range(&ranges, 10, 1);

	(void)state;
	range->launched = true;
	range->end.inside = 1;
	assert_int_equal(ranges_list(&ranges, list, POSITION_RANGES_MAX), 0);
	open_range(&ranges, 20, 1)->launched = true;
	assert_int_equal(ranges_list(&ranges, list, POSITION_RANGES_MAX), 1);
	assert_int_equal(list[0].end.offset, 20);
	ranges_release(&ranges);
}

static void
there_is_a_ceiling_behind_one_that_is_stuck(void **state)
{
	struct ranges ranges = { 0 };
	struct range *stuck = open_range(&ranges, 1, 1);
	unsigned int i;

	(void)state;
	for (i = 1; i < RANGES_MAX; i++)
		(void)open_range(&ranges, i + 1, 0);
	assert_null(ranges_open(&ranges));
	stuck->unsettled = 0;
	ranges_advance(&ranges);
	assert_non_null(ranges_open(&ranges));
	ranges_release(&ranges);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    ranges_without_batches_are_acknowledged_at_once),
		cmocka_unit_test(
		    a_later_range_settled_first_does_not_move_the_position),
		cmocka_unit_test(a_range_being_filled_is_not_acknowledged),
		cmocka_unit_test(
		    ranges_can_be_opened_after_all_were_acknowledged),
		cmocka_unit_test(
		    those_on_the_wire_are_listed_and_runs_of_settled_ones_are_one),
		cmocka_unit_test(ranges_of_a_checkpoint_are_not_listed),
		cmocka_unit_test(there_is_a_ceiling_behind_one_that_is_stuck),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
