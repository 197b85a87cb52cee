/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>

#include "agent/series/refmap.h"
#include "tests/unit/base/draw.h"
#include "tests/unit/series/series.h"

struct fixture {
	struct labelsets *sets;
	struct finals *finals;
	struct refmap *map;
};

static struct fixture
begin(void)
{
	struct fixture fixture = { .sets = labelsets_new() };

	fixture.finals = finals_new(fixture.sets, NULL, 0);
	fixture.map = refmap_new(fixture.finals);
	assert_non_null(fixture.map);
	return fixture;
}

/* The map takes with it all references there are. */
static void
end(struct fixture *fixture)
{
	refmap_free(fixture->map);
	assert_int_equal(finals_count(fixture->finals), 0);
	finals_free(fixture->finals);
	labelsets_free(fixture->sets);
}

/* The segment in which refs are met when it does not matter. */
#define SEGMENT 3u

static struct final *
find(struct fixture *fixture, uint64_t ref)
{
	return refmap_meet(fixture->map, ref, SEGMENT);
}

static struct final *
set(struct fixture *fixture, uint64_t ref, const char *labels)
{
	struct final *final = series_take(fixture->finals, labels);

	assert_non_null(final);
	assert_int_equal(refmap_set(fixture->map, ref, SEGMENT, final), 0);
	return final;
}

static void
refs_from_end_to_end_are_found_and_their_neighbours_not(void **state)
{
	static const uint64_t refs[] = { 0, 1, 63, 64, 127, 1 << 20, UINT32_MAX,
		UINT64_C(1) << 40, UINT64_MAX - 64, UINT64_MAX };
	const size_t len = sizeof(refs) / sizeof(*refs);
	struct fixture fixture = begin();
	struct final *one;
	size_t i;

	(void)state;
	for (i = 0; i < len; i++) {
		assert_null(find(&fixture, refs[i]));
		one = set(&fixture, refs[i], "a=1");
		assert_ptr_equal(find(&fixture, refs[i]), one);
	}
	assert_int_equal(refmap_count(fixture.map), len);
	assert_null(find(&fixture, 2));
	assert_null(find(&fixture, 65));
	assert_null(find(&fixture, UINT64_MAX - 1));
	assert_null(find(&fixture, 1 << 19));
	end(&fixture);
}

static void
a_ref_redefined_stands_for_the_new_series_alone(void **state)
{
	struct fixture fixture = begin();
	struct final *b;

	(void)state;
	(void)set(&fixture, 5, "a=1");
	b = set(&fixture, 5, "b=1");
	assert_ptr_equal(find(&fixture, 5), b);
	assert_int_equal(refmap_count(fixture.map), 1);
	assert_int_equal(finals_count(fixture.finals), 1);
	end(&fixture);
}

static void
a_ref_defined_as_it_was_keeps_its_series(void **state)
{
	struct fixture fixture = begin();
	struct final *a = set(&fixture, 5, "a=1");

	(void)state;
	assert_ptr_equal(set(&fixture, 5, "a=1"), a);
	assert_ptr_equal(find(&fixture, 5), a);
	assert_int_equal(finals_count(fixture.finals), 1);
	end(&fixture);
}

static void
two_refs_may_stand_for_one_series(void **state)
{
	struct fixture fixture = begin();
	struct final *a = set(&fixture, 5, "a=1");

	(void)state;
	assert_ptr_equal(set(&fixture, 900, "a=1"), a);
	(void)set(&fixture, 5, "b=1");
	assert_ptr_equal(find(&fixture, 900), a);
	end(&fixture);
}

static void
a_forgotten_ref_has_no_series(void **state)
{
	struct fixture fixture = begin();

	(void)state;
	(void)set(&fixture, 5, "a=1");
	(void)set(&fixture, 6, "b=1");
	refmap_forget(fixture.map, 5);
	refmap_forget(fixture.map, 5);
	refmap_forget(fixture.map, 500);
	assert_null(find(&fixture, 5));
	assert_non_null(find(&fixture, 6));
	assert_int_equal(refmap_count(fixture.map), 1);
	assert_int_equal(finals_count(fixture.finals), 1);
	end(&fixture);
}

static void
a_cleared_map_is_empty_and_as_good_as_new(void **state)
{
	struct fixture fixture = begin();
	struct final *b;

	(void)state;
	(void)set(&fixture, 5, "a=1");
	assert_non_null(find(&fixture, 5));
	refmap_clear(fixture.map);
	assert_null(find(&fixture, 5));
	assert_int_equal(refmap_count(fixture.map), 0);
	assert_int_equal(finals_count(fixture.finals), 0);
	b = set(&fixture, 5, "b=1");
	assert_ptr_equal(find(&fixture, 5), b);
	end(&fixture);
}

