/* SPDX-License-Identifier: Apache-2.0 */
/* That the writer of the tests writes what Prometheus writes. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/scratch.h"
#include "tests/unit/wal/writer.h"
#include "wal/segment.h"

/* A segment of Prometheus 3.5.3 without compression, as it was closed. */
#define REAL "tests/data/corpus/p353-server-none-ooo/data/wal/00000000"

static int
open_real(void)
{
	const char *srcdir = getenv("srcdir");
	char *path = scratch_path(srcdir != NULL ? srcdir : ".", REAL);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_int_not_equal(fd, -1);
	free(path);
	return fd;
}

static void
the_records_of_a_real_segment_are_written_to_the_same_bytes(void **state)
{
	int real = open_real(), ours = scratch_file();
	struct wal_segment *segment =
	    wal_segment_open(scratch_dup(real), 0, true);
	uint64_t size = scratch_size(real);
	uint8_t *a = malloc(size), *b = malloc(size);
	struct writer writer = { 0 };
	struct wal_record rec;

	(void)state;
	assert_non_null(segment);
	assert_true(a != NULL && b != NULL);
	writer_open(&writer, ours);
	while (wal_segment_next(segment, &rec) == WAL_OK)
		writer_log(&writer, rec.data, rec.len);
	writer_pad(&writer);
	assert_true(size > 3 * WAL_PAGE_SIZE);
	assert_int_equal(scratch_size(ours), size);
	assert_int_equal(pread(real, a, size, 0), (ssize_t)size);
	assert_int_equal(pread(ours, b, size, 0), (ssize_t)size);
	assert_memory_equal(a, b, size);
	writer_close(&writer);
	wal_segment_free(segment);
	free(a);
	free(b);
	(void)close(real);
	(void)close(ours);
}

static void
a_held_writer_writes_when_told_and_as_much(void **state)
{
	struct writer writer = { .hold = true };
	int fd = scratch_file();

	(void)state;
	writer_open(&writer, fd);
	writer_sample(&writer, 1, 1, 1.0); /* 34 bytes. */
	assert_int_equal(scratch_size(fd), 0);
	assert_int_equal(writer_write(&writer, 4), 30);
	assert_int_equal(scratch_size(fd), 4);
	writer_add(&writer, (const uint8_t *)"abc", 3);
	assert_int_equal(writer_write(&writer, 100), 0);
	assert_int_equal(scratch_size(fd), 34);
	writer_end(&writer);
	writer_close(&writer);
	assert_int_equal(scratch_size(fd), 44);
	(void)close(fd);
}

static void
a_record_that_does_not_fit_goes_to_the_next_segment(void **state)
{
	static const uint8_t data[3 * WAL_PAGE_SIZE];
	struct writer writer = { .segment_max = 2 * WAL_PAGE_SIZE };
	char *dir = scratch_dir();

	(void)state;
	writer_open_dir(&writer, dir, 5);
	writer_log(&writer, data, WAL_PAGE_SIZE);
	assert_int_equal(writer.number, 5);
	writer_log(&writer, data, WAL_PAGE_SIZE - 3 * WRITER_HEADER + 1);
	assert_int_equal(writer.number, 6);
	writer_log(&writer, data, 3 * WAL_PAGE_SIZE); /* Larger than any. */
	assert_int_equal(writer.number, 7);
	writer_log(&writer, data, 1);
	assert_int_equal(writer.number, 8);
	writer_close(&writer);
	scratch_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_records_of_a_real_segment_are_written_to_the_same_bytes),
		cmocka_unit_test(a_held_writer_writes_when_told_and_as_much),
		cmocka_unit_test(
		    a_record_that_does_not_fit_goes_to_the_next_segment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
