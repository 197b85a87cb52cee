/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/scratch.h"
#include "tests/unit/wal/writer.h"
#include "wal/checkpoint.h"

/* A checkpoint of three segments, the i-th with series 10i to 10i + 2. */
static char *
three_segments(void)
{
	struct writer writer = { .codec = WAL_SNAPPY };
	char *dir = scratch_dir();
	uint64_t i;

	writer_open_dir(&writer, dir, 0);
	for (i = 0; i < 9; i++) {
		if (i > 0 && i % 3 == 0)
			writer_rotate(&writer);
		writer_series(&writer, i / 3 * 10 + i % 3, "__name__",
		    "name name name name name", NULL);
	}
	writer_pad(&writer);
	writer_close(&writer);
	return dir;
}

/* The ref of the next record, or a negative status. */
static int
next(struct wal_checkpoint *checkpoint)
{
	struct wal_series_list list = { 0 };
	struct wal_checkpoint_record rec;
	enum wal_status st;
	int ref = -100;

	st = wal_checkpoint_next(checkpoint, &rec);
	if (st == WAL_OK &&
	    wal_decode_series(rec.data, rec.len, &list) == WAL_OK &&
	    list.len == 1)
		ref = (int)list.series[0].ref;
	wal_series_list_release(&list);
	return st == WAL_OK ? ref : st == WAL_END ? -50 : (int)st;
}

static void
records_of_all_segments_come_in_order(void **state)
{
	struct wal_checkpoint *checkpoint;
	char *dir = three_segments();
	int i;

	(void)state;
	assert_int_equal(wal_checkpoint_open(dir, true, &checkpoint), WAL_OK);
	for (i = 0; i < 9; i++)
		assert_int_equal(next(checkpoint), i / 3 * 10 + i % 3);
	assert_int_equal(next(checkpoint), -50);
	assert_int_equal(next(checkpoint), -50);
	wal_checkpoint_free(checkpoint);
	wal_checkpoint_free(NULL);
	scratch_remove(dir);
}

static void
damage_is_told_and_what_is_behind_it_read(void **state)
{
	struct wal_checkpoint *checkpoint;
	char *dir = three_segments(), *path = scratch_path(dir, "00000001");
	int fd = open(path, O_RDWR | O_CLOEXEC);

	(void)state;
	scratch_flip(fd, 9, 0x01);
	(void)close(fd);
	assert_int_equal(wal_checkpoint_open(dir, true, &checkpoint), WAL_OK);
	assert_int_equal(next(checkpoint), 0);
	assert_int_equal(next(checkpoint), 1);
	assert_int_equal(next(checkpoint), 2);
	assert_int_equal(next(checkpoint), WAL_CORRUPT);
	assert_int_equal(next(checkpoint), 11);
	assert_int_equal(next(checkpoint), 12);
	assert_int_equal(next(checkpoint), 20);
	wal_checkpoint_free(checkpoint);
	free(path);
	scratch_remove(dir);
}

static void
a_torn_end_is_damage_in_a_checkpoint(void **state)
{
	struct wal_checkpoint *checkpoint;
	char *dir = three_segments(), *path = scratch_path(dir, "00000002");

	(void)state;
	assert_int_equal(truncate(path, 20), 0);
	assert_int_equal(wal_checkpoint_open(dir, true, &checkpoint), WAL_OK);
	while (next(checkpoint) != 12)
		;
	assert_int_equal(next(checkpoint), WAL_CORRUPT);
	assert_int_equal(next(checkpoint), -50);
	wal_checkpoint_free(checkpoint);
	free(path);
	scratch_remove(dir);
}

static void
a_segment_that_vanishes_is_an_error_of_reading(void **state)
{
	struct wal_checkpoint *checkpoint;
	char *dir = three_segments();

	(void)state;
	assert_int_equal(wal_checkpoint_open(dir, true, &checkpoint), WAL_OK);
	assert_int_equal(next(checkpoint), 0);
	scratch_do(unlink, dir, "00000000");
	scratch_do(unlink, dir, "00000001");
	assert_int_equal(next(checkpoint), 1);
	assert_int_equal(next(checkpoint), 2);
	assert_int_equal(next(checkpoint), WAL_IO);
	assert_int_equal(errno, ENOENT);
	wal_checkpoint_free(checkpoint);
	scratch_remove(dir);
}

static void
a_checkpoint_that_is_not_there_cannot_be_opened(void **state)
{
	struct wal_checkpoint *checkpoint = NULL;
	char *dir = scratch_dir(), *path = scratch_path(dir, "none");

	(void)state;
	errno = 0;
	assert_int_equal(wal_checkpoint_open(path, true, &checkpoint), WAL_IO);
	assert_int_equal(errno, ENOENT);
	assert_null(checkpoint);
	free(path);
	scratch_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_of_all_segments_come_in_order),
		cmocka_unit_test(damage_is_told_and_what_is_behind_it_read),
		cmocka_unit_test(a_torn_end_is_damage_in_a_checkpoint),
		cmocka_unit_test(
		    a_segment_that_vanishes_is_an_error_of_reading),
		cmocka_unit_test(
		    a_checkpoint_that_is_not_there_cannot_be_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
