/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/series/mapping.h"

/* The segment in which refs are met when it does not matter. */
#define SEGMENT 3u

static struct final *
find(struct mapping *fixture, uint64_t ref)
{
	return refmap_meet(fixture->map, ref, SEGMENT);
}

static struct final *
set(struct mapping *fixture, uint64_t ref, const char *labels)
{
	assert_int_equal(
	    series_learn(fixture->map, ref, SEGMENT, labels), FINAL_OK);
	return find(fixture, ref);
}

static void
refs_from_end_to_end_are_found_and_their_neighbours_not(void **state)
{
	static const uint64_t refs[] = { 0, 1, 63, 64, 127, 1 << 20, UINT32_MAX,
		UINT64_C(1) << 40, UINT64_MAX - 64, UINT64_MAX };
	const size_t len = sizeof(refs) / sizeof(*refs);
	struct mapping fixture = mapping_begin();
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
	mapping_end(&fixture);
}

static void
a_ref_redefined_stands_for_the_new_series_alone(void **state)
{
	struct mapping fixture = mapping_begin();
	struct final *b;

	(void)state;
	(void)set(&fixture, 5, "a=1");
	b = set(&fixture, 5, "b=1");
	assert_ptr_equal(find(&fixture, 5), b);
	assert_int_equal(refmap_count(fixture.map), 1);
	assert_int_equal(finals_count(fixture.finals), 1);
	mapping_end(&fixture);
}

static void
a_ref_defined_as_it_was_keeps_its_series(void **state)
{
	struct mapping fixture = mapping_begin();
	struct final *a = set(&fixture, 5, "a=1");

	(void)state;
	assert_ptr_equal(set(&fixture, 5, "a=1"), a);
	assert_ptr_equal(find(&fixture, 5), a);
	assert_int_equal(finals_count(fixture.finals), 1);
	mapping_end(&fixture);
}

static void
two_refs_may_stand_for_one_series(void **state)
{
	struct mapping fixture = mapping_begin();
	struct final *a = set(&fixture, 5, "a=1");

	(void)state;
	assert_ptr_equal(set(&fixture, 900, "a=1"), a);
	(void)set(&fixture, 5, "b=1");
	assert_ptr_equal(find(&fixture, 900), a);
	mapping_end(&fixture);
}

/* The labels of ${ref}: "name=value,..."; NULL if it has no series. */
static const char *
labels_of(struct mapping *fixture, uint64_t ref)
{
	uint32_t set = refmap_labels(fixture->map, ref);
	struct wal_label labels[SERIES_LABELS];
	struct wal_label_list list = { labels, 0, SERIES_LABELS };
	static char text[256];
	size_t i, at = 0;

	if (set == LABELSET_NONE)
		return NULL;
	assert_int_equal(labelsets_labels(fixture->sets, set, &list), 0);
	text[0] = '\0';
	for (i = 0; i < labelsets_len(fixture->sets, set); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    "%s%.*s=%.*s", i > 0 ? "," : "", (int)labels[i].name.len,
		    labels[i].name.data, (int)labels[i].value.len,
		    labels[i].value.data);
	return text;
}

/* As the log has them, and not as they are sent. */
static void
a_ref_keeps_the_labels_it_was_given(void **state)
{
	struct series_labels external = series_labels("host=h1");
	struct mapping fixture = { .sets = labelsets_new() };
	struct final *a;

	(void)state;
	fixture.finals = finals_new(external.labels, external.len);
	fixture.map = refmap_new(fixture.sets, fixture.finals);
	a = set(&fixture, 5, "b=2,a=1");
	assert_string_equal(labels_of(&fixture, 5), "a=1,b=2");
	assert_ptr_equal(set(&fixture, 6, "a=1,b=2,host=h1"), a);
	assert_string_equal(labels_of(&fixture, 6), "a=1,b=2,host=h1");
	assert_null(labels_of(&fixture, 7));
	assert_null(labels_of(&fixture, 700));
	mapping_end(&fixture);
}

static void
a_series_that_is_refused_is_known(void **state)
{
	struct mapping fixture = mapping_begin();

	(void)state;
	assert_int_equal(
	    series_learn(fixture.map, 5, SEGMENT, "a="), FINAL_REFUSED);
	assert_int_equal(final_fate(find(&fixture, 5)), FINAL_REFUSED);
	assert_int_equal(
	    series_learn(fixture.map, 5, SEGMENT, "b="), FINAL_REFUSED);
	assert_int_equal(refmap_count(fixture.map), 1);
	assert_int_equal(final_fate(set(&fixture, 5, "a=1")), FINAL_OK);
	assert_int_equal(
	    series_learn(fixture.map, 5, SEGMENT, ""), FINAL_REFUSED);
	assert_int_equal(finals_count(fixture.finals), 0);
	mapping_end(&fixture);
}

