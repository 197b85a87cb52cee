/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/noise.h"
#include "tests/unit/wal/scratch.h"
#include "tests/unit/wal/trace.h"
#include "tests/unit/wal/writer.h"
#include "wal/segment.h"

#define PAGE WAL_PAGE_SIZE
#define PART_MAX (PAGE - WRITER_HEADER) /* Bytes of data a page can hold. */

/* A segment being written, and read through another descriptor. */
struct bench {
	int fd;
	struct writer writer;
	struct wal_segment *segment;
};

static void
bench_open(struct bench *bench)
{
	*bench = (struct bench){ .fd = scratch_file() };
	writer_open(&bench->writer, bench->fd);
	bench->segment = wal_segment_open(scratch_dup(bench->fd), 0, true);
	assert_non_null(bench->segment);
}

static void
bench_close(struct bench *bench)
{
	wal_segment_free(bench->segment);
	writer_close(&bench->writer);
	(void)close(bench->fd);
}

/* The next record is ${len} bytes of noise, from ${start} to ${end}. */
static void
expect(struct bench *bench, size_t len, uint64_t start, uint64_t end)
{
	struct wal_record rec;

	assert_int_equal(wal_segment_next(bench->segment, &rec), WAL_OK);
	assert_int_equal(rec.len, len);
	if (len > 0)
		assert_memory_equal(rec.data, noise(), len);
	assert_int_equal(rec.start, start);
	assert_int_equal(rec.end, end);
}

static void
expect_end(struct bench *bench)
{
	struct wal_record rec;

	assert_int_equal(wal_segment_next(bench->segment, &rec), WAL_END);
}

static uint64_t
unread(struct bench *bench, uint64_t *ret_from)
{
	uint64_t count;

	assert_int_equal(
	    wal_segment_unread(bench->segment, ret_from, &count), WAL_OK);
	return count;
}

static void
an_empty_file_is_at_its_end_and_not_damaged(void **state)
{
	struct bench bench;
	uint64_t from;

	(void)state;
	bench_open(&bench);
	expect_end(&bench);
	expect_end(&bench);
	assert_null(wal_segment_damage(bench.segment).reason);
	assert_int_equal(wal_segment_damage(bench.segment).offset, 0);
	assert_int_equal(wal_segment_skipped(bench.segment), 0);
	assert_int_equal(unread(&bench, &from), 0);
	bench_close(&bench);
	wal_segment_free(NULL);
}

static void
a_record_on_one_page_comes_out_with_its_place(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench);
	writer_log(&bench.writer, noise(), 10);
	writer_log(&bench.writer, noise(), 20);
	expect(&bench, 10, 0, 17);
	expect(&bench, 20, 17, 44);
	expect_end(&bench);
	bench_close(&bench);
}

static void
a_record_over_many_pages_is_put_together(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench);
	writer_log(&bench.writer, noise(), 3 * PAGE);
	expect(&bench, 3 * PAGE, 0, 3 * PAGE + 4 * WRITER_HEADER);
	expect_end(&bench);
	bench_close(&bench);
}

static void
the_codec_is_told_and_the_data_left_as_stored(void **state)
{
	static const uint8_t zeros[1000];
	enum wal_codec codec;
	struct wal_record rec;
	struct bench bench;

	(void)state;
	bench_open(&bench);
	for (codec = WAL_PLAIN; codec <= WAL_ZSTD; codec++) {
		bench.writer.codec = codec;
		writer_log(&bench.writer, zeros, sizeof(zeros));
		assert_int_equal(wal_segment_next(bench.segment, &rec), WAL_OK);
		assert_int_equal(rec.codec, codec);
		assert_true(codec == WAL_PLAIN || rec.len < sizeof(zeros));
	}
	bench_close(&bench);
}

static void
the_codec_is_that_of_the_last_fragment_and_snappy_goes_first(void **state)
{
	struct wal_record rec;
	struct bench bench;

	(void)state;
	bench_open(&bench);
	writer_fragment(&bench.writer, WRITER_FIRST, noise(), 5);
	writer_fragment(
	    &bench.writer, WRITER_LAST | WRITER_ZSTD, noise() + 5, 5);
	writer_fragment(&bench.writer,
	    WRITER_FULL | WRITER_ZSTD | WRITER_SNAPPY, noise(), 5);
	writer_end(&bench.writer);
	assert_int_equal(wal_segment_next(bench.segment, &rec), WAL_OK);
	assert_int_equal(rec.codec, WAL_ZSTD);
	assert_memory_equal(rec.data, noise(), 10);
	assert_int_equal(wal_segment_next(bench.segment, &rec), WAL_OK);
	assert_int_equal(rec.codec, WAL_SNAPPY);
	bench_close(&bench);
}

