/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/spool/sum.h"

/* Each segment pins as many bytes as its number. */
static uint64_t
pinned(struct spool_way *way, const struct spool_name *name, dev_t *ret)
{
	(void)way;
	*ret = 1;
	return name->number;
}

static void
what_is_held_and_not_there_is_pinned(void **state)
{
	struct spool_segment segments[] = {
		{ .name = { 0, 100 }, .held = true },
		{ .name = { 0, 200 }, .held = true, .there = true },
		{ .name = { 0, 400 } },
		{ .name = { 1, 800 }, .held = true },
	};
	struct spool_table table = { .segments = segments, .len = 4 };
	struct spool_way way = { .pinned = pinned };
	struct spool_sum sum = spool_sum(&table, &way);

	(void)state;
	assert_int_equal(sum.segments, 3);
	assert_int_equal(sum.pinned, 900);
	assert_int_equal(spool_sum(&table, NULL).pinned, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_held_and_not_there_is_pinned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