/* As many and as long as the world may make them. */
static void
labels_that_are_too_much_are_not_kept(void **state)
{
	struct wal_label *labels =
	    calloc(LABELSET_LABELS_MAX + 1, sizeof(*labels));
	char *text = calloc(1, FINAL_PACKED_MAX + 1);
	struct mapping fixture = mapping_begin();

	(void)state;
	assert_true(labels != NULL && text != NULL);
	labels[0].name = (struct wal_text){ "a", 1 };
	labels[0].value = (struct wal_text){ text, FINAL_PACKED_MAX };
	assert_int_equal(
	    refmap_learn(fixture.map, 5, SEGMENT, labels, 1), FINAL_REFUSED);
	assert_string_equal(labels_of(&fixture, 5), "");
	labels[0].value.len = 1;
	assert_int_equal(refmap_learn(fixture.map, 6, SEGMENT, labels,
			     LABELSET_LABELS_MAX + 1),
	    FINAL_REFUSED);
	assert_string_equal(labels_of(&fixture, 6), "");
	assert_int_equal(labelsets_count(fixture.sets), 1);
	free(labels);
	free(text);
	mapping_end(&fixture);
}

static void
a_cleared_map_is_empty_and_as_good_as_new(void **state)
{
	struct mapping fixture = mapping_begin();
	struct final *b;

	(void)state;
	(void)set(&fixture, 5, "a=1");
	assert_non_null(find(&fixture, 5));
	refmap_clear(fixture.map);
	assert_null(find(&fixture, 5));
	assert_int_equal(refmap_count(fixture.map), 0);
	b = set(&fixture, 5, "b=1");
	assert_ptr_equal(find(&fixture, 5), b);
	mapping_end(&fixture);
}

#define MANY 20000u

/* Have ${MANY} refs with a label each, which begins with ${name}. */
static void
learn_many(struct mapping *fixture, const char *name)
{
	char text[32];
	uint64_t ref;

	for (ref = 0; ref < MANY; ref++) {
		(void)snprintf(text, sizeof(text), "%s=%u", name,
		    (unsigned int)(ref / 10));
		(void)set(fixture, ref * 61, text);
	}
}

static void
what_a_cleared_map_took_is_given_back_in_slices(void **state)
{
	struct mapping fixture = mapping_begin();
	unsigned int slices = 1;

	(void)state;
	learn_many(&fixture, "a");
	refmap_clear(fixture.map);
	assert_int_equal(refmap_count(fixture.map), 0);
	assert_null(find(&fixture, 61));
	assert_true(finals_count(fixture.finals) > MANY / 20);
	while (refmap_tidy(fixture.map))
		slices++;
	assert_true(slices > 10);
	assert_int_equal(finals_count(fixture.finals), 0);
	assert_int_equal(labelsets_count(fixture.sets), 0);
	assert_false(refmap_tidy(fixture.map));
	mapping_end(&fixture);
}

static void
what_a_cleared_map_took_is_given_back_as_others_are_learned(void **state)
{
	struct mapping fixture = mapping_begin();

	(void)state;
	learn_many(&fixture, "a");
	refmap_clear(fixture.map);
	refmap_clear(fixture.map);
	learn_many(&fixture, "b");
	assert_int_equal(refmap_count(fixture.map), MANY);
	assert_int_equal(finals_count(fixture.finals), MANY / 10);
	assert_int_equal(labelsets_count(fixture.sets), MANY / 10);
	mapping_end(&fixture);
}

/* What a walk meets. */
struct met {
	unsigned int count[REFMAP_PAGE * 4];
	uint64_t segments;
};

static void
note_met(void *arg, const struct labelsets *sets, uint64_t ref, uint64_t met,
    uint32_t set)
{
	struct met *all = arg;

	assert_int_equal(labelsets_len(sets, set), 1);
	assert_true(ref < REFMAP_PAGE * 4);
	all->count[ref]++;
	all->segments += met;
}

static void
a_walk_meets_each_ref_and_what_is_known_of_it(void **state)
{
	struct mapping fixture = mapping_begin();
	struct met met = { .segments = 0 };
	uint32_t at = 0;
	uint64_t ref;

	(void)state;
	assert_false(refmap_walk(fixture.map, &at, note_met, &met));
	learn_many(&fixture, "a");
	refmap_clear(fixture.map);
	for (ref = 0; ref < REFMAP_PAGE * 4; ref += 3)
		assert_int_equal(
		    series_learn(fixture.map, ref, ref, "a=1"), FINAL_OK);
	while (refmap_walk(fixture.map, &at, note_met, &met))
		;
	for (ref = 0; ref < REFMAP_PAGE * 4; ref++) {
		assert_int_equal(met.count[ref], ref % 3 == 0);
		met.segments -= ref % 3 == 0 ? ref : 0;
	}
	assert_int_equal(met.segments, 0);
	mapping_end(&fixture);
}

