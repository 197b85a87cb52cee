/* SPDX-License-Identifier: Apache-2.0 */
/* A segment that grows while it is read gives what it gives when it is whole. */
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

/* A small segment with every kind of fragment, page end and codec. */
static int
write_variety(void)
{
	struct writer wrote = { 0 }, *writer = &wrote;
	int fd = scratch_file();
	size_t i;

	writer_open(writer, fd);
	for (i = 0; i < 6; i++) {
		writer->codec = (enum wal_codec)(i % 3);
		writer_log(writer, noise(), 5 * i);
		writer_series(writer, i, "__name__", "a_long_name_of_a_metric",
		    "job", "a_long_name_of_a_metric", NULL);
	}
	writer->codec = WAL_PLAIN;
	writer_log(writer, noise(), 2 * PAGE);
	writer_log(writer, noise(), PAGE - 40 - writer->used);
	writer_log(writer, noise(), 33 - WRITER_HEADER);
	writer_log(writer, noise(), 9);
	writer_pad(writer);
	writer_log(writer, noise(), 9);
	writer_close(writer);
	return fd;
}

/* How far to grow at ${at}: by single bytes where there is much to see. */
static size_t
growth(uint64_t at, uint64_t size, size_t step)
{
	uint64_t in_page = at % PAGE;
	size_t len = in_page < 700 || in_page + 60 > PAGE ? 1 : step;

	return size - at < len ? (size_t)(size - at) : len;
}

/* Growing by up to ${step} bytes at a time, ${whole} gives ${trace}. */
static void
check_growth(int whole, const struct trace *trace, size_t step)
{
	int fd = scratch_file();
	struct wal_segment *segment = wal_segment_open(fd, 0, step % 2 == 0);
	struct trace *grown = trace_new();
	uint64_t size = scratch_size(whole), at;
	uint8_t bytes[512];
	size_t len;

	assert_non_null(segment);
	for (at = 0; at < size; at += len) {
		len = growth(at, size, step);
		assert_int_equal(
		    pread(whole, bytes, len, (off_t)at), (ssize_t)len);
		assert_int_equal(pwrite(fd, bytes, len, (off_t)at), len);
		assert_int_equal(trace_read(grown, segment), WAL_END);
	}
	assert_string_equal(grown->text, trace->text);
	trace_free(grown);
	wal_segment_free(segment);
}

static void
a_segment_that_grows_byte_by_byte_gives_the_same(void **state)
{
	static const size_t steps[] = { 41, 250, 512 };
	int fd = write_variety();
	struct trace *trace;
	size_t i;

	(void)state;
	trace = trace_of(fd);
	assert_int_equal(trace->records, 17);
	assert_int_equal(trace->damages, 0);
	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		check_growth(fd, trace, steps[i]);
	trace_free(trace);
	(void)close(fd);
}

static void
a_damaged_segment_that_grows_byte_by_byte_gives_the_same(void **state)
{
	static const uint64_t places[] = { 0, 1, 2, 3, 9, 60, 130, 131, 133,
		500, PAGE - 3, PAGE, PAGE + 1, PAGE + 5000, 2 * PAGE + 1,
		3 * PAGE - 40, 3 * PAGE - 39, 3 * PAGE - 1, 3 * PAGE + 18 };
	int fd = write_variety();
	struct trace *trace;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
		scratch_flip(fd, places[i], 0xff);
		trace = trace_of(fd);
		check_growth(fd, trace, 509);
		trace_free(trace);
		scratch_flip(fd, places[i], 0xff);
	}
	(void)close(fd);
}

/* A segment that stops at ${at} of ${size} bytes, and goes on, gives ${text}. */
static void
check_halves(const uint8_t *bytes, size_t size, size_t at, const char *text)
{
	int fd = scratch_file();
	struct wal_segment *segment = wal_segment_open(fd, 0, true);
	struct trace *halves = trace_new();

	assert_non_null(segment);
	assert_int_equal(write(fd, bytes, at), (ssize_t)at);
	assert_int_equal(trace_read(halves, segment), WAL_END);
	assert_int_equal(
	    write(fd, bytes + at, size - at), (ssize_t)(size - at));
	assert_int_equal(trace_read(halves, segment), WAL_END);
	assert_string_equal(halves->text, text);
	trace_free(halves);
	wal_segment_free(segment);
}

static void
a_segment_that_stops_anywhere_goes_on_when_the_rest_comes(void **state)
{
	struct writer writer = { 0 };
	int fd = scratch_file();
	struct trace *whole;
	uint8_t bytes[600];
	size_t size, i;

	(void)state;
	writer_open(&writer, fd);
	writer_log(&writer, noise(), 100);
	writer_fragment(&writer, WRITER_FIRST, noise(), 100);
	writer_fragment(&writer, WRITER_MIDDLE, noise(), 100);
	writer_fragment(&writer, WRITER_LAST, noise(), 100);
	writer_log(&writer, NULL, 0);
	size = writer.size;
	writer_close(&writer);
	assert_int_equal(pread(fd, bytes, size, 0), (ssize_t)size);
	whole = trace_of(fd);
	for (i = 0; i <= size; i++)
		check_halves(bytes, size, i, whole->text);
	trace_free(whole);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_segment_that_grows_byte_by_byte_gives_the_same),
		cmocka_unit_test(
		    a_damaged_segment_that_grows_byte_by_byte_gives_the_same),
		cmocka_unit_test(
		    a_segment_that_stops_anywhere_goes_on_when_the_rest_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
