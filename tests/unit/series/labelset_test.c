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

#include "agent/series/labelset.h"
#include "tests/unit/base/draw.h"

/* Pieces of memory allocated and not freed. */
static long pieces;

void *__real_malloc(size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void __wrap_free(void *memory);

void *
__wrap_malloc(size_t size)
{
	pieces++;
	return __real_malloc(size);
}

void
__wrap_free(void *memory)
{
	pieces -= memory != NULL;
	__real_free(memory);
}

#define LABELS(...) \
	(struct wal_label[]) \
	{ \
		__VA_ARGS__ \
	}
#define LABEL(name_, value_) \
	{ \
		{ name_, sizeof(name_) - 1 }, \
		{ \
			value_, sizeof(value_) - 1 \
		} \
	}

/* Compare the labels of ${set} with ${want}: name=value, each with a comma. */
static void
assert_labels(const struct labelsets *sets, uint32_t set, const char *want)
{
	size_t i, len = labelsets_len(sets, set), at = 0;
	struct wal_label_list list = { 0 };
	struct wal_label *labels;
	char text[256];

	assert_int_equal(labelsets_labels(sets, set, &list), 0);
	assert_int_equal(list.len, len);
	labels = list.labels;
	text[0] = '\0';
	for (i = 0; i < len; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    "%.*s=%.*s,", (int)labels[i].name.len, labels[i].name.data,
		    (int)labels[i].value.len, labels[i].value.data);
	assert_string_equal(text, want);
	free(labels);
}

static void
equal_labels_are_one_set_in_any_order(void **state)
{
	struct labelsets *sets = labelsets_new();
	uint32_t a, b;

	(void)state;
	a = labelsets_take(
	    sets, LABELS(LABEL("a", "1"), LABEL("b", "2"), LABEL("c", "3")), 3);
	b = labelsets_take(
	    sets, LABELS(LABEL("c", "3"), LABEL("a", "1"), LABEL("b", "2")), 3);
	assert_int_equal(a, b);
	assert_labels(sets, a, "a=1,b=2,c=3,");
	assert_int_equal(labelsets_count(sets), 1);
	labelsets_free(sets);
}

static void
names_and_values_are_not_mixed_up(void **state)
{
	struct labelsets *sets = labelsets_new();
	uint32_t a, b, c;

	(void)state;
	a = labelsets_take(sets, LABELS(LABEL("a", "b")), 1);
	b = labelsets_take(sets, LABELS(LABEL("b", "a")), 1);
	c = labelsets_take(sets, LABELS(LABEL("a", "b"), LABEL("b", "a")), 2);
	assert_int_not_equal(a, b);
	assert_int_not_equal(a, c);
	assert_labels(sets, c, "a=b,b=a,");
	assert_int_equal(labelsets_count(sets), 3);
	labelsets_free(sets);
}

static void
no_labels_at_all_are_a_set_too(void **state)
{
	struct labelsets *sets = labelsets_new();
	uint32_t a, b;

	(void)state;
	a = labelsets_take(sets, NULL, 0);
	b = labelsets_take(sets, NULL, 0);
	assert_int_not_equal(a, LABELSET_NONE);
	assert_int_equal(a, b);
	assert_int_equal(labelsets_take(sets, LABELS(LABEL("a", "")), 1), a);
	assert_int_equal(labelsets_len(sets, a), 0);
	labelsets_free(sets);
}

static void
texts_may_hold_any_byte(void **state)
{
	struct labelsets *sets = labelsets_new();
	uint32_t a, b, c;

	(void)state;
	a = labelsets_take(sets, LABELS(LABEL("a\0b", "x\0")), 1);
	b = labelsets_take(sets, LABELS(LABEL("a\0b", "x")), 1);
	c = labelsets_take(sets, LABELS(LABEL("a\0c", "x\0")), 1);
	assert_int_not_equal(a, b);
	assert_int_not_equal(a, c);
	assert_int_equal(
	    labelsets_take(sets, LABELS(LABEL("a\0b", "x\0")), 1), a);
	labelsets_free(sets);
}

/* ${len} labels in falling order of name, with a text each in ${texts}. */
static struct wal_label *
make_many(size_t len, char (*texts)[16])
{
	struct wal_label *labels = calloc(len, sizeof(*labels));
	size_t i;

	assert_non_null(labels);
	for (i = 0; i < len; i++) {
		(void)snprintf(texts[i], sizeof(*texts), "n%08zu", len - i);
		labels[i].name = (struct wal_text){ texts[i], 9 };
		labels[i].value = (struct wal_text){ texts[i] + 1, 8 };
	}
	return labels;
}

static void
ten_thousand_labels_are_taken_and_not_one_more(void **state)
{
	const size_t len = LABELSET_LABELS_MAX;
	struct labelsets *sets = labelsets_new();
	char(*texts)[16] = calloc(len + 1, sizeof(*texts));
	struct wal_label *labels = make_many(len + 1, texts);
	struct wal_label_list list = { labels, 0, len };
	uint32_t set;
	size_t i;

	(void)state;
	assert_int_equal(labelsets_take(sets, labels, len + 1), LABELSET_NONE);
	set = labelsets_take(sets, labels, len);
	assert_int_not_equal(set, LABELSET_NONE);
	assert_int_equal(labelsets_len(sets, set), len);
	assert_int_equal(labelsets_labels(sets, set, &list), 0);
	assert_ptr_equal(list.labels, labels); /* There was room. */
	for (i = 1; i < len; i++)
		assert_true(memcmp(labels[i - 1].name.data, labels[i].name.data,
				9) < 0);
	labelsets_drop(sets, set);
	assert_int_equal(labelsets_count(sets), 0);
	free(labels);
	free(texts);
	labelsets_free(sets);
}

static void
a_set_lives_until_the_last_reference_is_dropped(void **state)
{
	struct labelsets *sets = labelsets_new();
	uint32_t a, b;

	(void)state;
	a = labelsets_take(sets, LABELS(LABEL("a", "1")), 1);
	b = labelsets_take(sets, LABELS(LABEL("a", "1"), LABEL("b", "1")), 2);
	(void)labelsets_take(sets, LABELS(LABEL("a", "1")), 1);
	labelsets_drop(sets, a);
	labelsets_drop(sets, b);
	assert_labels(sets, a, "a=1,");
	assert_int_equal(labelsets_count(sets), 1);
	labelsets_drop(sets, a);
	assert_int_equal(labelsets_count(sets), 0);
	labelsets_free(sets);
}

/* Of sets, and of the names and values in them. */
static void
what_is_dropped_takes_no_memory(void **state)
{
	struct labelsets *sets = labelsets_new();
	struct wal_label label = LABEL("name", "");
	char value[24];
	unsigned int i;
	long before = 0;

	(void)state;
	for (i = 0; i < 20000; i++) {
		label.value.data = value;
		label.value.len =
		    (size_t)snprintf(value, sizeof(value), "value-%u", i);
		labelsets_drop(sets, labelsets_take(sets, &label, 1));
		if (i == 0)
			before = pieces;
	}
	assert_true(pieces == before);
	labelsets_free(sets);
}

/* A set of the model: which of four labels it has, with which of two values. */
#define KINDS 81u

static uint32_t
take_kind(struct labelsets *sets, unsigned int kind, bool turned)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	static const char *const values[] = { "", "1", "2" };
	struct wal_label labels[4];
	size_t i;

	for (i = 0; i < 4; i++, kind /= 3) {
		size_t at = turned ? 3 - i : i;

		labels[at].name = (struct wal_text){ names[i], 1 };
		labels[at].value = (struct wal_text){ values[kind % 3],
			strlen(values[kind % 3]) };
	}
	return labelsets_take(sets, labels, 4);
}

