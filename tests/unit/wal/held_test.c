/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <snappy-c.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include <unistd.h>
#include <zstd.h>

#include <cmocka.h>

#include "tests/unit/wal/scratch.h"
#include "tests/unit/wal/writer.h"
#include "wal/crc32c.h"
#include "wal/dir.h"
#include "wal/held.h"
#include "wal/record.h"

#define NAME "00000000"

static void
write_segment(const char *dir, int64_t time)
{
	struct writer writer = { 0 };

	writer_open_dir(&writer, dir, 0);
	writer_sample(&writer, 1, time, 1.0); /* 34 bytes. */
	writer_sample(&writer, 1, time + 1, 1.0);
	writer_close(&writer);
}

static void
hold(struct wal_held *held, const char *dir)
{
	*held = (struct wal_held){ 0 };
	assert_int_equal(
	    wal_held_open(held, wal_dir_open_segment(dir, NAME), 0, true),
	    WAL_OK);
}

static void
an_open_segment_is_not_replaced_by_itself_or_by_nothing(void **state)
{
	char *dir = scratch_dir();
	struct wal_held held;
	struct wal_record rec;

	(void)state;
	write_segment(dir, 1000);
	hold(&held, dir);
	assert_false(wal_held_replaced(&held, dir, NAME));
	scratch_do(unlink, dir, NAME);
	assert_false(wal_held_replaced(&held, dir, NAME));
	assert_int_equal(wal_segment_next(held.segment, &rec), WAL_OK);
	wal_held_close(&held);
	wal_held_close(&held);
	assert_null(held.segment);
	scratch_remove(dir);
}

static void
what_cannot_be_opened_says_why(void **state)
{
	struct wal_held held = { 0 };
	char *dir = scratch_dir();

	(void)state;
	errno = 0;
	assert_int_equal(
	    wal_held_open(&held, wal_dir_open_segment(dir, NAME), 0, true),
	    WAL_IO);
	assert_int_equal(errno, ENOENT);
	assert_null(held.segment);
	wal_held_close(&held);
	scratch_remove(dir);
}

static void
another_file_of_the_name_replaces_it_whatever_is_in_it(void **state)
{
	char *dir = scratch_dir();
	struct wal_held held;

	(void)state;
	write_segment(dir, 1000);
	hold(&held, dir);
	scratch_do(unlink, dir, NAME);
	write_segment(dir, 1000);
	assert_true(wal_held_replaced(&held, dir, NAME));
	wal_held_close(&held);
	scratch_remove(dir);
}

static void
records_come_unpacked_and_from_an_offset(void **state)
{
	struct wal_unpack *unpack = wal_unpack_new();
	char *dir = scratch_dir();
	struct wal_held held;
	const uint8_t *data;
	size_t len;

	(void)state;
	write_segment(dir, 1000);
	hold(&held, dir);
	assert_int_equal(wal_held_next(&held, unpack, &data, &len), WAL_OK);
	assert_int_equal(data[0], WAL_SAMPLES);
	assert_int_equal(held.record.end, 34);
	assert_int_equal(held.first.len, 27);
	assert_int_equal(held.first.crc, crc32c(data, len));
	assert_int_equal(wal_held_next(&held, unpack, &data, &len), WAL_OK);
	assert_int_equal(wal_held_next(&held, unpack, &data, &len), WAL_END);
	wal_held_close(&held);

	assert_int_equal(
	    wal_held_open(&held, wal_dir_open_segment(dir, NAME), 34, true),
	    WAL_OK);
	assert_int_equal(wal_held_next(&held, unpack, &data, &len), WAL_OK);
	assert_int_equal(held.record.start, 34);
	assert_int_not_equal(held.first.crc, crc32c(data, len));
	wal_held_close(&held);
	wal_unpack_free(unpack);
	scratch_remove(dir);
}

