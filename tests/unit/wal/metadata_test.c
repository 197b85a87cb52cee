/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/compose.h"
#include "wal/record.h"

/* Metadata of two series, the second with a field from the future. */
static struct compose
two_entries(void)
{
	struct compose record = { 0 };

	compose_u8(&record, WAL_METADATA);
	compose_uvarint(&record, 300);
	compose_u8(&record, 1);
	compose_uvarint(&record, 2);
	compose_text(&record, "UNIT");
	compose_text(&record, "seconds");
	compose_text(&record, "HELP");
	compose_text(&record, "Time.");
	compose_uvarint(&record, UINT64_MAX);
	compose_u8(&record, 99);
	compose_uvarint(&record, 3);
	compose_text(&record, "COLOUR");
	compose_text(&record, "red");
	compose_text(&record, "HELP");
	compose_text(&record, "first");
	compose_text(&record, "HELP");
	compose_text(&record, "second");
	return record;
}

static void
metadata_are_decoded_and_unknown_fields_skipped(void **state)
{
	struct compose record = two_entries();
	struct wal_metadata_list list = { 0 };

	(void)state;
	assert_int_equal(
	    wal_decode_metadata(record.data, record.len, &list), WAL_OK);
	assert_int_equal(list.len, 2);
	assert_int_equal(list.metadata[0].ref, 300);
	assert_int_equal(list.metadata[0].type, 1);
	assert_int_equal(list.metadata[0].unit.len, 7);
	assert_memory_equal(list.metadata[0].unit.data, "seconds", 7);
	assert_memory_equal(list.metadata[0].help.data, "Time.", 5);
	assert_true(list.metadata[1].ref == UINT64_MAX);
	assert_int_equal(list.metadata[1].type, 99);
	assert_int_equal(list.metadata[1].unit.len, 0);
	assert_int_equal(list.metadata[1].help.len, 6);
	assert_memory_equal(list.metadata[1].help.data, "second", 6);
	wal_metadata_list_release(&list);
	compose_release(&record);
}

static void
a_record_cut_anywhere_yields_nothing(void **state)
{
	struct compose record = two_entries();
	struct wal_metadata_list list = { 0 };
	size_t len, whole = 0;
	uint8_t *cut;

	(void)state;
	for (len = 2; len < record.len; len++) {
		if ((cut = malloc(len)) == NULL)
			abort();
		memcpy(cut, record.data, len);
		if (wal_decode_metadata(cut, len, &list) == WAL_OK)
			whole++;
		else
			assert_int_equal(list.len, 0);
		free(cut);
	}
	assert_int_equal(whole, 1); /* After the first entry. */
	wal_metadata_list_release(&list);
	compose_release(&record);
}

static void
a_count_of_fields_that_cannot_be_is_refused(void **state)
{
	struct compose record = { 0 };
	struct wal_metadata_list list = { 0 };

	(void)state;
	compose_u8(&record, WAL_METADATA);
	compose_uvarint(&record, 1);
	compose_u8(&record, 1);
	compose_uvarint(&record, UINT64_C(1) << 60);
	assert_int_equal(
	    wal_decode_metadata(record.data, record.len, &list), WAL_CORRUPT);
	wal_metadata_list_release(&list);
	compose_release(&record);
}

static void
types_have_the_names_of_prometheus(void **state)
{
	(void)state;
	assert_string_equal(wal_metadata_type_name(0), "unknown");
	assert_string_equal(wal_metadata_type_name(1), "counter");
	assert_string_equal(wal_metadata_type_name(2), "gauge");
	assert_string_equal(wal_metadata_type_name(3), "histogram");
	assert_string_equal(wal_metadata_type_name(4), "gaugehistogram");
	assert_string_equal(wal_metadata_type_name(5), "summary");
	assert_string_equal(wal_metadata_type_name(6), "info");
	assert_string_equal(wal_metadata_type_name(7), "stateset");
	assert_string_equal(wal_metadata_type_name(8), "unknown");
	assert_string_equal(wal_metadata_type_name(255), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    metadata_are_decoded_and_unknown_fields_skipped),
		cmocka_unit_test(a_record_cut_anywhere_yields_nothing),
		cmocka_unit_test(a_count_of_fields_that_cannot_be_is_refused),
		cmocka_unit_test(types_have_the_names_of_prometheus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
