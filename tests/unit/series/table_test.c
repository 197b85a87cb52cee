/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "agent/series/table.h"
#include "tests/unit/base/draw.h"

#define THINGS 4000u
#define STEPS 8000u

/* What may be in the table, and whether it is: the model. */
struct thing {
	uint32_t hash;
	uint32_t number; /* Of its piece; SLAB_NONE if it is not in. */
};

/* A piece of the slab. */
struct piece {
	struct table_entry in_table;
	const struct thing *thing;
};

struct fixture {
	struct table table;
	struct thing things[THINGS];
};

static struct fixture *
begin(void)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	return f;
}

static void
end(struct fixture *f)
{
	table_release(&f->table);
	free(f);
}

static bool
alike(const void *entry, const void *key)
{
	const struct piece *piece = entry;

	return piece->thing == key;
}

static uint32_t
find(const struct fixture *f, const struct thing *thing)
{
	uint32_t number = table_find(&f->table, thing->hash, alike, thing);

	assert_ptr_equal(table_get(&f->table, thing->hash, alike, thing),
	    number != SLAB_NONE ? table_at(&f->table, number) : NULL);
	return number;
}

static void
add(struct fixture *f, struct thing *thing)
{
	struct piece *piece;

	thing->number = table_put(&f->table, thing->hash, sizeof(*piece));
	assert_int_not_equal(thing->number, SLAB_NONE);
	piece = table_at(&f->table, thing->number);
	piece->thing = thing;
}

static void
take_out(struct fixture *f, struct thing *thing)
{
	table_drop(&f->table, thing->number, sizeof(struct piece));
	thing->number = SLAB_NONE;
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

/* How many pieces the buckets hold, each in the bucket of its hash. */
static uint32_t
count_pieces(const struct draw *draw, const struct table *table)
{
	const struct table_entry *entry;
	uint32_t bucket, number, count = 0;

	for (bucket = 0; bucket < table->buckets; bucket++) {
		number = *table_bucket(table, bucket);
		for (; number != SLAB_NONE; number = entry->next) {
			entry = table_at(table, number);
			draw_check(draw,
			    table_home(table, entry->hash) ==
				table_bucket(table, bucket));
			count++;
		}
	}
	return count;
}

static void
check_all(const struct draw *draw, const struct fixture *f)
{
	uint32_t in = 0;
	size_t i;

	for (i = 0; i < THINGS; i++) {
		draw_check(draw, find(f, &f->things[i]) == f->things[i].number);
		in += f->things[i].number != SLAB_NONE;
	}
	draw_check(draw, f->table.len == in);
	draw_check(draw, count_pieces(draw, &f->table) == in);
}

static void
add_and_remove_at_random(uint64_t seed)
{
	/* Chains as long as all there are take their time. */
	uint32_t i, things = seed % 4 == 0 ? THINGS : THINGS / 10;
	struct draw draw = draw_from(seed);
	struct fixture *f = begin();
	struct thing *thing;

	f->table.spread = (unsigned int)(seed % 3);
	for (i = 0; i < THINGS; i++)
		f->things[i].hash = draw_hash(&draw, seed);
	for (i = 0; i < STEPS; i++) {
		thing = &f->things[draw_below(&draw, things)];
		if (thing->number != SLAB_NONE)
			take_out(f, thing);
		else
			add(f, thing);
		if (i % 500 == 0 || i == STEPS - 1)
			check_all(&draw, f);
	}
	end(f);
}

static void
it_holds_what_was_added_and_not_removed(void **state)
{
	uint64_t count = 24, first = draw_first(&count), i;

	(void)state;
	for (i = 0; i < count; i++)
		add_and_remove_at_random(first + i);
}

/* Over several doublings, and each time by as many as it is spread. */
static void
it_grows_by_a_bucket_with_each_piece(void **state)
{
	struct draw draw = draw_from(1);
	struct fixture *f = begin();
	struct thing *things = calloc(20000, sizeof(*things));
	uint32_t before, i;

	(void)state;
	assert_non_null(things);
	f->table.spread = 1;
	for (i = 0; i < 20000; i++) {
		things[i].hash = (uint32_t)draw_any(&draw);
		before = f->table.buckets;
		add(f, &things[i]);
		assert_true(i == 0 || f->table.buckets - before <= 2);
		assert_true(f->table.buckets >= 2 * i);
	}
	assert_true(f->table.buckets <= 2 * 20000);
	assert_int_equal(count_pieces(&draw, &f->table), 20000);
	for (i = 0; i < 20000; i++)
		assert_int_equal(find(f, &things[i]), things[i].number);
	end(f);
	free(things);
}

static void
an_empty_table_finds_nothing(void **state)
{
	struct fixture *f = begin();

	(void)state;
	assert_int_equal(find(f, &f->things[0]), SLAB_NONE);
	end(f);
}

static void
of_two_with_one_hash_each_is_found(void **state)
{
	struct fixture *f = begin();
	struct thing *a = &f->things[0], *b = &f->things[1];

	(void)state;
	a->hash = b->hash = 5;
	add(f, a);
	add(f, b);
	assert_int_equal(find(f, a), a->number);
	assert_int_equal(find(f, b), b->number);
	take_out(f, a);
	assert_int_equal(find(f, a), SLAB_NONE);
	assert_int_equal(find(f, b), b->number);
	end(f);
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
	struct fixture *f = begin();
	struct thing *a = &f->things[0], *b = &f->things[1];

	(void)state;
	a->hash = 5;
	b->hash = 5 + (1u << 20);
	add(f, a);
	add(f, b);
	assert_int_equal(
	    table_find(&f->table, a->hash, always, NULL), a->number);
	assert_int_equal(
	    table_find(&f->table, b->hash, always, NULL), b->number);
	end(f);
}

static void
a_released_table_is_as_good_as_new(void **state)
{
	struct fixture *f = begin();
	struct thing *a = &f->things[0];

	(void)state;
	add(f, a);
	table_release(&f->table);
	assert_int_equal(f->table.len, 0);
	assert_int_equal(table_find(&f->table, a->hash, alike, a), SLAB_NONE);
	add(f, a);
	assert_int_equal(find(f, a), a->number);
	end(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_holds_what_was_added_and_not_removed),
		cmocka_unit_test(it_grows_by_a_bucket_with_each_piece),
		cmocka_unit_test(an_empty_table_finds_nothing),
		cmocka_unit_test(of_two_with_one_hash_each_is_found),
		cmocka_unit_test(only_those_of_its_hash_are_looked_at),
		cmocka_unit_test(a_released_table_is_as_good_as_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
