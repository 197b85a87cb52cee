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
#include "wal/held.h"

#define NAME "00000000"

/* A segment of ${series} series and ${samples} samples, from ${time} on. */
static void
write_segment(const char *dir, int series, int samples, int64_t time)
{
	struct writer writer = { 0 };
	int i;

	writer_open_dir(&writer, dir, 0);
	for (i = 0; i < series; i++)
		writer_series(&writer, (uint64_t)i, "__name__",
		    "the same at every start of the server", NULL);
	for (i = 0; i < samples; i++)
		writer_sample(&writer, (uint64_t)i, time + i, 1.0);
	writer_pad(&writer);
	writer_close(&writer);
}

static void
hold(struct wal_held *held, const char *dir)
{
	*held = (struct wal_held){ 0 };
	assert_int_equal(wal_held_open(held, dir, NAME, true), WAL_OK);
}

static void
an_open_segment_is_not_replaced_by_itself_or_by_nothing(void **state)
{
	char *dir = scratch_dir();
	struct wal_held held;
	struct wal_record rec;

	(void)state;
	write_segment(dir, 1, 1, 1);
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
	assert_int_equal(wal_held_open(&held, dir, NAME, true), WAL_IO);
	assert_int_equal(errno, ENOENT);
	assert_null(held.segment);
	wal_held_close(&held);
	scratch_remove(dir);
}

/* Whether a segment written like this replaces one of 100 and 3000. */
static bool
replaces(int series, int samples, int64_t time)
{
	char *dir = scratch_dir();
	struct wal_held held;
	bool replaced;

	write_segment(dir, 100, 3000, 1);
	hold(&held, dir);
	scratch_do(unlink, dir, NAME);
	write_segment(dir, series, samples, time);
	replaced = wal_held_replaced(&held, dir, NAME);
	wal_held_close(&held);
	scratch_remove(dir);
	return replaced;
}

static void
a_file_with_the_first_records_is_the_old_one_repaired(void **state)
{
	(void)state;
	assert_false(replaces(100, 3000, 1));
	assert_false(replaces(100, 2999, 1));
	assert_false(replaces(100, 1, 1));
	assert_false(replaces(100, 0, 1));
	assert_false(replaces(0, 0, 1));
}

static void
a_file_with_other_records_replaces_the_old_one(void **state)
{
	(void)state;
	assert_true(replaces(100, 1, 2));
	assert_true(replaces(100, 3000, 2));
	assert_true(replaces(99, 3000, 1));
	assert_true(replaces(100, 3001, 1));
	assert_true(replaces(100, 9000, 1)); /* The same, and far longer. */
}

static void
a_new_log_with_the_same_series_is_known_by_its_first_sample(void **state)
{
	struct writer writer = { 0 };
	char *dir = scratch_dir();
	struct wal_held held;

	(void)state;
	write_segment(dir, 1000, 100, 1);
	hold(&held, dir);
	scratch_do(unlink, dir, NAME);
	writer_open_dir(&writer, dir, 0);
	assert_false(wal_held_replaced(&held, dir, NAME));
	writer_close(&writer);
	scratch_do(unlink, dir, NAME);
	write_segment(dir, 1000, 0, 0);
	assert_false(wal_held_replaced(&held, dir, NAME));
	scratch_do(unlink, dir, NAME);
	write_segment(dir, 1000, 1, 5);
	assert_true(wal_held_replaced(&held, dir, NAME));
	wal_held_close(&held);
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
		    a_file_with_the_first_records_is_the_old_one_repaired),
		cmocka_unit_test(
		    a_file_with_other_records_replaces_the_old_one),
		cmocka_unit_test(
		    a_new_log_with_the_same_series_is_known_by_its_first_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