static void
what_does_not_decompress_is_damage_like_any_other(void **state)
{
	struct wal_unpack *unpack = wal_unpack_new();
	char *dir = scratch_dir(), *path = scratch_path(dir, NAME);
	struct writer writer = { 0 };
	struct wal_held held;
	const uint8_t *data;
	size_t len;
	int fd;

	(void)state;
	writer_open_dir(&writer, dir, 0);
	writer_sample(&writer, 1, 1000, 1.0);
	writer_fragment(&writer, WRITER_FULL | WRITER_SNAPPY,
	    (const uint8_t *)"\xff\xff\xff", 3);
	writer_close(&writer);
	hold(&held, dir);
	fd = open(path, O_RDWR | O_CLOEXEC);
	scratch_flip(fd, 20, 0x01);
	(void)close(fd);
	assert_int_equal(
	    wal_held_next(&held, unpack, &data, &len), WAL_CORRUPT);
	assert_int_equal(held.damage.offset, 0);
	assert_string_equal(held.damage.reason, "checksum does not match");
	assert_int_equal(
	    wal_held_next(&held, unpack, &data, &len), WAL_CORRUPT);
	assert_int_equal(held.damage.offset, 34);
	assert_string_equal(held.damage.reason, "record does not decompress");
	assert_int_equal(wal_held_next(&held, unpack, &data, &len), WAL_END);
	wal_held_close(&held);
	wal_unpack_free(unpack);
	free(path);
	scratch_remove(dir);
}

/* Log ${data} with a header that says ${bits}; what comes is ${want}. */
static void
check_codec(const uint8_t *data, size_t len, uint8_t bits, enum wal_codec want)
{
	struct wal_unpack *unpack = wal_unpack_new();
	struct writer writer = { 0 };
	char *dir = scratch_dir();
	struct wal_held held;
	const uint8_t *plain;
	size_t plain_len;

	writer_open_dir(&writer, dir, 0);
	writer_fragment(&writer, WRITER_FULL | bits, data, len);
	writer_close(&writer);
	hold(&held, dir);
	assert_int_equal(
	    wal_held_next(&held, unpack, &plain, &plain_len), WAL_CORRUPT);
	assert_int_equal(held.damage.offset, 0);
	assert_string_equal(
	    held.damage.reason, "compression is not what the header says");
	assert_int_equal(
	    wal_held_next(&held, unpack, &plain, &plain_len), WAL_OK);
	assert_int_equal(held.record.codec, want);
	assert_true(wal_record_decodes(plain, plain_len));
	assert_int_equal(
	    wal_held_next(&held, unpack, &plain, &plain_len), WAL_END);
	wal_held_close(&held);
	wal_unpack_free(unpack);
	scratch_remove(dir);
}

static void
a_wrong_compression_bit_is_told_and_the_record_given(void **state)
{
	/* A sample, and metadata that would pass for a snappy block. */
	static const uint8_t sample[28] = { 2, [26] = 0x3f, 0xf0 };
	static const uint8_t metadata[] = { 6, 0, 2, 0, 1, 0, 0, 0, 1, 0, 1, 0,
		0 };
	char packed[64];
	size_t len = sizeof(packed);

	(void)state;
	check_codec(sample, 27, WRITER_SNAPPY, WAL_PLAIN);
	check_codec(sample, 27, WRITER_ZSTD, WAL_PLAIN);
	check_codec(metadata, sizeof(metadata), WRITER_SNAPPY, WAL_PLAIN);
	assert_int_equal(
	    snappy_compress((const char *)sample, 27, packed, &len), SNAPPY_OK);
	check_codec((const uint8_t *)packed, len, 0, WAL_SNAPPY);
	check_codec((const uint8_t *)packed, len, WRITER_ZSTD, WAL_SNAPPY);
	len = ZSTD_compress(packed, sizeof(packed), sample, 27, 1);
	check_codec((const uint8_t *)packed, len, 0, WAL_ZSTD);
	check_codec((const uint8_t *)packed, len, WRITER_SNAPPY, WAL_ZSTD);
}

