/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/compose.h"
#include "wal/bytes.h"

static struct wal_bytes
over(const struct compose *record)
{
	return (struct wal_bytes){ record->data, record->data + record->len,
		false };
}

static void
big_endian_numbers_are_read(void **state)
{
	static const uint8_t data[] = { 1, 2, 3, 4, 5, 6, 7, 0xf8, 9 };
	struct wal_bytes bytes = { data, data + sizeof(data), false };

	(void)state;
	assert_true(wal_bytes_be64(&bytes) == UINT64_C(0x01020304050607f8));
	assert_int_equal(wal_bytes_left(&bytes), 1);
	assert_int_equal(wal_bytes_u8(&bytes), 9);
	assert_false(bytes.bad);
}

static void
varints_of_every_length_are_read_to_their_last_byte(void **state)
{
	struct compose record = { 0 };
	struct wal_bytes bytes;
	int shift;

	(void)state;
	for (shift = 0; shift < 64; shift++) {
		compose_uvarint(&record, UINT64_C(1) << shift);
		compose_uvarint(&record, (UINT64_C(1) << shift) - 1);
		compose_varint(&record, (int64_t)(UINT64_C(1) << shift));
		compose_varint(&record, -(int64_t)(UINT64_MAX >> 1 >> shift));
	}
	compose_uvarint(&record, UINT64_MAX);
	compose_varint(&record, INT64_MIN);
	compose_varint(&record, INT64_MAX);
	bytes = over(&record);
	for (shift = 0; shift < 64; shift++) {
		assert_true(wal_bytes_uvarint(&bytes) == UINT64_C(1) << shift);
		assert_true(
		    wal_bytes_uvarint(&bytes) == (UINT64_C(1) << shift) - 1);
		assert_true(wal_bytes_varint(&bytes) ==
		    (int64_t)(UINT64_C(1) << shift));
		assert_true(wal_bytes_varint(&bytes) ==
		    -(int64_t)(UINT64_MAX >> 1 >> shift));
	}
	assert_true(wal_bytes_uvarint(&bytes) == UINT64_MAX);
	assert_true(wal_bytes_varint(&bytes) == INT64_MIN);
	assert_true(wal_bytes_varint(&bytes) == INT64_MAX);
	assert_int_equal(wal_bytes_left(&bytes), 0);
	assert_false(bytes.bad);
	compose_release(&record);
}

static void
a_varint_with_needless_bytes_is_read(void **state)
{
	static const uint8_t data[] = { 0x85, 0x80, 0x80, 0x80, 0x80, 0x80,
		0x80, 0x80, 0x80, 0x00 };
	struct wal_bytes bytes = { data, data + sizeof(data), false };

	(void)state;
	assert_int_equal(wal_bytes_uvarint(&bytes), 5);
	assert_false(bytes.bad);
}

static void
a_varint_of_more_than_64_bits_is_refused(void **state)
{
	uint8_t data[11];
	struct wal_bytes bytes = { data, data + sizeof(data), false };

	(void)state;
	memset(data, 0xff, sizeof(data));
	data[9] = 0x02; /* Bit 64. */
	assert_int_equal(wal_bytes_uvarint(&bytes), 0);
	assert_true(bytes.bad);

	bytes = (struct wal_bytes){ data, data + sizeof(data), false };
	memset(data, 0x80, sizeof(data));
	data[10] = 0; /* An eleventh byte. */
	assert_int_equal(wal_bytes_uvarint(&bytes), 0);
	assert_true(bytes.bad);
}

static void
a_text_is_a_length_and_its_bytes(void **state)
{
	static const char with_nul[] = "\x04n\0ul\x00";
	struct wal_bytes bytes = { (const uint8_t *)with_nul,
		(const uint8_t *)with_nul + 6, false };
	struct wal_text text;

	(void)state;
	text = wal_bytes_text(&bytes);
	assert_int_equal(text.len, 4);
	assert_memory_equal(text.data, "n\0ul", 4);
	text = wal_bytes_text(&bytes);
	assert_int_equal(text.len, 0);
	assert_non_null(text.data);
	assert_false(bytes.bad);
	assert_int_equal(wal_bytes_left(&bytes), 0);
}

static void
a_text_longer_than_what_is_left_is_refused(void **state)
{
	struct compose record = { 0 };
	struct wal_bytes bytes;
	struct wal_text text;

	(void)state;
	compose_uvarint(&record, UINT64_MAX); /* -1 where ints are signed. */
	compose_u8(&record, 'a');
	bytes = over(&record);
	text = wal_bytes_text(&bytes);
	assert_true(bytes.bad);
	assert_int_equal(text.len, 0);
	assert_non_null(text.data);
	compose_release(&record);
}

static void
after_a_read_that_failed_all_others_fail_and_nothing_moves(void **state)
{
	static const uint8_t data[] = { 1, 2, 3, 4, 5, 6, 7 };
	struct wal_bytes bytes = { data, data + sizeof(data), false };

	(void)state;
	assert_true(wal_bytes_be64(&bytes) == 0);
	assert_true(bytes.bad);
	assert_int_equal(wal_bytes_left(&bytes), 0);
	assert_int_equal(wal_bytes_u8(&bytes), 0);
	assert_int_equal(wal_bytes_uvarint(&bytes), 0);
	assert_int_equal(wal_bytes_varint(&bytes), 0);
	assert_int_equal(wal_bytes_text(&bytes).len, 0);
	assert_true(bytes.bad);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(big_endian_numbers_are_read),
		cmocka_unit_test(
		    varints_of_every_length_are_read_to_their_last_byte),
		cmocka_unit_test(a_varint_with_needless_bytes_is_read),
		cmocka_unit_test(a_varint_of_more_than_64_bits_is_refused),
		cmocka_unit_test(a_text_is_a_length_and_its_bytes),
		cmocka_unit_test(a_text_longer_than_what_is_left_is_refused),
		cmocka_unit_test(
		    after_a_read_that_failed_all_others_fail_and_nothing_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
