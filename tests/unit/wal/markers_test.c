/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/compose.h"
#include "wal/record.h"

static void
markers_are_decoded(void **state)
{
	struct wal_mmap_marker_list list = { 0 };
	struct compose record = { 0 };

	(void)state;
	compose_u8(&record, WAL_MMAP_MARKERS);
	compose_be64(&record, 1);
	compose_be64(&record, UINT64_MAX);
	compose_be64(&record, UINT64_MAX - 1);
	compose_be64(&record, 0);
	assert_int_equal(
	    wal_decode_mmap_markers(record.data, record.len, &list), WAL_OK);
	assert_int_equal(list.len, 2);
	assert_true(list.markers[0].ref == 1);
	assert_true(list.markers[0].chunk == UINT64_MAX);
	assert_true(list.markers[1].ref == UINT64_MAX - 1);
	assert_true(list.markers[1].chunk == 0);
	wal_mmap_marker_list_release(&list);
	compose_release(&record);
}

static void
what_is_no_whole_number_of_markers_is_refused(void **state)
{
	struct wal_mmap_marker_list list = { 0 };
	struct compose record = { 0 };
	size_t len;

	(void)state;
	compose_u8(&record, WAL_MMAP_MARKERS);
	assert_int_equal(
	    wal_decode_mmap_markers(record.data, 1, &list), WAL_OK);
	assert_int_equal(list.len, 0);
	for (len = 1; len < 16; len++) {
		compose_u8(&record, 0);
		assert_int_equal(
		    wal_decode_mmap_markers(record.data, record.len, &list),
		    WAL_CORRUPT);
	}
	record.data[0] = WAL_SAMPLES;
	assert_int_equal(
	    wal_decode_mmap_markers(record.data, 1, &list), WAL_CORRUPT);
	wal_mmap_marker_list_release(&list);
	compose_release(&record);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markers_are_decoded),
		cmocka_unit_test(what_is_no_whole_number_of_markers_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
