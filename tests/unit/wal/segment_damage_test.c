/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a segment says of damage, and where it goes on.  Most cases stand on
 * three records on a page, 0-107, 107-214 and 214-321, and one on the next.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/broken.h"

/* A record of three fragments between two small ones. */
static int
one_over_three_pages(void)
{
	struct writer writer = { 0 };
	int fd = scratch_file();

	writer_open(&writer, fd);
	writer_log(&writer, noise(), LEN);
	writer_log(&writer, noise(), 2 * PAGE);
	writer_log(&writer, noise(), LEN);
	writer_pad(&writer);
	writer_close(&writer);
	return fd;
}

/* The byte at ${offset} of three_and_one becomes ${byte}. */
static int
with_byte(uint64_t offset, uint8_t byte)
{
	int fd = three_and_one();

	assert_int_equal(pwrite(fd, &byte, 1, (off_t)offset), 1);
	return fd;
}

static void
a_wrong_byte_of_data_costs_one_record(void **state)
{
	int fd = three_and_one();

	(void)state;
	scratch_flip(fd, SIZE + 50, 0x01);
	check(fd, "0-107\n!107 checksum does not match\n214-321\n32768-32875\n",
	    SIZE);
}

static void
a_wrong_checksum_costs_one_record(void **state)
{
	int fd = three_and_one();

	(void)state;
	scratch_flip(fd, SIZE + 6, 0x80);
	check(fd, "0-107\n!107 checksum does not match\n214-321\n32768-32875\n",
	    SIZE);
}

static void
two_broken_records_in_a_row_are_told_each(void **state)
{
	int fd = three_and_one();

	(void)state;
	scratch_flip(fd, 50, 0x01);
	scratch_flip(fd, SIZE + 50, 0x01);
	check(
	    fd, "!0 checksum does not match\n214-321\n32768-32875\n", 2 * SIZE);
}

static void
a_broken_first_costs_its_record(void **state)
{
	int fd = one_over_three_pages();

	(void)state;
	scratch_flip(fd, SIZE + 500, 0x01);
	check(fd, "0-107\n!107 checksum does not match\n65664-65771\n",
	    65664 - SIZE);
}

static void
a_broken_middle_costs_its_record(void **state)
{
	int fd = one_over_three_pages();

	(void)state;
	scratch_flip(fd, PAGE + 500, 0x01);
	check(fd, "0-107\n!32768 checksum does not match\n65664-65771\n",
	    65664 - SIZE);
}

static void
a_broken_last_costs_its_record(void **state)
{
	int fd = one_over_three_pages();

	(void)state;
	scratch_flip(fd, 2 * PAGE + 100, 0x01);
	check(fd, "0-107\n!65536 checksum does not match\n65664-65771\n",
	    65664 - SIZE);
}

static void
impossible_kinds_are_refused_and_their_length_believed(void **state)
{
	uint8_t kind;

	(void)state;
	for (kind = 5; kind <= 7; kind++)
		check(with_byte(SIZE, kind),
		    "0-107\n!107 impossible fragment type\n"
		    "214-321\n32768-32875\n",
		    SIZE);
}

static void
after_an_impossible_length_the_page_is_searched(void **state)
{
	(void)state;
	check(with_byte(SIZE + 1, 0xff),
	    "0-107\n!107 impossible fragment length\n214-321\n32768-32875\n",
	    SIZE);
	/* 32762 is one too much. */
	check(with_byte(SIZE + 1, 0x80),
	    "0-107\n!107 impossible fragment length\n214-321\n32768-32875\n",
	    SIZE);
}

static void
after_a_wrong_length_the_page_is_searched(void **state)
{
	static const uint8_t lengths[] = { 0, LEN - 1, LEN + 1, 255 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lengths); i++)
		check(with_byte(SIZE + 2, lengths[i]),
		    "0-107\n!107 checksum does not match\n"
		    "214-321\n32768-32875\n",
		    SIZE);
	/* Over the end of the page. */
	check(with_byte(SIZE + 1, 0x7f),
	    "0-107\n!107 checksum does not match\n214-321\n32768-32875\n",
	    SIZE);
}

static void
a_kind_of_zero_that_is_no_padding_costs_one_record(void **state)
{
	(void)state;
	check(with_byte(SIZE, 0),
	    "0-107\n!107 padding that is not zero\n214-321\n32768-32875\n",
	    SIZE);
}

static void
padding_that_is_not_zero_costs_no_record(void **state)
{
	(void)state;
	check(with_byte(PAGE - 1, 1),
	    "0-107\n107-214\n214-321\n!321 padding that is not zero\n"
	    "32768-32875\n",
	    PAGE - 3 * SIZE);
	/* Where an empty first, which this is not, would end the page. */
	check(with_byte(PAGE - 7, WRITER_FULL),
	    "0-107\n107-214\n214-321\n!321 padding that is not zero\n"
	    "32768-32875\n",
	    PAGE - 3 * SIZE);
	check(with_byte(3 * SIZE + 1, 1),
	    "0-107\n107-214\n214-321\n!321 padding that is not zero\n"
	    "32768-32875\n",
	    PAGE - 3 * SIZE);
}

static void
a_zeroed_sector_costs_only_the_records_in_it(void **state)
{
	static const uint8_t zeros[SIZE + 20];
	int fd = three_and_one();

	(void)state;
	assert_int_equal(pwrite(fd, zeros, SIZE, SIZE - 20), (ssize_t)SIZE);
	check(
	    fd, "!0 checksum does not match\n214-321\n32768-32875\n", 2 * SIZE);
}