static void
the_upper_three_bits_of_a_header_are_not_looked_at(void **state)
{
	struct bench bench;
	uint8_t bit;

	(void)state;
	bench_open(&bench);
	for (bit = 0x20; bit != 0; bit = (uint8_t)(bit << 1)) {
		writer_fragment(&bench.writer, WRITER_FULL | bit, noise(), 3);
		writer_end(&bench.writer);
		expect(&bench, 3, bench.writer.size - 10, bench.writer.size);
	}
	bench_close(&bench);
}

static void
fragments_of_every_kind_may_be_empty(void **state)
{
	static const uint8_t kinds[] = { WRITER_FULL, WRITER_FIRST,
		WRITER_MIDDLE, WRITER_LAST };
	struct bench bench;
	size_t i;

	(void)state;
	bench_open(&bench);
	for (i = 0; i < sizeof(kinds); i++)
		writer_fragment(&bench.writer, kinds[i], NULL, 0);
	writer_fragment(&bench.writer, WRITER_FIRST, NULL, 0);
	writer_fragment(&bench.writer, WRITER_MIDDLE, noise(), 4);
	writer_fragment(&bench.writer, WRITER_MIDDLE, NULL, 0);
	writer_fragment(&bench.writer, WRITER_LAST, noise() + 4, 4);
	writer_log(&bench.writer, NULL, 0);
	expect(&bench, 0, 0, 7);
	expect(&bench, 0, 7, 28);
	expect(&bench, 8, 28, 64);
	expect(&bench, 0, 64, 71);
	expect_end(&bench);
	bench_close(&bench);
}

/* A record that leaves ${left} bytes of its page, and one that follows. */
static void
check_page_rest(size_t left)
{
	uint64_t second = left < WRITER_HEADER ? PAGE : PAGE - left;
	struct bench bench;

	bench_open(&bench);
	writer_log(&bench.writer, noise(), PART_MAX - left);
	writer_log(&bench.writer, noise(), 100);
	expect(&bench, PART_MAX - left, 0, PAGE - left);
	expect(&bench, 100, second,
	    left < WRITER_HEADER ? PAGE + 107
				 : PAGE + 107 + WRITER_HEADER - left);
	expect_end(&bench);
	bench_close(&bench);
}

static void
what_is_left_of_a_page_is_padding_or_begins_a_record(void **state)
{
	(void)state;
	check_page_rest(0);
	check_page_rest(1);
	check_page_rest(6);
}

static void
seven_bytes_left_hold_a_first_fragment_without_data(void **state)
{
	struct bench bench;
	uint8_t header;

	(void)state;
	bench_open(&bench);
	writer_log(&bench.writer, noise(), PART_MAX - 7);
	writer_log(&bench.writer, noise(), 100);
	assert_int_equal(pread(bench.fd, &header, 1, PAGE - 7), 1);
	assert_int_equal(header, WRITER_FIRST);
	expect(&bench, PART_MAX - 7, 0, PAGE - 7);
	expect(&bench, 100, PAGE - 7, PAGE + 107);
	expect_end(&bench);
	bench_close(&bench);
}

static void
padding_at_the_end_is_read_and_nothing_is_left(void **state)
{
	struct bench bench;
	uint64_t from;

	(void)state;
	bench_open(&bench);
	writer_log(&bench.writer, noise(), 10);
	writer_pad(&bench.writer);
	expect(&bench, 10, 0, 17);
	expect_end(&bench);
	assert_int_equal(unread(&bench, &from), 0);
	assert_int_equal(from, PAGE);
	bench_close(&bench);
}

static void
pages_of_zeros_are_padding(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench);
	assert_int_equal(ftruncate(bench.fd, 3 * PAGE), 0);
	assert_int_equal(lseek(bench.fd, 3 * PAGE, SEEK_SET), 3 * PAGE);
	writer_log(&bench.writer, noise(), 10);
	expect(&bench, 10, 3 * PAGE, 3 * PAGE + 17);
	expect_end(&bench);
	bench_close(&bench);
}

static void
a_fragment_over_the_end_of_its_page_is_read(void **state)
{
	struct trace *across;
	struct bench bench;
	uint8_t bytes[400];
	ssize_t len;

	(void)state;
	bench_open(&bench);
	writer_log(&bench.writer, noise(), 300);
	writer_log(&bench.writer, noise(), 50);
	len = pread(bench.fd, bytes, sizeof(bytes), 0);
	assert_int_equal(ftruncate(bench.fd, 0), 0);
	assert_int_equal(lseek(bench.fd, 0, SEEK_SET), 0);
	writer_open(&bench.writer, bench.fd);
	writer_log(&bench.writer, noise(), PART_MAX - 200);
	assert_int_equal(write(bench.fd, bytes, (size_t)len), len);
	across = trace_of(bench.fd);
	assert_int_equal(across->damages, 0);
	assert_int_equal(across->records, 3);
	trace_free(across);
	expect(&bench, PART_MAX - 200, 0, PAGE - 200);
	expect(&bench, 300, PAGE - 200, PAGE + 107);
	expect(&bench, 50, PAGE + 107, PAGE + 164);
	bench_close(&bench);
}

