/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/compose.h"
#include "wal/record.h"

/* Put a histogram of one positive span with three buckets, no negative. */
static void
put_histogram(struct compose *record, bool is_float, int64_t schema)
{
	int i;

	compose_u8(record, 2);
	compose_varint(record, schema);
	compose_double(record, 0.5);
	if (is_float) {
		compose_double(record, 1);
		compose_double(record, 10);
	} else {
		compose_uvarint(record, 1);
		compose_uvarint(record, UINT64_MAX);
	}
	compose_double(record, 3.5);
	compose_uvarint(record, 1);
	compose_varint(record, -2);
	compose_uvarint(record, 3);
	compose_uvarint(record, 0);
	compose_uvarint(record, 3);
	for (i = 0; i < 3; i++)
		if (is_float)
			compose_double(record, i + 1);
		else
			compose_varint(record, i == 1 ? -1 : 2);
	compose_uvarint(record, 0);
	if (schema == WAL_SCHEMA_CUSTOM) {
		compose_uvarint(record, 2);
		compose_double(record, 1);
		compose_double(record, 2);
	}
}

/* A record of the old form with two histograms. */
static struct compose
old_record(uint8_t type, bool is_float, int64_t schema)
{
	struct compose record = { 0 };

	compose_u8(&record, type);
	compose_be64(&record, 100);
	compose_be64(&record, 5000);
	compose_varint(&record, 0);
	compose_varint(&record, 0);
	put_histogram(&record, is_float, schema);
	compose_varint(&record, -1);
	compose_varint(&record, 7);
	put_histogram(&record, is_float, 3);
	return record;
}

static void
check_first(const struct wal_histogram_list *list, bool is_float)
{
	const struct wal_histogram *h = &list->histograms[0];
	const uint64_t *numbers = list->numbers + h->positive_buckets.first;

	assert_int_equal(h->ref, 100);
	assert_int_equal(h->time, 5000);
	assert_int_equal(h->start, 0);
	assert_int_equal(h->hint, 2);
	assert_true(h->is_float == is_float);
	assert_true(h->zero_threshold == UINT64_C(0x3fe0000000000000));
	assert_true(
	    h->zero_count == (is_float ? UINT64_C(0x3ff0000000000000) : 1));
	assert_true(
	    h->count == (is_float ? UINT64_C(0x4024000000000000) : UINT64_MAX));
	assert_true(h->sum == UINT64_C(0x400c000000000000));
	assert_int_equal(h->positive_spans.len, 1);
	assert_int_equal(list->spans[h->positive_spans.first].offset, -2);
	assert_int_equal(list->spans[h->positive_spans.first].len, 3);
	assert_int_equal(h->negative_spans.len, 0);
	assert_int_equal(h->positive_buckets.len, 3);
	assert_int_equal(h->negative_buckets.len, 0);
	assert_true(numbers[1] ==
	    (is_float ? UINT64_C(0x4000000000000000) : UINT64_MAX));
}

static void
each_type_of_the_old_form_is_decoded(void **state)
{
	static const struct {
		uint8_t type;
		bool is_float;
	} types[] = {
		{ WAL_HISTOGRAMS, false },
		{ WAL_FLOAT_HISTOGRAMS, true },
		{ WAL_CUSTOM_HISTOGRAMS, false },
		{ WAL_CUSTOM_FLOAT_HISTOGRAMS, true },
	};
	struct wal_histogram_list list = { 0 };
	struct compose record;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
		record = old_record(types[i].type, types[i].is_float, 3);
		assert_int_equal(
		    wal_decode_histograms(record.data, record.len, &list),
		    WAL_OK);
		assert_int_equal(list.len, 2);
		check_first(&list, types[i].is_float);
		assert_int_equal(list.histograms[1].ref, 99);
		assert_int_equal(list.histograms[1].time, 5007);
		compose_release(&record);
	}
	wal_histogram_list_release(&list);
}

static void
custom_bounds_are_read_by_the_schema_not_the_type(void **state)
{
	struct compose record =
	    old_record(WAL_HISTOGRAMS, false, WAL_SCHEMA_CUSTOM);
	struct wal_histogram_list list = { 0 };
	const struct wal_histogram *h;

	(void)state;
	assert_int_equal(
	    wal_decode_histograms(record.data, record.len, &list), WAL_OK);
	assert_int_equal(list.len, 2);
	h = &list.histograms[0];
	assert_int_equal(h->schema, WAL_SCHEMA_CUSTOM);
	assert_int_equal(h->custom_bounds.len, 2);
	assert_true(list.numbers[h->custom_bounds.first + 1] ==
	    UINT64_C(0x4000000000000000));
	assert_int_equal(list.histograms[1].custom_bounds.len, 0);
	wal_histogram_list_release(&list);
	compose_release(&record);
}

