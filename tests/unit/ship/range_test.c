/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/ship/range.h"

/* A range that ends at ${offset} and waits for ${unsettled} batches. */
static struct range *
open_range(struct ranges *ranges, uint64_t offset, unsigned int unsettled)
{
	struct range *range = ranges_open(ranges);

	assert_non_null(range);
	range->end = (struct wal_position){ 1, offset };
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
	assert_int_equal(ranges.acknowledged.segment, 1);
	assert_int_equal(ranges.acknowledged.offset, 20);
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
	assert_int_equal(ranges.acknowledged.offset, 20);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