static void
a_record_of_an_unknown_type_is_left_as_it_is(void **state)
{
	struct wal_unpack *unpack = wal_unpack_new();
	enum wal_codec codecs[] = { WAL_PLAIN, WAL_SNAPPY, WAL_ZSTD };
	static const uint8_t strange[200] = { 77 };
	struct writer writer = { 0 };
	char *dir = scratch_dir();
	struct wal_held held;
	const uint8_t *data;
	size_t i, len;

	(void)state;
	writer_open_dir(&writer, dir, 0);
	for (i = 0; i < 3; i++) {
		writer.codec = codecs[i];
		writer_log(&writer, strange, sizeof(strange));
	}
	writer_close(&writer);
	hold(&held, dir);
	for (i = 0; i < 3; i++) {
		assert_int_equal(
		    wal_held_next(&held, unpack, &data, &len), WAL_OK);
		assert_int_equal(held.record.codec, codecs[i]);
		assert_int_equal(len, sizeof(strange));
		assert_memory_equal(data, strange, len);
	}
	wal_held_close(&held);
	wal_unpack_free(unpack);
	scratch_remove(dir);
}

/* A disk of which nothing before ${stalled} bytes is in memory. */
static off_t stalled;
static unsigned int blocked; /* Reads that waited for that. */

ssize_t __real_preadv2(
    int fd, const struct iovec *iov, int count, off_t offset, int flags);
ssize_t __wrap_preadv2(
    int fd, const struct iovec *iov, int count, off_t offset, int flags);
ssize_t __real_pread(int fd, void *to, size_t len, off_t offset);
ssize_t __wrap_pread(int fd, void *to, size_t len, off_t offset);

ssize_t
__wrap_preadv2(
    int fd, const struct iovec *iov, int count, off_t offset, int flags)
{
	if (offset < stalled && (flags & RWF_NOWAIT) != 0) {
		errno = EAGAIN;
		return -1;
	}
	return __real_preadv2(fd, iov, count, offset, flags);
}

ssize_t
__wrap_pread(int fd, void *to, size_t len, off_t offset)
{
	blocked += offset < stalled;
	return __real_pread(fd, to, len, offset);
}

static void
what_a_segment_begins_with_is_waited_for_without_blocking(void **state)
{
	struct wal_unpack *unpack = wal_unpack_new();
	char *dir = scratch_dir();
	struct wal_held held = { 0 };
	const uint8_t *data;
	unsigned int i;
	size_t len;

	(void)state;
	write_segment(dir, 1000);
	stalled = 34;
	blocked = 0;
	assert_int_equal(
	    wal_held_open(&held, wal_dir_open_segment(dir, NAME), 34, false),
	    WAL_OK);
	for (i = 0; i < 3; i++)
		assert_int_equal(
		    wal_held_next(&held, unpack, &data, &len), WAL_WAIT);
	stalled = 0;
	assert_int_equal(wal_held_next(&held, unpack, &data, &len), WAL_OK);
	assert_int_equal(held.record.start, 34);
	assert_true(wal_content_is_known(&held.first));
	assert_int_equal(wal_held_next(&held, unpack, &data, &len), WAL_END);
	assert_int_equal(blocked, 0);
	wal_held_close(&held);
	wal_unpack_free(unpack);
	scratch_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_open_segment_is_not_replaced_by_itself_or_by_nothing),
		cmocka_unit_test(what_cannot_be_opened_says_why),
		cmocka_unit_test(
		    another_file_of_the_name_replaces_it_whatever_is_in_it),
		cmocka_unit_test(records_come_unpacked_and_from_an_offset),
		cmocka_unit_test(
		    what_does_not_decompress_is_damage_like_any_other),
		cmocka_unit_test(
		    a_wrong_compression_bit_is_told_and_the_record_given),
		cmocka_unit_test(a_record_of_an_unknown_type_is_left_as_it_is),
		cmocka_unit_test(
		    what_a_segment_begins_with_is_waited_for_without_blocking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