static void
a_zeroed_page_inside_a_record_costs_that_record(void **state)
{
	static const uint8_t zeros[PAGE];
	int fd = one_over_three_pages();

	(void)state;
	assert_int_equal(pwrite(fd, zeros, PAGE, PAGE), PAGE);
	check(fd, "0-107\n!32768 padding in a record\n65664-65771\n",
	    65664 - SIZE);
}

static void
a_zeroed_page_between_records_is_padding(void **state)
{
	static const uint8_t zeros[PAGE];
	int fd = three_and_one();

	(void)state;
	assert_int_equal(pwrite(fd, zeros, PAGE, 0), PAGE);
	check(fd, "32768-32875\n", 0);
}

static void
zeros_from_a_record_on_leave_its_other_pages_without_beginning(void **state)
{
	static const uint8_t zeros[PAGE];
	int fd = one_over_three_pages();

	(void)state;
	assert_int_equal(
	    pwrite(fd, zeros, PAGE - SIZE, SIZE), PAGE - (ssize_t)SIZE);
	check(fd, "0-107\n!32768 record without its beginning\n65664-65771\n",
	    65664 - PAGE);
}

static void
a_page_of_garbage_costs_that_page(void **state)
{
	int fd = three_and_one();

	(void)state;
	assert_int_equal(pwrite(fd, noise(), PAGE, 0), PAGE);
	scratch_flip(fd, 0, (uint8_t)(noise()[0] ^ 0x07));
	check(fd, "!0 impossible fragment type\n32768-32875\n", PAGE);
}

static void
a_torn_record_is_not_damage(void **state)
{
	int fd = three_and_one();
	struct wal_segment *segment = wal_segment_open(fd, 0, true);
	struct trace *trace = trace_new();
	uint64_t from, unread;

	(void)state;
	assert_non_null(segment);
	assert_int_equal(ftruncate(fd, 2 * SIZE + 30), 0);
	assert_int_equal(trace_read(trace, segment), WAL_END);
	assert_int_equal(trace->records, 2);
	assert_int_equal(trace->damages, 0);
	assert_int_equal(wal_segment_unread(segment, &from, &unread), WAL_OK);
	assert_int_equal(from, 2 * SIZE);
	assert_int_equal(unread, 30);
	trace_free(trace);
	wal_segment_free(segment);
}

static void
a_broken_record_at_the_very_end_is_not_torn_as_well(void **state)
{
	int fd = three_and_one();

	(void)state;
	assert_int_equal(ftruncate(fd, 3 * SIZE), 0);
	scratch_flip(fd, 2 * SIZE + 50, 0x01);
	check(fd, "0-107\n107-214\n!214 checksum does not match\n", SIZE);
}

static void
what_is_written_behind_damage_is_read_at_once(void **state)
{
	struct writer writer = { 0 };
	int fd = scratch_file();
	struct wal_segment *segment =
	    wal_segment_open(scratch_dup(fd), 0, true);
	struct wal_record rec;

	(void)state;
	assert_non_null(segment);
	writer_open(&writer, fd);
	writer_log(&writer, noise(), LEN);
	scratch_flip(fd, 50, 0x01);
	assert_int_equal(wal_segment_next(segment, &rec), WAL_CORRUPT);
	assert_int_equal(wal_segment_next(segment, &rec), WAL_END);
	assert_int_equal(wal_segment_skipped(segment), SIZE);
	writer_log(&writer, noise(), LEN);
	assert_int_equal(wal_segment_next(segment, &rec), WAL_OK);
	assert_int_equal(rec.start, SIZE);
	assert_memory_equal(rec.data, noise(), LEN);
	assert_int_equal(wal_segment_skipped(segment), SIZE);
	writer_close(&writer);
	wal_segment_free(segment);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrong_byte_of_data_costs_one_record),
		cmocka_unit_test(a_wrong_checksum_costs_one_record),
		cmocka_unit_test(two_broken_records_in_a_row_are_told_each),
		cmocka_unit_test(a_broken_first_costs_its_record),
		cmocka_unit_test(a_broken_middle_costs_its_record),
		cmocka_unit_test(a_broken_last_costs_its_record),
		cmocka_unit_test(
		    impossible_kinds_are_refused_and_their_length_believed),
		cmocka_unit_test(
		    after_an_impossible_length_the_page_is_searched),
		cmocka_unit_test(after_a_wrong_length_the_page_is_searched),
		cmocka_unit_test(
		    a_kind_of_zero_that_is_no_padding_costs_one_record),
		cmocka_unit_test(padding_that_is_not_zero_costs_no_record),
		cmocka_unit_test(a_zeroed_sector_costs_only_the_records_in_it),
		cmocka_unit_test(
		    a_zeroed_page_inside_a_record_costs_that_record),
		cmocka_unit_test(a_zeroed_page_between_records_is_padding),
		cmocka_unit_test(
		    zeros_from_a_record_on_leave_its_other_pages_without_beginning),
		cmocka_unit_test(a_page_of_garbage_costs_that_page),
		cmocka_unit_test(a_torn_record_is_not_damage),
		cmocka_unit_test(
		    a_broken_record_at_the_very_end_is_not_torn_as_well),
		cmocka_unit_test(what_is_written_behind_damage_is_read_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