static void
reading_resumes_at_the_end_of_any_record(void **state)
{
	struct wal_segment *again;
	struct wal_record rec, next;
	struct bench bench;
	size_t i;

	(void)state;
	bench_open(&bench);
	for (i = 0; i < 40; i++)
		writer_log(&bench.writer, noise(), 3011 * (i % 7));
	writer_log(&bench.writer, noise(), 1);
	for (i = 0; i < 40; i++) {
		assert_int_equal(wal_segment_next(bench.segment, &rec), WAL_OK);
		again = wal_segment_open(scratch_dup(bench.fd), rec.end, true);
		assert_int_equal(wal_segment_next(again, &next), WAL_OK);
		assert_true(next.start >= rec.end);
		assert_int_equal(next.len, i == 39 ? 1 : 3011 * ((i + 1) % 7));
		wal_segment_free(again);
	}
	bench_close(&bench);
}

static void
what_is_unread_begins_after_the_last_whole_record(void **state)
{
	struct bench bench;
	uint64_t from;

	(void)state;
	bench_open(&bench);
	writer_log(&bench.writer, noise(), 10);
	bench.writer.hold = true;
	writer_log(&bench.writer, noise(), 40000);
	(void)writer_write(&bench.writer, PAGE);
	expect(&bench, 10, 0, 17);
	expect_end(&bench);
	assert_int_equal(unread(&bench, &from), PAGE);
	assert_int_equal(from, 17);
	(void)writer_write(&bench.writer, SIZE_MAX);
	expect(&bench, 40000, 17, 17 + 40000 + 14);
	expect_end(&bench);
	assert_int_equal(unread(&bench, &from), 0);
	bench_close(&bench);
}

static void
a_record_beyond_the_ceiling_is_refused_and_the_next_one_read(void **state)
{
	uint64_t size = 0, second;
	struct wal_record rec;
	struct bench bench;
	int i;

	(void)state;
	bench_open(&bench);
	writer_fragment(&bench.writer, WRITER_FIRST, noise(), PART_MAX);
	for (i = 0; size <= WAL_RECORD_MAX; i++, size += PART_MAX)
		writer_fragment(
		    &bench.writer, WRITER_MIDDLE, noise(), PART_MAX);
	writer_fragment(&bench.writer, WRITER_LAST, noise(), 10);
	writer_end(&bench.writer);
	second = bench.writer.size;
	writer_log(&bench.writer, noise(), 10);

	assert_int_equal(wal_segment_next(bench.segment, &rec), WAL_CORRUPT);
	assert_string_equal(wal_segment_damage(bench.segment).reason,
	    "record of impossible length");
	assert_int_equal(wal_segment_damage(bench.segment).offset,
	    (WAL_RECORD_MAX / PART_MAX) * (uint64_t)PAGE);
	expect(&bench, 10, second, second + 17);
	assert_int_equal(wal_segment_skipped(bench.segment), second);
	expect_end(&bench);
	bench_close(&bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_file_is_at_its_end_and_not_damaged),
		cmocka_unit_test(a_record_on_one_page_comes_out_with_its_place),
		cmocka_unit_test(a_record_over_many_pages_is_put_together),
		cmocka_unit_test(the_codec_is_told_and_the_data_left_as_stored),
		cmocka_unit_test(
		    the_codec_is_that_of_the_last_fragment_and_snappy_goes_first),
		cmocka_unit_test(
		    the_upper_three_bits_of_a_header_are_not_looked_at),
		cmocka_unit_test(fragments_of_every_kind_may_be_empty),
		cmocka_unit_test(
		    what_is_left_of_a_page_is_padding_or_begins_a_record),
		cmocka_unit_test(
		    seven_bytes_left_hold_a_first_fragment_without_data),
		cmocka_unit_test(
		    padding_at_the_end_is_read_and_nothing_is_left),
		cmocka_unit_test(pages_of_zeros_are_padding),
		cmocka_unit_test(a_fragment_over_the_end_of_its_page_is_read),
		cmocka_unit_test(reading_resumes_at_the_end_of_any_record),
		cmocka_unit_test(
		    what_is_unread_begins_after_the_last_whole_record),
		cmocka_unit_test(
		    a_record_beyond_the_ceiling_is_refused_and_the_next_one_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