static void
other_labels_for_a_ref_are_a_change_and_new_refs_are_none(void **state)
{
	struct mapping fixture = mapping_begin();

	(void)state;
	mapping_meet(&fixture, 5, 7, 8);
	mapping_meet(&fixture, 5, 9, 9);
	mapping_meet(&fixture, 6, 9, 9);
	while (refmap_sweep(fixture.map, 9))
		;
	assert_int_equal(series_learn(fixture.map, 5, 10, "b=1"), FINAL_OK);
	assert_int_equal(refmap_changes(fixture.map), 0);
	assert_int_equal(refmap_redefined(fixture.map), 0);
	assert_int_equal(series_learn(fixture.map, 5, 12, "a=1"), FINAL_OK);
	assert_int_equal(series_learn(fixture.map, 5, 11, "b=1"), FINAL_OK);
	assert_int_equal(refmap_changes(fixture.map), 2);
	assert_int_equal(refmap_redefined(fixture.map), 13);
	refmap_clear(fixture.map);
	assert_int_equal(refmap_changes(fixture.map), 3);
	assert_int_equal(refmap_redefined(fixture.map), 0);
	mapping_end(&fixture);
}

/* Know even refs elsewhere; ${arg} counts how often it is asked. */
struct elsewhere {
	struct refmap *map;
	unsigned int asked;
};

static void
tell_even(void *arg, uint64_t ref)
{
	struct elsewhere *elsewhere = arg;

	elsewhere->asked++;
	if (ref % 2 == 0)
		assert_int_equal(
		    series_learn(elsewhere->map, ref, 1, "a=1"), FINAL_OK);
}

static void
what_it_does_not_have_is_asked_for(void **state)
{
	struct mapping fixture = mapping_begin();
	struct elsewhere elsewhere = { .map = fixture.map };

	(void)state;
	refmap_ask(fixture.map, tell_even, &elsewhere);
	assert_non_null(refmap_meet(fixture.map, 2, 3));
	assert_int_equal(elsewhere.asked, 1);
	assert_non_null(refmap_meet(fixture.map, 2, 3));
	assert_int_equal(elsewhere.asked, 1);
	assert_null(refmap_meet(fixture.map, 3, 3));
	assert_int_equal(elsewhere.asked, 2);
	/* A ref that has labels elsewhere is given others. */
	assert_int_equal(series_learn(fixture.map, 4, 5, "b=1"), FINAL_OK);
	assert_int_equal(refmap_redefined(fixture.map), 6);
	assert_int_equal(elsewhere.asked, 3);
	refmap_note_redefined(fixture.map, 4);
	assert_int_equal(refmap_redefined(fixture.map), 6);
	refmap_note_redefined(fixture.map, 9);
	assert_int_equal(refmap_redefined(fixture.map), 9);
	refmap_ask(fixture.map, NULL, NULL);
	assert_null(refmap_meet(fixture.map, 6, 3));
	assert_int_equal(elsewhere.asked, 3);
	mapping_end(&fixture);
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
	struct mapping fixture = mapping_begin();
	struct draw draw = draw_from(seed);
	unsigned int step, n;

	for (step = 0; step < 5000; step++) {
		n = draw_below(&draw, REFS);
		found = find(&fixture, nth_ref(n));
		draw_check(&draw, found == model[n]);
		if (draw_below(&draw, 3) == 0)
			model[n] = set(&fixture, nth_ref(n),
			    labels[draw_below(&draw, LABELS_LEN)]);
		if (draw_below(&draw, 1000) == 0) {
			refmap_clear(fixture.map);
			memset(model, 0, sizeof(model));
			while (draw_below(&draw, 2) == 0 &&
			    refmap_tidy(fixture.map))
				;
		}
		draw_check(&draw, finals_count(fixture.finals) <= LABELS_LEN);
	}
	mapping_end(&fixture);
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
		cmocka_unit_test(a_ref_keeps_the_labels_it_was_given),
		cmocka_unit_test(a_series_that_is_refused_is_known),
		cmocka_unit_test(labels_that_are_too_much_are_not_kept),
		cmocka_unit_test(a_cleared_map_is_empty_and_as_good_as_new),
		cmocka_unit_test(
		    what_a_cleared_map_took_is_given_back_in_slices),
		cmocka_unit_test(
		    what_a_cleared_map_took_is_given_back_as_others_are_learned),
		cmocka_unit_test(a_walk_meets_each_ref_and_what_is_known_of_it),
		cmocka_unit_test(
		    other_labels_for_a_ref_are_a_change_and_new_refs_are_none),
		cmocka_unit_test(what_it_does_not_have_is_asked_for),
		cmocka_unit_test(what_was_set_last_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
