/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "agent/send/entries.h"

/* Label l="a" or "b", then fields; each TimeSeries after its tag and length. */
#define LABEL(c_) 0x0a, 6, 0x0a, 1, 'l', 0x12, 1, (c_)

static void
each_entry_has_its_kind_time_and_place(void **state)
{
	/* b: a sample at 300; a: one at 0; b: an exemplar, a histogram. */
	static const uint8_t plain[] = {
		0x0a, 22, LABEL('b'), 0x12, 12, 0x09, 1, 2, 3, 4, 5, 6, 7, 8,
		0x10, 0xac, 0x02,                                      /* 300 */
		0x0a, 10, LABEL('a'), 0x12, 0,                         /* 0 */
		0x0a, 22, LABEL('b'), 0x1a, 6, 0x0a, 2, 1, 1, 0x18, 7, /* 7 */
		0x22, 4, 0x20, 3, 0x78, 9,                             /* 9 */
	};
	static const struct {
		enum kept_kind kind;
		int64_t time;
		uint32_t group, place, series;
		size_t len;
	} want[] = {
		{ KEPT_SAMPLE, 300, 0, 0, 0, 14 },
		{ KEPT_SAMPLE, 0, 1, 3, 1, 2 },
		{ KEPT_EXEMPLAR, 7, 2, 1, 0, 8 },
		{ KEPT_HISTOGRAM, 9, 2, 2, 0, 6 },
	};
	struct entries entries = { 0 };
	const struct entry *entry;
	size_t i;

	(void)state;
	assert_int_equal(entries_read(&entries, plain, sizeof(plain)), 0);
	assert_int_equal(entries.len, 4);
	assert_int_equal(entries.groups_len, 3);
	assert_int_equal(entries.series, 2);
	for (i = 0; i < 4; i++) {
		entry = &entries.list[i];
		assert_int_equal(entry->kind, want[i].kind);
		assert_int_equal(entry->time, want[i].time);
		assert_int_equal(entry->group, want[i].group);
		assert_int_equal(entry->place, want[i].place);
		assert_int_equal(entry->field_len, want[i].len);
		assert_int_equal(
		    entries.groups[entry->group].series, want[i].series);
	}
	assert_int_equal(entries.starts[0], 0);
	assert_int_equal(entries.starts[1], 3);
	assert_int_equal(entries.starts[2], 4);
	entries_release(&entries);
	assert_null(entries.list);
}

static void
a_request_may_be_empty(void **state)
{
	struct entries entries = { 0 };

	(void)state;
	assert_int_equal(entries_read(&entries, (const uint8_t *)"", 0), 0);
	assert_int_equal(entries.len, 0);
	assert_int_equal(entries.series, 0);
	entries_release(&entries);
	entries_release(&entries);
}

/* As many series as make the table grow, each met twice. */
static void
many_series_are_told_apart(void **state)
{
	static const uint8_t head[] = { 0x0a, 12, 0x0a, 8, 0x0a, 1, 'l', 0x12,
		3 };
	enum { SERIES = 1000, LEN = 14 };
	uint8_t *plain = malloc(2 * SERIES * LEN), *at = plain;
	struct entries entries = { 0 };
	unsigned int i;

	(void)state;
	assert_non_null(plain);
	for (i = 0; i < 2 * SERIES; i++, at += LEN) {
		memcpy(at, head, sizeof(head));
		at[9] = (uint8_t)('0' + i % SERIES / 100);
		at[10] = (uint8_t)('0' + i % 100 / 10);
		at[11] = (uint8_t)('0' + i % 10);
		at[12] = 0x12;
		at[13] = 0;
	}
	assert_int_equal(entries_read(&entries, plain, 2 * SERIES * LEN), 0);
	assert_int_equal(entries.series, SERIES);
	for (i = 0; i < 2 * SERIES; i++)
		assert_int_equal(
		    entries.list[i].place, 2 * (i % SERIES) + i / SERIES);
	entries_release(&entries);
	free(plain);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_entry_has_its_kind_time_and_place),
		cmocka_unit_test(a_request_may_be_empty),
		cmocka_unit_test(many_series_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