static void
unknown_schemas_are_left_out_and_the_rest_is_read(void **state)
{
	static const int64_t unknown[] = { -54, -52, -10, 53, 127, -128 };
	static const int64_t known[] = { -9, -4, 0, 8, 9, 52 };
	struct wal_histogram_list list = { 0 };
	struct compose record;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		record = old_record(WAL_HISTOGRAMS, false, unknown[i]);
		assert_int_equal(
		    wal_decode_histograms(record.data, record.len, &list),
		    WAL_OK);
		assert_int_equal(list.len, 1);
		assert_int_equal(list.skipped, 1);
		assert_int_equal(list.histograms[0].ref, 99);
		compose_release(&record);
	}
	for (i = 0; i < sizeof(known) / sizeof(*known); i++) {
		record = old_record(WAL_HISTOGRAMS, false, known[i]);
		assert_int_equal(
		    wal_decode_histograms(record.data, record.len, &list),
		    WAL_OK);
		assert_int_equal(list.len, 2);
		assert_int_equal(list.skipped, 0);
		assert_int_equal(
		    list.histograms[0].schema, known[i] > 8 ? 8 : known[i]);
		compose_release(&record);
	}
	wal_histogram_list_release(&list);
}

/* A record of the new form: four histograms with each kind of start. */
static struct compose
new_record(uint8_t type, bool is_float)
{
	struct compose record = { 0 };

	compose_u8(&record, type);
	compose_varint(&record, 100);
	compose_varint(&record, 5000);
	compose_varint(&record, 4000);
	put_histogram(&record, is_float, 3);
	compose_varint(&record, 5);
	compose_varint(&record, 1);
	compose_u8(&record, 1);               /* As the one before. */
	put_histogram(&record, is_float, 99); /* Skipped, yet "before". */
	compose_varint(&record, 5);
	compose_varint(&record, 2);
	compose_u8(&record, 2); /* Its own. */
	compose_varint(&record, -10);
	put_histogram(&record, is_float, 3);
	compose_varint(&record, -5);
	compose_varint(&record, 3);
	compose_u8(&record, 0); /* None. */
	put_histogram(&record, is_float, 3);
	return record;
}

static void
the_new_form_has_starts_and_counts_on_from_what_is_skipped(void **state)
{
	struct wal_histogram_list list = { 0 };
	struct compose record;
	int is_float;

	(void)state;
	for (is_float = 0; is_float <= 1; is_float++) {
		record = new_record(
		    is_float ? WAL_FLOAT_HISTOGRAMS_V2 : WAL_HISTOGRAMS_V2,
		    is_float);
		assert_int_equal(
		    wal_decode_histograms(record.data, record.len, &list),
		    WAL_OK);
		assert_int_equal(list.len, 3);
		assert_int_equal(list.skipped, 1);
		assert_int_equal(list.histograms[0].start, 4000);
		assert_int_equal(list.histograms[1].ref, 110);
		assert_int_equal(list.histograms[1].time, 5002);
		assert_int_equal(list.histograms[1].start, 3990);
		assert_int_equal(list.histograms[2].ref, 105);
		assert_int_equal(list.histograms[2].time, 5003);
		assert_int_equal(list.histograms[2].start, 0);
		compose_release(&record);
	}
	wal_histogram_list_release(&list);
}

/* Expect that ${record} looks whole at ${whole} of its cuts only. */
static void
expect_cuts(const struct compose *record, size_t whole)
{
	struct wal_histogram_list list = { 0 };
	uint8_t *cut;
	size_t len;

	for (len = 2; len < record->len; len++) {
		if ((cut = malloc(len)) == NULL)
			abort();
		memcpy(cut, record->data, len);
		if (wal_decode_histograms(cut, len, &list) == WAL_OK)
			whole--;
		else
			assert_int_equal(list.len, 0);
		free(cut);
	}
	assert_int_equal(whole, 0);
	wal_histogram_list_release(&list);
}

static void
a_record_cut_anywhere_yields_nothing(void **state)
{
	struct compose record = old_record(WAL_HISTOGRAMS, false, 3);

	(void)state;
	expect_cuts(&record, 2); /* Its header, its first histogram. */
	compose_release(&record);
	record = new_record(WAL_FLOAT_HISTOGRAMS_V2, true);
	expect_cuts(&record, 3);
	compose_release(&record);
}

static void
counts_that_cannot_be_are_refused(void **state)
{
	struct wal_histogram_list list = { 0 };
	struct compose record = { 0 };
	int lists;

	(void)state;
	for (lists = 0; lists < 4; lists++) {
		compose_u8(&record, WAL_HISTOGRAMS);
		compose_be64(&record, 1);
		compose_be64(&record, 1);
		compose_varint(&record, 0);
		compose_varint(&record, 0);
		compose_u8(&record, 0);
		compose_varint(&record, 0);
		compose_double(&record, 0);
		compose_uvarint(&record, 0);
		compose_uvarint(&record, 0);
		compose_double(&record, 0);
		for (int i = 0; i < lists; i++)
			compose_uvarint(&record, 0);
		compose_uvarint(&record, UINT64_C(1) << 62);
		assert_int_equal(
		    wal_decode_histograms(record.data, record.len, &list),
		    WAL_CORRUPT);
		compose_release(&record);
	}
	wal_histogram_list_release(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_type_of_the_old_form_is_decoded),
		cmocka_unit_test(
		    custom_bounds_are_read_by_the_schema_not_the_type),
		cmocka_unit_test(
		    unknown_schemas_are_left_out_and_the_rest_is_read),
		cmocka_unit_test(
		    the_new_form_has_starts_and_counts_on_from_what_is_skipped),
		cmocka_unit_test(a_record_cut_anywhere_yields_nothing),
		cmocka_unit_test(counts_that_cannot_be_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
