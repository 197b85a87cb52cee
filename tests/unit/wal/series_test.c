/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/compose.h"
#include "wal/record.h"

/* ${count} series with refs from 1, the i-th having i labels. */
static void
compose_many(struct compose *record, uint64_t count)
{
	uint64_t i, j;

	compose_u8(record, WAL_SERIES);
	for (i = 0; i < count; i++) {
		compose_be64(record, i + 1);
		compose_uvarint(record, i);
		for (j = 0; j < i; j++) {
			compose_text(record, "name");
			compose_text(record, j % 2 == 0 ? "" : "value");
		}
	}
}

static void
check_text(struct wal_text text, const char *wanted)
{
	assert_int_equal(text.len, strlen(wanted));
	assert_memory_equal(text.data, wanted, text.len);
}

static void
series_come_out_with_their_labels_in_order(void **state)
{
	struct wal_series_list list = { 0 };
	struct compose record = { 0 };
	struct wal_series *series;
	size_t i, j;

	(void)state;
	compose_many(&record, 100);
	assert_int_equal(
	    wal_decode_series(record.data, record.len, &list), WAL_OK);
	assert_int_equal(list.len, 100);
	for (i = 0; i < list.len; i++) {
		series = &list.series[i];
		assert_int_equal(series->ref, i + 1);
		assert_int_equal(series->count, i);
		assert_int_equal(series->first, i * (i - 1) / 2);
		for (j = 0; j < i; j++) {
			check_text(
			    list.pool.labels[series->first + j].name, "name");
			check_text(list.pool.labels[series->first + j].value,
			    j % 2 == 0 ? "" : "value");
		}
	}
	wal_series_list_release(&list);
	compose_release(&record);
}

static void
a_list_is_used_again_and_again(void **state)
{
	struct wal_series_list list = { 0 };
	struct compose large = { 0 }, small = { 0 };

	(void)state;
	compose_many(&large, 90);
	compose_many(&small, 2);
	assert_int_equal(
	    wal_decode_series(large.data, large.len, &list), WAL_OK);
	assert_int_equal(
	    wal_decode_series(small.data, small.len, &list), WAL_OK);
	assert_int_equal(list.len, 2);
	assert_int_equal(list.pool.len, 1);
	wal_series_list_release(&list);
	assert_int_equal(
	    wal_decode_series(large.data, large.len, &list), WAL_OK);
	assert_int_equal(list.len, 90);
	wal_series_list_release(&list);
	compose_release(&large);
	compose_release(&small);
}

static void
a_record_cut_anywhere_yields_all_or_nothing(void **state)
{
	struct wal_series_list list = { 0 };
	struct compose record = { 0 };
	uint8_t *exact;
	size_t len;

	(void)state;
	compose_many(&record, 4);
	for (len = 1; len < record.len; len++) {
		exact = malloc(len);
		memcpy(exact, record.data, len);
		if (wal_decode_series(exact, len, &list) == WAL_OK)
			/* The type alone, or whole series: 9, 9 + 15, ... */
			assert_true(len == 1 || list.len > 0);
		else
			assert_int_equal(list.len + list.pool.len, 0);
		free(exact);
	}
	wal_series_list_release(&list);
	compose_release(&record);
}

static void
a_number_of_labels_that_cannot_be_there_costs_no_memory(void **state)
{
	struct wal_series_list list = { 0 };
	struct compose record = { 0 };

	(void)state;
	compose_u8(&record, WAL_SERIES);
	compose_be64(&record, 1);
	compose_uvarint(&record, UINT64_MAX);
	compose_u8(&record, 0);
	assert_int_equal(
	    wal_decode_series(record.data, record.len, &list), WAL_CORRUPT);
	assert_int_equal(list.pool.cap, 0);
	wal_series_list_release(&list);
	compose_release(&record);
}

static void
a_label_longer_than_the_record_is_refused(void **state)
{
	struct wal_series_list list = { 0 };
	struct compose record = { 0 };

	(void)state;
	compose_u8(&record, WAL_SERIES);
	compose_be64(&record, 1);
	compose_uvarint(&record, 1);
	compose_uvarint(&record, UINT64_MAX);
	compose_text(&record, "value");
	assert_int_equal(
	    wal_decode_series(record.data, record.len, &list), WAL_CORRUPT);
	assert_int_equal(list.len, 0);
	wal_series_list_release(&list);
	compose_release(&record);
}

static void
another_type_is_refused_and_the_type_alone_is_no_series(void **state)
{
	static const uint8_t types[] = { WAL_SERIES, WAL_SAMPLES };
	struct wal_series_list list = { 0 };

	(void)state;
	assert_int_equal(wal_decode_series(types, 1, &list), WAL_OK);
	assert_int_equal(list.len, 0);
	assert_int_equal(wal_decode_series(types + 1, 1, &list), WAL_CORRUPT);
	assert_int_equal(wal_decode_series(types, 0, &list), WAL_CORRUPT);
	wal_series_list_release(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(series_come_out_with_their_labels_in_order),
		cmocka_unit_test(a_list_is_used_again_and_again),
		cmocka_unit_test(a_record_cut_anywhere_yields_all_or_nothing),
		cmocka_unit_test(
		    a_number_of_labels_that_cannot_be_there_costs_no_memory),
		cmocka_unit_test(a_label_longer_than_the_record_is_refused),
		cmocka_unit_test(
		    another_type_is_refused_and_the_type_alone_is_no_series),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
