/* SPDX-License-Identifier: Apache-2.0 */
/* Where the follower begins, and what of that is fresh. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/tail.h"

static void
from_the_oldest_every_segment_is_fresh(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 3);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 1, 2000, 1.0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "t1000* t2000*");
	tail_close(&tail);
}

static void
from_the_end_only_what_is_written_later_is_fresh(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 3);
	writer_series(&tail.writer, 1, "__name__", "up", NULL);
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	tail_follow_end(&tail);
	assert_string_equal(tail_read(&tail), "s1 t1000");
	writer_sample(&tail.writer, 1, 2000, 1.0);
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 1, 3000, 1.0);
	assert_string_equal(tail_read(&tail), "t2000* t3000*");
	tail_close(&tail);
}

static void
the_end_is_where_it_was_looked_for_and_not_that_of_the_reading(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	writer_sample(&tail.writer, 1, 2000, 1.0);
	tail_follow_end(&tail);
	assert_string_equal(tail_step(&tail, 1), "t1000");
	writer_sample(&tail.writer, 1, 3000, 1.0);
	assert_string_equal(tail_read(&tail), "t2000 t3000*");
	tail_close(&tail);
}

static void
a_record_half_written_at_the_end_is_fresh(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	tail.writer.hold = true;
	writer_sample(&tail.writer, 1, 2000, 1.0);
	(void)writer_write(&tail.writer, 33);
	tail_follow_end(&tail);
	assert_string_equal(tail_read(&tail), "t1000");
	(void)writer_write(&tail.writer, 1);
	assert_string_equal(tail_read(&tail), "t2000*");
	tail_close(&tail);
}

static void
a_directory_that_appears_is_read_from_its_first_byte(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	writer_close(&tail.writer);
	assert_int_equal(tail_remove_all(tail.wal), 0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "");
	assert_true(wal_follow_waiting(tail.follow));
	assert_int_equal(mkdir(tail.wal, 0777), 0);
	assert_string_equal(tail_read(&tail), "");
	assert_true(wal_follow_waiting(tail.follow));
	writer_open_dir(&tail.writer, tail.wal, 0);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	assert_string_equal(tail_read(&tail), "t1000*");
	assert_false(wal_follow_waiting(tail.follow));
	tail_close(&tail);
}

static void
a_checkpoint_comes_first_and_is_never_fresh(void **state)
{
	uint64_t number;
	struct tail tail;

	(void)state;
	tail_open(&tail, 6);
	tail_checkpoint(&tail, 4, 40);
	tail_checkpoint(&tail, 5, 50);
	writer_sample(&tail.writer, 50, 1000, 1.0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "cp:s50? t1000*");
	assert_true(wal_follow_checkpoint(tail.follow, &number));
	assert_int_equal(number, 5);
	tail_follow_end(&tail);
	assert_string_equal(tail_read(&tail), "cp:s50 t1000");
	tail_close(&tail);
}

static void
an_entry_of_a_checkpoint_has_its_number(void **state)
{
	struct wal_entry entry;
	struct tail tail;

	(void)state;
	tail_open(&tail, 6);
	tail_checkpoint(&tail, 5, 50);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_int_equal(wal_follow_next(tail.follow, &entry), WAL_OK);
	assert_true(entry.checkpoint);
	assert_int_equal(entry.end.segment, 5);
	assert_int_equal(entry.end.offset, entry.stored);
	tail_close(&tail);
}

static void
segments_that_the_checkpoint_covers_are_not_read(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 4);
	writer_sample(&tail.writer, 50, 1000, 1.0);
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 50, 2000, 1.0);
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 50, 3000, 1.0);
	tail_checkpoint(&tail, 5, 50);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "cp:s50? t3000*");
	tail_close(&tail);
}

static void
a_checkpoint_without_segments_waits_for_the_next(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 6);
	tail_delete(&tail, 6);
	writer_close(&tail.writer);
	tail_checkpoint(&tail, 5, 50);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "cp:s50?");
	assert_false(wal_follow_waiting(tail.follow));
	writer_open_dir(&tail.writer, tail.wal, 6);
	writer_sample(&tail.writer, 50, 1000, 1.0);
	assert_string_equal(tail_read(&tail), "t1000*");
	tail_close(&tail);
}

/* Left behind when the segments of a log, but not its checkpoint, went. */
static void
a_checkpoint_above_every_segment_hides_none(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_checkpoint(&tail, 99, 50);
	writer_series(&tail.writer, 1, "__name__", "up", NULL);
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	tail_follow_end(&tail);
	assert_string_equal(tail_read(&tail), "cp:s50 s1 t1000");
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 1, 2000, 1.0);
	assert_string_equal(tail_read(&tail), "t2000*");
	tail_close(&tail);
}

static void
damage_and_torn_ends_in_a_checkpoint_do_not_stop_the_reading(void **state)
{
	struct tail tail;
	char *path;

	(void)state;
	tail_open(&tail, 6);
	writer_sample(&tail.writer, 50, 1000, 1.0);
	tail_checkpoint(&tail, 5, 50);
	path = scratch_path(tail.wal, "checkpoint.00000005/00000000");
	assert_int_equal(truncate(path, 20), 0);
	free(path);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "torn@cp:5:0+20 t1000*");
	tail_close(&tail);
}

static int
make_fifo(const char *path)
{
	return mkfifo(path, 0666);
}

