/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/compose.h"
#include "wal/record.h"

/* Two exemplars: one with two labels, one with none. */
static struct compose
two_exemplars(void)
{
	struct compose record = { 0 };

	compose_u8(&record, WAL_EXEMPLARS);
	compose_be64(&record, 10);
	compose_be64(&record, 1000);
	compose_varint(&record, 0);
	compose_varint(&record, 0);
	compose_double(&record, 1.5);
	compose_uvarint(&record, 2);
	compose_text(&record, "trace_id");
	compose_text(&record, "abc");
	compose_text(&record, "span");
	compose_text(&record, "");
	compose_varint(&record, -3);
	compose_varint(&record, -1001);
	compose_be64(&record, UINT64_C(0x7ff0000000000002));
	compose_uvarint(&record, 0);
	return record;
}

static void
exemplars_are_decoded_with_their_labels(void **state)
{
	struct compose record = two_exemplars();
	struct wal_exemplar_list list = { 0 };
	const struct wal_label *labels;

	(void)state;
	assert_int_equal(
	    wal_decode_exemplars(record.data, record.len, &list), WAL_OK);
	assert_int_equal(list.len, 2);
	assert_int_equal(list.exemplars[0].ref, 10);
	assert_int_equal(list.exemplars[0].time, 1000);
	assert_int_equal(list.exemplars[0].value, UINT64_C(0x3ff8000000000000));
	assert_int_equal(list.exemplars[0].count, 2);
	labels = list.pool.labels + list.exemplars[0].first;
	assert_memory_equal(labels[0].name.data, "trace_id", 8);
	assert_memory_equal(labels[0].value.data, "abc", 3);
	assert_int_equal(labels[1].value.len, 0);
	assert_int_equal(list.exemplars[1].ref, 7);
	assert_int_equal(list.exemplars[1].time, -1);
	assert_int_equal(list.exemplars[1].value, UINT64_C(0x7ff0000000000002));
	assert_int_equal(list.exemplars[1].count, 0);
	wal_exemplar_list_release(&list);
	compose_release(&record);
}

static void
a_record_of_a_type_alone_holds_nothing(void **state)
{
	struct wal_exemplar_list list = { 0 };
	const uint8_t alone[] = { WAL_EXEMPLARS };

	(void)state;
	assert_int_equal(wal_decode_exemplars(alone, 1, &list), WAL_OK);
	assert_int_equal(list.len, 0);
	wal_exemplar_list_release(&list);
}

static void
a_record_cut_anywhere_yields_nothing(void **state)
{
	struct compose record = two_exemplars();
	struct wal_exemplar_list list = { 0 };
	size_t len, whole_first = 0;
	uint8_t *cut;

	(void)state;
	for (len = 2; len < record.len; len++) {
		if ((cut = malloc(len)) == NULL)
			abort();
		memcpy(cut, record.data, len);
		if (wal_decode_exemplars(cut, len, &list) == WAL_OK) {
			/* Only the ends of its parts look whole. */
			whole_first++;
			assert_in_range(list.len, 0, 1);
		} else {
			assert_int_equal(list.len, 0);
		}
		free(cut);
	}
	assert_int_equal(whole_first, 2); /* Its header, its first entry. */
	wal_exemplar_list_release(&list);
	compose_release(&record);
}

static void
a_count_of_labels_that_cannot_be_is_refused(void **state)
{
	struct compose record = { 0 };
	struct wal_exemplar_list list = { 0 };

	(void)state;
	compose_u8(&record, WAL_EXEMPLARS);
	compose_be64(&record, 1);
	compose_be64(&record, 1);
	compose_varint(&record, 0);
	compose_varint(&record, 0);
	compose_double(&record, 1);
	compose_uvarint(&record, UINT64_MAX);
	assert_int_equal(
	    wal_decode_exemplars(record.data, record.len, &list), WAL_CORRUPT);
	wal_exemplar_list_release(&list);
	compose_release(&record);
}

static void
another_type_is_refused(void **state)
{
	struct wal_exemplar_list list = { 0 };
	const uint8_t other[] = { WAL_SAMPLES };

	(void)state;
	assert_int_equal(wal_decode_exemplars(other, 1, &list), WAL_CORRUPT);
	assert_int_equal(wal_decode_exemplars(other, 0, &list), WAL_CORRUPT);
	wal_exemplar_list_release(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exemplars_are_decoded_with_their_labels),
		cmocka_unit_test(a_record_of_a_type_alone_holds_nothing),
		cmocka_unit_test(a_record_cut_anywhere_yields_nothing),
		cmocka_unit_test(a_count_of_labels_that_cannot_be_is_refused),
		cmocka_unit_test(another_type_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
