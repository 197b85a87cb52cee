/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/series/table.h"
#include "tests/unit/base/draw.h"

#define THINGS 300u
#define STEPS 2000u

/* What may be in the table, and whether it is: the model. */
struct thing {
	uint32_t hash;
	bool in;
};

static bool
alike(const void *entry, const void *key)
{
	return entry == key;
}

/* Hashes that fall far apart, close together, round the end, or all in one. */
static uint32_t
draw_hash(struct draw *draw, uint64_t seed)
{
	switch (seed % 4) {
	case 0:
		return (uint32_t)draw_any(draw);
	case 1:
		return draw_below(draw, 8);
	case 2:
		return UINT32_MAX - draw_below(draw, 3);
	default:
		return 5;
	}
}

static void
check_all(const struct draw *draw, const struct table *table,
    const struct thing *things)
{
	size_t i, in = 0;

	for (i = 0; i < THINGS; i++) {
		draw_check(draw,
		    table_find(table, things[i].hash, alike, &things[i]) ==
			(things[i].in ? &things[i] : NULL));
		in += things[i].in;
	}
	draw_check(draw, table->len == in);
	draw_check(draw, 4 * table->len <= 3 * table->cap);
}

static void
add_and_remove_at_random(uint64_t seed)
{
	struct draw draw = draw_from(seed);
	struct thing things[THINGS] = { 0 }, *thing;
	struct table table = { 0 };
	size_t i;

	for (i = 0; i < THINGS; i++)
		things[i].hash = draw_hash(&draw, seed);
	for (i = 0; i < STEPS; i++) {
		thing = &things[draw_below(&draw, THINGS)];
		if (thing->in)
			table_remove(&table, thing->hash, thing);
		else
			assert_int_equal(
			    table_add(&table, thing->hash, thing), 0);
		thing->in = !thing->in;
		if (i % 50 == 0 || i == STEPS - 1)
			check_all(&draw, &table, things);
	}
	table_release(&table);
}

static void
it_holds_what_was_added_and_not_removed(void **state)
{
	uint64_t count = 40, first = draw_first(&count), i;

	(void)state;
	for (i = 0; i < count; i++)
		add_and_remove_at_random(first + i);
}

static void
an_empty_table_finds_nothing(void **state)
{
	struct table table = { 0 };

	(void)state;
	assert_null(table_find(&table, 5, alike, &table));
	table_release(&table);
}

static void
of_two_with_one_hash_each_is_found(void **state)
{
	struct thing a = { 5, true }, b = { 5, true };
	struct table table = { 0 };

	(void)state;
	assert_int_equal(table_add(&table, 5, &a), 0);
	assert_int_equal(table_add(&table, 5, &b), 0);
	assert_ptr_equal(table_find(&table, 5, alike, &a), &a);
	assert_ptr_equal(table_find(&table, 5, alike, &b), &b);
	table_remove(&table, 5, &a);
	assert_null(table_find(&table, 5, alike, &a));
	assert_ptr_equal(table_find(&table, 5, alike, &b), &b);
	table_release(&table);
}

static bool
always(const void *entry, const void *key)
{
	(void)entry;
	(void)key;
	return true;
}

static void
only_those_of_its_hash_are_looked_at(void **state)
{
	struct thing a = { 5, true }, b = { 5 + (1u << 20), true };
	struct table table = { 0 };

	(void)state;
	assert_int_equal(table_add(&table, a.hash, &a), 0);
	assert_int_equal(table_add(&table, b.hash, &b), 0);
	assert_ptr_equal(table_find(&table, a.hash, always, NULL), &a);
	assert_ptr_equal(table_find(&table, b.hash, always, NULL), &b);
	table_release(&table);
}

static void
a_released_table_is_as_good_as_new(void **state)
{
	struct thing a = { 5, true };
	struct table table = { 0 };

	(void)state;
	assert_int_equal(table_add(&table, 5, &a), 0);
	table_release(&table);
	assert_int_equal(table.len, 0);
	assert_null(table_find(&table, 5, alike, &a));
	assert_int_equal(table_add(&table, 5, &a), 0);
	assert_ptr_equal(table_find(&table, 5, alike, &a), &a);
	table_release(&table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_holds_what_was_added_and_not_removed),
		cmocka_unit_test(an_empty_table_finds_nothing),
		cmocka_unit_test(of_two_with_one_hash_each_is_found),
		cmocka_unit_test(only_those_of_its_hash_are_looked_at),
		cmocka_unit_test(a_released_table_is_as_good_as_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
