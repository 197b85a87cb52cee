/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/compose.h"
#include "wal/record.h"

static void
tombstones_are_decoded(void **state)
{
	struct wal_tombstone_list list = { 0 };
	struct compose record = { 0 };
	int i;

	(void)state;
	compose_u8(&record, WAL_TOMBSTONES);
	for (i = 0; i < 100; i++) {
		compose_be64(&record, (uint64_t)i);
		compose_varint(&record, i % 2 == 0 ? INT64_MIN : -i);
		compose_varint(&record, i % 2 == 0 ? INT64_MAX : i);
	}
	assert_int_equal(
	    wal_decode_tombstones(record.data, record.len, &list), WAL_OK);
	assert_int_equal(list.len, 100);
	for (i = 0; i < 100; i++) {
		assert_int_equal(list.tombstones[i].ref, i);
		assert_true(
		    list.tombstones[i].first == (i % 2 == 0 ? INT64_MIN : -i));
		assert_true(
		    list.tombstones[i].last == (i % 2 == 0 ? INT64_MAX : i));
	}
	wal_tombstone_list_release(&list);
	compose_release(&record);
}

static void
a_record_cut_short_yields_nothing(void **state)
{
	struct wal_tombstone_list list = { 0 };
	struct compose record = { 0 };

	(void)state;
	compose_u8(&record, WAL_TOMBSTONES);
	compose_be64(&record, 1);
	compose_varint(&record, 1);
	assert_int_equal(
	    wal_decode_tombstones(record.data, record.len, &list), WAL_CORRUPT);
	assert_int_equal(list.len, 0);
	compose_u8(&record, 0x80); /* A number without its end. */
	assert_int_equal(
	    wal_decode_tombstones(record.data, record.len, &list), WAL_CORRUPT);
	wal_tombstone_list_release(&list);
	compose_release(&record);
}

/* As many entries as an array grows to, and a byte of one more. */
static void
a_rest_too_short_for_an_entry_is_refused(void **state)
{
	struct wal_tombstone_list list = { 0 };
	struct compose record = { 0 };
	int i;

	(void)state;
	compose_u8(&record, WAL_TOMBSTONES);
	for (i = 0; i < 64; i++) {
		compose_be64(&record, 1);
		compose_varint(&record, 1);
		compose_varint(&record, 1);
	}
	compose_u8(&record, 1);
	assert_int_equal(
	    wal_decode_tombstones(record.data, record.len, &list), WAL_CORRUPT);
	assert_int_equal(list.len, 0);
	wal_tombstone_list_release(&list);
	compose_release(&record);
}

static void
a_type_alone_holds_nothing_and_another_is_refused(void **state)
{
	const uint8_t types[] = { WAL_TOMBSTONES, WAL_SERIES };
	struct wal_tombstone_list list = { 0 };

	(void)state;
	assert_int_equal(wal_decode_tombstones(types, 1, &list), WAL_OK);
	assert_int_equal(list.len, 0);
	assert_int_equal(
	    wal_decode_tombstones(types + 1, 1, &list), WAL_CORRUPT);
	wal_tombstone_list_release(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tombstones_are_decoded),
		cmocka_unit_test(a_record_cut_short_yields_nothing),
		cmocka_unit_test(a_rest_too_short_for_an_entry_is_refused),
		cmocka_unit_test(
		    a_type_alone_holds_nothing_and_another_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