static void
take_and_drop_at_random(uint64_t seed)
{
	struct labelsets *sets = labelsets_new();
	unsigned int refs[KINDS] = { 0 }, step, kind, count = 0;
	uint32_t held[KINDS] = { 0 }, set;
	struct draw draw = draw_from(seed);

	for (step = 0; step < 20000; step++) {
		kind = draw_below(&draw, KINDS);
		if (refs[kind] > 0 && draw_below(&draw, 2) == 0) {
			labelsets_drop(sets, held[kind]);
			count -= --refs[kind] == 0;
			continue;
		}
		set = take_kind(sets, kind, draw_below(&draw, 2) == 0);
		draw_check(&draw, refs[kind] == 0 || held[kind] == set);
		held[kind] = set;
		count += refs[kind]++ == 0;
		draw_check(&draw, labelsets_count(sets) == count);
	}
	labelsets_free(sets);
}

static void
each_set_is_held_once_and_as_long_as_referred_to(void **state)
{
	uint64_t count = 5, first = draw_first(&count), i;

	(void)state;
	for (i = 0; i < count; i++)
		take_and_drop_at_random(first + i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_labels_are_one_set_in_any_order),
		cmocka_unit_test(names_and_values_are_not_mixed_up),
		cmocka_unit_test(no_labels_at_all_are_a_set_too),
		cmocka_unit_test(texts_may_hold_any_byte),
		cmocka_unit_test(
		    ten_thousand_labels_are_taken_and_not_one_more),
		cmocka_unit_test(
		    a_set_lives_until_the_last_reference_is_dropped),
		cmocka_unit_test(what_is_dropped_takes_no_memory),
		cmocka_unit_test(
		    each_set_is_held_once_and_as_long_as_referred_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
