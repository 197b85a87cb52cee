/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "agent/series/room.h"
#include "tests/unit/series/series.h"

static size_t
bytes(const void *arg)
{
	return *(const size_t *)arg;
}

/* Take a set of the labels ${text}. */
static uint32_t
take(struct labelsets *sets, const char *text)
{
	struct series_labels labels = series_labels(text);

	return labelsets_take(sets, labels.labels, labels.len);
}

static void
series_are_bounded_by_their_number(void **state)
{
	struct labelsets *sets = labelsets_new();
	struct room room = { .sets = sets, .limits.max_series = 1 };
	uint32_t first = take(sets, "a=b"), second;

	(void)state;
	assert_false(room_is_over(&room));
	second = take(sets, "a=c");
	assert_true(room_is_over(&room));
	room.limits.max_series = 0;
	assert_false(room_is_over(&room));
	room.limits.max_series = 1;
	labelsets_drop(sets, first);
	assert_false(room_is_over(&room));
	labelsets_drop(sets, second);
	labelsets_free(sets);
}

static void
all_that_takes_memory_counts(void **state)
{
	size_t one = 1000, two = 500;
	struct room_guest first = { .bytes = bytes, .arg = &one };
	struct room_guest second = { .bytes = bytes, .arg = &two };
	struct labelsets *sets = labelsets_new();
	struct room room = { .sets = sets };
	uint64_t base = room_bytes(&room);

	(void)state;
	room_enter(&room, &first);
	room_enter(&room, &second);
	assert_int_equal(room_bytes(&room), base + 1500);
	room.limits.memory = base + 1500;
	assert_false(room_is_over(&room));
	two++;
	assert_true(room_is_over(&room));
	room_leave(&room, &first);
	assert_int_equal(room_bytes(&room), base + 501);
	room_leave(&room, &second);
	assert_int_equal(room_bytes(&room), base);
	labelsets_free(sets);
}

/* Sets take what they are documented to: some 18 bytes and their texts. */
static void
label_sets_are_counted_with_their_texts(void **state)
{
	struct labelsets *sets = labelsets_new();
	struct room room = { .sets = sets };
	uint64_t base = room_bytes(&room), full;
	uint32_t numbers[20000];
	char text[64];
	unsigned int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		(void)snprintf(
		    text, sizeof(text), "n=a-value-of-its-own-%u", i);
		numbers[i] = take(sets, text);
	}
	full = room_bytes(&room) - base;
	assert_in_range(full, 20000 * 60, 20000 * 120);
	for (i = 0; i < 20000; i++)
		labelsets_drop(sets, numbers[i]);
	/* Chunks are given back, buckets are not. */
	assert_true(room_bytes(&room) - base < full / 4);
	labelsets_free(sets);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(series_are_bounded_by_their_number),
		cmocka_unit_test(all_that_takes_memory_counts),
		cmocka_unit_test(label_sets_are_counted_with_their_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