/* Define ${ref} in ${segment}, and meet it again in ${met}. */
static void
meet(struct fixture *fixture, uint64_t ref, uint64_t segment, uint64_t met)
{
	assert_int_equal(refmap_set(fixture->map, ref, segment,
			     series_take(fixture->finals, "a=1")),
	    0);
	assert_non_null(refmap_meet(fixture->map, ref, met));
}

static void
a_sweep_forgets_what_was_last_met_up_to_the_segment(void **state)
{
	struct fixture fixture = begin();
	uint64_t ref;

	(void)state;
	for (ref = 0; ref < 10; ref++)
		meet(&fixture, ref * 50, 1, ref);
	meet(&fixture, 1000, 5, 2);
	refmap_sweep(fixture.map, 4);
	assert_int_equal(refmap_count(fixture.map), 6);
	for (ref = 0; ref < 10; ref++)
		assert_int_equal(
		    refmap_meet(fixture.map, ref * 50, 0) != NULL, ref > 4);
	assert_non_null(refmap_meet(fixture.map, 1000, 0));
	end(&fixture);
}

static void
a_sweep_of_many_pages_leaves_no_dead_ref(void **state)
{
	struct fixture fixture = begin();
	uint64_t ref;

	(void)state;
	for (ref = 0; ref < 20000; ref++)
		meet(&fixture, ref * 61, 1, ref % 2000 == 0 ? 9 : 1);
	refmap_sweep(fixture.map, 8);
	assert_int_equal(refmap_count(fixture.map), 10);
	for (ref = 0; ref < 20000; ref++)
		assert_int_equal(refmap_meet(fixture.map, ref * 61, 0) != NULL,
		    ref % 2000 == 0);
	end(&fixture);
}

static void
a_ref_met_in_no_countable_segment_is_not_swept(void **state)
{
	struct fixture fixture = begin();

	(void)state;
	meet(&fixture, 5, UINT64_C(1) << 32, UINT64_C(1) << 32);
	refmap_sweep(fixture.map, 10);
	refmap_sweep(fixture.map, UINT32_MAX);
	refmap_sweep(fixture.map, UINT64_MAX - 1);
	assert_int_equal(refmap_count(fixture.map), 1);
	end(&fixture);
}

static void
a_ref_swept_and_set_again_is_as_new(void **state)
{
	struct fixture fixture = begin();

	(void)state;
	meet(&fixture, 5, 7, 7);
	meet(&fixture, 6, 99, 99);
	refmap_sweep(fixture.map, 8);
	meet(&fixture, 5, 3, 3);
	refmap_forget(fixture.map, 6);
	meet(&fixture, 6, 3, 3);
	refmap_sweep(fixture.map, 4);
	assert_int_equal(refmap_count(fixture.map), 0);
	end(&fixture);
}

/* The refs of the model: some next to each other, the rest far apart. */
#define REFS 400u

static uint64_t
nth_ref(unsigned int n)
{
	return n < REFS / 2 ? n : (uint64_t)n << (n % 50);
}

static const char *const labels[] = { "a=1", "a=2", "a=1,b=1", "b=1" };
#define LABELS_LEN (sizeof(labels) / sizeof(*labels))

static void
set_and_find_at_random(uint64_t seed)
{
	struct final *model[REFS] = { NULL }, *found;
	struct fixture fixture = begin();
	struct draw draw = draw_from(seed);
	unsigned int step, n;

	for (step = 0; step < 5000; step++) {
		n = draw_below(&draw, REFS);
		found = find(&fixture, nth_ref(n));
		draw_check(&draw, found == model[n]);
		if (draw_below(&draw, 3) == 0)
			model[n] = set(&fixture, nth_ref(n),
			    labels[draw_below(&draw, LABELS_LEN)]);
		if (draw_below(&draw, 10) == 0) {
			refmap_forget(fixture.map, nth_ref(n));
			model[n] = NULL;
		}
		draw_check(&draw, finals_count(fixture.finals) <= LABELS_LEN);
	}
	end(&fixture);
}

static void
what_was_set_last_is_found(void **state)
{
	uint64_t count = 10, first = draw_first(&count), i;

	(void)state;
	for (i = 0; i < count; i++)
		set_and_find_at_random(first + i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    refs_from_end_to_end_are_found_and_their_neighbours_not),
		cmocka_unit_test(
		    a_ref_redefined_stands_for_the_new_series_alone),
		cmocka_unit_test(a_ref_defined_as_it_was_keeps_its_series),
		cmocka_unit_test(two_refs_may_stand_for_one_series),
		cmocka_unit_test(a_forgotten_ref_has_no_series),
		cmocka_unit_test(a_cleared_map_is_empty_and_as_good_as_new),
		cmocka_unit_test(
		    a_sweep_forgets_what_was_last_met_up_to_the_segment),
		cmocka_unit_test(a_sweep_of_many_pages_leaves_no_dead_ref),
		cmocka_unit_test(
		    a_ref_met_in_no_countable_segment_is_not_swept),
		cmocka_unit_test(a_ref_swept_and_set_again_is_as_new),
		cmocka_unit_test(what_was_set_last_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
