/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "agent/spool/scan.h"
#include "tests/unit/wal/tail.h"

struct fixture {
	struct tail tail;
	struct scan scan;
	int64_t wall;
};

/* A log of segments 4 and 5, of which nobody has changed a name for long. */
static int
set_up(void **state)
{
	static struct fixture fixture;
	struct fixture *f = &fixture;

	*f = (struct fixture){ .wall = 1000000000000 };
	tail_open(&f->tail, 4);
	writer_sample(&f->tail.writer, 1, 1000, 1.0);
	writer_rotate(&f->tail.writer);
	writer_sample(&f->tail.writer, 1, 2000, 1.0);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	scan_release(&f->scan);
	tail_close(&f->tail);
	return 0;
}

/* Have the directory have been changed at ${second}. */
static void
set_time(struct fixture *f, time_t second)
{
	const struct timespec times[2] = { { .tv_sec = second },
		{ .tv_sec = second } };

	assert_int_equal(utimensat(AT_FDCWD, f->tail.wal, times, 0), 0);
}

static bool
look(struct fixture *f)
{
	return scan_look(&f->scan, f->tail.wal, f->wall);
}

static void
the_newest_checkpoint_is_told_by_what_it_begins_with(void **state)
{
	struct fixture *f = *state;
	struct wal_content first;

	assert_true(look(f));
	assert_int_equal(f->scan.checkpoint.first.len, 0);
	tail_checkpoint(&f->tail, 2, 7);
	assert_true(look(f));
	assert_int_equal(f->scan.checkpoint.number, 2);
	first = f->scan.checkpoint.first;
	assert_true(wal_content_is_known(&first));
	tail_checkpoint(&f->tail, 3, 8);
	assert_true(look(f));
	assert_int_equal(f->scan.checkpoint.number, 3);
	assert_false(wal_content_equal(&f->scan.checkpoint.first, &first));
	tail_remove_checkpoint(&f->tail, 3);
	assert_true(look(f));
	assert_true(wal_content_equal(&f->scan.checkpoint.first, &first));
}

static void
each_segment_is_told_with_its_file(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_true(look(f));
	assert_int_equal(f->scan.len, 2);
	assert_int_equal(f->scan.sights[0].number, 4);
	assert_int_equal(f->scan.sights[1].number, 5);
	assert_true(wal_dir_stat(f->tail.wal, "00000005", &st));
	assert_int_equal(f->scan.sights[1].inode, st.st_ino);
	assert_int_equal(f->scan.sights[1].device, st.st_dev);
	assert_int_equal(f->scan.sights[1].written, st.st_mtime * 1000);
	assert_int_not_equal(f->scan.sights[1].first.crc, 0);
	assert_int_not_equal(
	    f->scan.sights[0].first.crc, f->scan.sights[1].first.crc);
	assert_false(f->scan.unfinished);
}

static void
a_directory_at_rest_is_looked_at_once(void **state)
{
	struct fixture *f = *state;

	set_time(f, f->wall / 1000 - 10);
	assert_true(look(f));
	assert_false(look(f));
	f->scan.unfinished = true;
	assert_true(look(f));
	assert_false(look(f));
	writer_rotate(&f->tail.writer);
	assert_true(look(f));
	assert_int_equal(f->scan.len, 3);
	/* It may have changed in the same moment as it was looked at. */
	set_time(f, f->wall / 1000);
	assert_true(look(f));
	assert_true(look(f));
	f->wall += (int64_t)(SCAN_SETTLED / CLOCK_MSEC) + 1;
	assert_true(look(f));
	assert_false(look(f));
}

static void
a_repair_is_not_looked_at(void **state)
{
	struct fixture *f = *state;

	set_time(f, f->wall / 1000 - 10);
	assert_true(look(f));
	scratch_do(tail_mkdir, f->tail.wal, "00000005.repair");
	assert_false(look(f));
	assert_true(f->scan.unfinished);
	writer_rotate(&f->tail.writer);
	assert_true(look(f));
}

static void
what_is_no_segment_is_looked_at_again(void **state)
{
	struct fixture *f = *state;

	scratch_do(tail_mkdir, f->tail.wal, "00000006");
	assert_true(look(f));
	assert_int_equal(f->scan.len, 2);
	assert_true(f->scan.unfinished);
}

static void
a_directory_that_is_not_there_tells_nothing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(tail_remove_all(f->tail.wal), 0);
	assert_false(look(f));
	assert_int_equal(mkdir(f->tail.wal, 0700), 0);
	assert_true(look(f));
	assert_int_equal(f->scan.len, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(each_segment_is_told_with_its_file),
		TEST(the_newest_checkpoint_is_told_by_what_it_begins_with),
		TEST(a_directory_at_rest_is_looked_at_once),
		TEST(a_repair_is_not_looked_at),
		TEST(what_is_no_segment_is_looked_at_again),
		TEST(a_directory_that_is_not_there_tells_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
