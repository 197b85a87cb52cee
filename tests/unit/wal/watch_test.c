/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/scratch.h"
#include "wal/watch.h"

/* Whether something is reported. */
static bool
reported(const struct wal_watch *watch)
{
	struct pollfd fd = { .fd = wal_watch_fd(watch), .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}

static void
append(const char *dir, const char *name)
{
	char *path = scratch_path(dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	assert_int_equal(write(fd, "x", 1), 1);
	(void)close(fd);
	free(path);
}

static int
make_dir(const char *path)
{
	return mkdir(path, 0777);
}

static int
remove_all(const char *path)
{
	return nftw(path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A top directory with wal in it, and a watch on wal. */
struct bench {
	char *top, *wal;
	struct wal_watch *watch;
};

static void
bench_open(struct bench *bench, bool with_wal)
{
	bench->top = scratch_dir();
	bench->wal = scratch_path(bench->top, "wal");
	if (with_wal)
		scratch_do(make_dir, bench->top, "wal");
	assert_non_null(bench->watch = wal_watch_open(bench->wal));
}

static void
bench_close(struct bench *bench)
{
	wal_watch_free(bench->watch);
	free(bench->wal);
	scratch_remove(bench->top);
}

static void
growth_and_new_and_deleted_files_are_reported(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, true);
	assert_false(reported(bench.watch));
	append(bench.wal, "00000000");
	assert_true(reported(bench.watch));
	assert_int_equal(wal_watch_drain(bench.watch), 0);
	assert_false(reported(bench.watch));
	append(bench.wal, "00000000");
	assert_true(reported(bench.watch));
	assert_int_equal(wal_watch_drain(bench.watch), 0);
	scratch_do(unlink, bench.wal, "00000000");
	assert_true(reported(bench.watch));
	assert_int_equal(wal_watch_drain(bench.watch), 0);
	scratch_do(make_dir, bench.wal, "checkpoint.00000000");
	assert_true(reported(bench.watch));
	bench_close(&bench);
}

static void
a_directory_that_appears_is_reported_and_watched(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, false);
	assert_int_equal(wal_watch_drain(bench.watch), 0);
	scratch_do(make_dir, bench.top, "wal");
	assert_true(reported(bench.watch));
	assert_int_equal(wal_watch_drain(bench.watch), 0);
	append(bench.wal, "00000000");
	assert_true(reported(bench.watch));
	bench_close(&bench);
}

static void
a_directory_made_anew_is_watched_again(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, true);
	scratch_do(rmdir, bench.top, "wal");
	assert_int_equal(wal_watch_drain(bench.watch), 0);
	scratch_do(make_dir, bench.top, "wal");
	assert_true(reported(bench.watch));
	assert_int_equal(wal_watch_drain(bench.watch), 0);
	append(bench.wal, "00000000");
	assert_true(reported(bench.watch));
	bench_close(&bench);
}

static void
a_directory_moved_away_is_no_longer_watched(void **state)
{
	struct bench bench;
	char *old;

	(void)state;
	bench_open(&bench, true);
	old = scratch_path(bench.top, "old");
	assert_int_equal(rename(bench.wal, old), 0);
	scratch_do(make_dir, bench.top, "wal");
	assert_int_equal(wal_watch_drain(bench.watch), 0);
	append(bench.wal, "00000000");
	assert_true(reported(bench.watch));
	assert_int_equal(wal_watch_drain(bench.watch), 0);
	append(old, "00000000");
	assert_false(reported(bench.watch));
	free(old);
	bench_close(&bench);
}

static void
thousands_of_events_are_drained_in_a_few_calls(void **state)
{
	struct bench bench;
	int i;

	(void)state;
	bench_open(&bench, true);
	for (i = 0; i < 3000; i++) /* Two names, so that none are joined. */
		append(bench.wal, i % 2 == 0 ? "00000000" : "00000001");
	for (i = 0; i < 4 && reported(bench.watch); i++)
		assert_int_equal(wal_watch_drain(bench.watch), 0);
	assert_false(reported(bench.watch));
	bench_close(&bench);
}

/* The kernel has room for so many, and says only that there were more. */
static void
a_directory_made_anew_amid_too_many_events_is_watched_again(void **state)
{
	struct bench bench;
	FILE *limit;
	int i, max;

	(void)state;
	limit = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
	if (limit == NULL || fscanf(limit, "%d", &max) != 1 || max > 65536)
		max = -1;
	if (limit != NULL)
		(void)fclose(limit);
	if (max == -1)
		skip();
	bench_open(&bench, true);
	for (i = 0; i < max + 2; i++) /* Two names, so that none are joined. */
		append(bench.wal, i % 2 == 0 ? "00000000" : "00000001");
	scratch_do(remove_all, bench.top, "wal");
	scratch_do(make_dir, bench.top, "wal");
	while (reported(bench.watch))
		assert_int_equal(wal_watch_drain(bench.watch), 0);
	append(bench.wal, "00000000");
	assert_true(reported(bench.watch));
	bench_close(&bench);
}

static void
a_parent_that_is_missing_is_an_error(void **state)
{
	char *top = scratch_dir(), *wal = scratch_path(top, "no/wal");

	(void)state;
	errno = 0;
	assert_null(wal_watch_open(wal));
	assert_int_equal(errno, ENOENT);
	wal_watch_free(NULL);
	free(wal);
	scratch_remove(top);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(growth_and_new_and_deleted_files_are_reported),
		cmocka_unit_test(
		    a_directory_that_appears_is_reported_and_watched),
		cmocka_unit_test(a_directory_made_anew_is_watched_again),
		cmocka_unit_test(a_directory_moved_away_is_no_longer_watched),
		cmocka_unit_test(
		    thousands_of_events_are_drained_in_a_few_calls),
		cmocka_unit_test(
		    a_directory_made_anew_amid_too_many_events_is_watched_again),
		cmocka_unit_test(a_parent_that_is_missing_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