static void
what_cannot_be_read_of_a_checkpoint_is_told_and_passed_over(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 6);
	writer_sample(&tail.writer, 50, 1000, 1.0);
	tail_checkpoint(&tail, 5, 50);
	scratch_do(make_fifo, tail.wal, "checkpoint.00000005/00000001");
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "cp:s50? unreadable@cp:5 t1000*");
	assert_int_equal(wal_follow_notice(tail.follow)->count, EINVAL);
	tail_close(&tail);

	tail_open(&tail, 6);
	writer_sample(&tail.writer, 50, 1000, 1.0);
	scratch_do(make_fifo, tail.wal, "checkpoint.00000005");
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "unreadable@cp:5 t1000*");
	assert_int_equal(wal_follow_notice(tail.follow)->count, ENOTDIR);
	tail_close(&tail);
}

static void
a_checkpoint_replaced_while_it_is_read_is_left_for_the_new_one(void **state)
{
	struct tail tail;
	char *path;

	(void)state;
	tail_open(&tail, 8);
	writer_sample(&tail.writer, 70, 1000, 1.0);
	tail_checkpoint(&tail, 7, 50);
	/* A second part of it, which will be gone when it is wanted. */
	path = scratch_path(tail.wal, "checkpoint.00000007");
	scratch_do(make_fifo, path, "00000001");
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_step(&tail, 1), "cp:s50?");
	assert_int_equal(tail_remove_all(path), 0);
	free(path);
	tail_checkpoint(&tail, 9, 90);
	writer_rotate(&tail.writer);
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 90, 3000, 1.0);
	tail_delete(&tail, 8);
	tail_delete(&tail, 9);
	assert_string_equal(tail_read(&tail), "cp:s90? gap@8+2 t3000*");
	tail_close(&tail);
}

/* Of the newest one the samples are given once, and then its series again. */
static void
a_damaged_newest_checkpoint_has_the_older_one_read_too(void **state)
{
	struct tail tail;
	char *path;
	int fd;

	(void)state;
	tail_open(&tail, 4);
	tail_checkpoint(&tail, 3, 30);
	tail_checkpoint_samples(&tail, 5, 3);
	path = scratch_path(tail.wal, "checkpoint.00000005/00000000");
	fd = open(path, O_RDWR | O_CLOEXEC);
	scratch_flip(fd, 34 + 20, 0x01);
	(void)close(fd);
	free(path);
	writer_sample(&tail.writer, 1, 4000, 1.0);
	writer_rotate(&tail.writer);
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 1, 6000, 1.0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	/* 4 is covered by the newer only, and there. */
	assert_string_equal(tail_read(&tail),
	    "cp:t0? damaged@cp:5:34 cp:s30 cp:t0 cp:t2? t4000* t6000*");
	tail_follow_end(&tail);
	assert_string_equal(tail_read(&tail),
	    "cp:t0 damaged@cp:5:34 cp:s30 cp:t0 cp:t2 t4000 t6000");
	tail_close(&tail);
}

static int
make_dangling(const char *path)
{
	return symlink("/nonexistent", path);
}

/* Its name is there for good: looking again would never end. */
static void
a_checkpoint_that_is_a_link_to_nothing_is_unreadable(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 6);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	scratch_do(make_dangling, tail.wal, "checkpoint.00000005");
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "unreadable@cp:5 t1000*");
	tail_close(&tail);
}

static void
a_directory_that_cannot_be_read_is_an_error_until_it_can(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	writer_close(&tail.writer);
	assert_int_equal(tail_remove_all(tail.wal), 0);
	scratch_do(make_fifo, tail.top, "wal");
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "error=20"); /* ENOTDIR. */
	assert_string_equal(tail_read(&tail), "error=20");
	assert_true(wal_follow_waiting(tail.follow));
	scratch_do(unlink, tail.top, "wal");
	assert_int_equal(mkdir(tail.wal, 0777), 0);
	writer_open_dir(&tail.writer, tail.wal, 0);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	assert_string_equal(tail_read(&tail), "t1000*");
	tail_close(&tail);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_the_oldest_every_segment_is_fresh),
		cmocka_unit_test(
		    from_the_end_only_what_is_written_later_is_fresh),
		cmocka_unit_test(
		    the_end_is_where_it_was_looked_for_and_not_that_of_the_reading),
		cmocka_unit_test(a_record_half_written_at_the_end_is_fresh),
		cmocka_unit_test(
		    a_directory_that_appears_is_read_from_its_first_byte),
		cmocka_unit_test(a_checkpoint_comes_first_and_is_never_fresh),
		cmocka_unit_test(an_entry_of_a_checkpoint_has_its_number),
		cmocka_unit_test(
		    segments_that_the_checkpoint_covers_are_not_read),
		cmocka_unit_test(
		    a_checkpoint_without_segments_waits_for_the_next),
		cmocka_unit_test(a_checkpoint_above_every_segment_hides_none),
		cmocka_unit_test(
		    a_checkpoint_that_is_a_link_to_nothing_is_unreadable),
		cmocka_unit_test(
		    damage_and_torn_ends_in_a_checkpoint_do_not_stop_the_reading),
		cmocka_unit_test(
		    a_damaged_newest_checkpoint_has_the_older_one_read_too),
		cmocka_unit_test(
		    what_cannot_be_read_of_a_checkpoint_is_told_and_passed_over),
		cmocka_unit_test(
		    a_checkpoint_replaced_while_it_is_read_is_left_for_the_new_one),
		cmocka_unit_test(
		    a_directory_that_cannot_be_read_is_an_error_until_it_can),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
