/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include <cmocka.h>

#include "tests/unit/wal/scratch.h"
#include "wal/dir.h"

static void
touch(const char *dir, const char *name)
{
	char *path = scratch_path(dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	assert_int_not_equal(fd, -1);
	(void)close(fd);
	free(path);
}

static int
make_dir(const char *path)
{
	return mkdir(path, 0777);
}

static int
make_fifo(const char *path)
{
	return mkfifo(path, 0666);
}

static int
make_link(const char *path)
{
	return symlink("00000001", path);
}

static int
make_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int result, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	result = bind(fd, (struct sockaddr *)&address, sizeof(address));
	(void)close(fd);
	return result;
}

static void
segments_and_checkpoints_are_listed_by_number(void **state)
{
	struct wal_dir dir = { 0 };
	char *path = scratch_dir();

	(void)state;
	touch(path, "00000010");
	touch(path, "00000009");
	touch(path, "100000000");
	touch(path, "99999999");
	scratch_do(make_dir, path, "checkpoint.00000008");
	scratch_do(make_dir, path, "checkpoint.100000000");
	scratch_do(make_dir, path, "checkpoint.00000007");
	assert_int_equal(wal_dir_read(&dir, path), WAL_OK);
	assert_int_equal(dir.segments.len, 4);
	assert_string_equal(dir.segments.entries[0].name, "00000009");
	assert_int_equal(dir.segments.entries[1].number, 10);
	assert_int_equal(dir.segments.entries[2].number, 99999999);
	assert_string_equal(wal_dir_last(&dir.segments)->name, "100000000");
	assert_int_equal(dir.checkpoints.len, 3);
	assert_int_equal(dir.checkpoints.entries[0].number, 7);
	assert_int_equal(wal_dir_last(&dir.checkpoints)->number, 100000000);
	wal_dir_release(&dir);
	scratch_remove(path);
}

static void
what_is_not_named_by_a_whole_number_is_not_ours(void **state)
{
	static const char *const names[] = { "00000001.repairs", "00000001.tmp",
		"00000001~", ".00000009", "x00000001", "1e3", "0x10", "-1",
		"+1", " 1", "1 ", "lock", "checkpoint", "checkpoint.",
		"checkpoint.00000001.tmp", "checkpoint.x", "checkpoint.-1",
		"series_state.json", "1000000000000000000",
		"99999999999999999999999999999999999999999999999" };
	struct wal_dir dir = { 0 };
	char *path = scratch_dir();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		touch(path, names[i]);
	assert_int_equal(wal_dir_read(&dir, path), WAL_OK);
	assert_int_equal(dir.segments.len, 0);
	assert_int_equal(dir.checkpoints.len, 0);
	assert_int_equal(dir.repairs.len, 0);
	assert_null(wal_dir_last(&dir.segments));
	assert_null(wal_dir_from(&dir.segments, 0));
	wal_dir_release(&dir);
	scratch_remove(path);
}

static void
numbers_of_any_width_up_to_the_limit_are_segments(void **state)
{
	struct wal_dir dir = { 0 };
	char *path = scratch_dir();

	(void)state;
	touch(path, "0");
	touch(path, "000001");
	touch(path, "0000000000000000000000000000000000002");
	touch(path, "999999999999999999");
	assert_int_equal(wal_dir_read(&dir, path), WAL_OK);
	assert_int_equal(dir.segments.len, 4);
	assert_int_equal(dir.segments.entries[0].number, 0);
	assert_string_equal(dir.segments.entries[1].name, "000001");
	assert_int_equal(dir.segments.entries[2].number, 2);
	assert_true(dir.segments.entries[3].number == WAL_SEGMENT_NUMBER_MAX);
	wal_dir_release(&dir);
	scratch_remove(path);
}

static void
of_two_names_for_a_number_the_longer_is_taken(void **state)
{
	struct wal_dir dir = { 0 };
	char *path = scratch_dir();

	(void)state;
	touch(path, "7");
	touch(path, "00000007");
	touch(path, "007");
	assert_int_equal(wal_dir_read(&dir, path), WAL_OK);
	assert_int_equal(dir.segments.len, 1);
	assert_string_equal(dir.segments.entries[0].name, "00000007");
	wal_dir_release(&dir);
	scratch_remove(path);
}

static void
the_first_entry_from_a_number_on_is_found(void **state)
{
	struct wal_dir dir = { 0 };
	char *path = scratch_dir();

	(void)state;
	touch(path, "00000003");
	touch(path, "00000004");
	touch(path, "00000008");
	assert_int_equal(wal_dir_read(&dir, path), WAL_OK);
	assert_int_equal(wal_dir_from(&dir.segments, 0)->number, 3);
	assert_int_equal(wal_dir_from(&dir.segments, 3)->number, 3);
	assert_int_equal(wal_dir_from(&dir.segments, 4)->number, 4);
	assert_int_equal(wal_dir_from(&dir.segments, 5)->number, 8);
	assert_int_equal(wal_dir_from(&dir.segments, 8)->number, 8);
	assert_null(wal_dir_from(&dir.segments, 9));
	wal_dir_release(&dir);
	scratch_remove(path);
}

static void
a_directory_that_cannot_be_listed_fails_with_errno_and_lists_nothing(
    void **state)
{
	struct wal_dir dir = { 0 };
	char *path = scratch_dir(), *missing = scratch_path(path, "missing");
	char *file = scratch_path(path, "00000001");

	(void)state;
	touch(path, "00000001");
	assert_int_equal(wal_dir_read(&dir, path), WAL_OK);
	assert_int_equal(dir.segments.len, 1);
	assert_int_equal(wal_dir_read(&dir, missing), WAL_IO);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(dir.segments.len, 0);
	assert_int_equal(wal_dir_read(&dir, file), WAL_IO);
	assert_int_equal(errno, ENOTDIR);
	wal_dir_release(&dir);
	free(missing);
	free(file);
	scratch_remove(path);
}

static void
only_a_regular_file_is_opened_and_a_fifo_does_not_hold_us_up(void **state)
{
	char *path = scratch_dir();
	int fd;

	(void)state;
	touch(path, "00000001");
	scratch_do(make_dir, path, "00000002");
	scratch_do(make_fifo, path, "00000003");
	scratch_do(make_link, path, "00000004");
	scratch_do(make_socket, path, "00000005");
	fd = wal_dir_open_segment(path, "00000001");
	assert_int_not_equal(fd, -1);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	(void)close(fd);
	assert_int_equal(wal_dir_open_segment(path, "00000002"), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(wal_dir_open_segment(path, "00000003"), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(wal_dir_open_segment(path, "00000004"), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(wal_dir_open_segment(path, "00000005"), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(wal_dir_open_segment(path, "00000006"), -1);
	assert_int_equal(errno, ENOENT);
	scratch_remove(path);
}

static void
the_status_of_a_name_is_had_if_it_is_there(void **state)
{
	char *path = scratch_dir();
	struct stat st;

	(void)state;
	touch(path, "00000001");
	assert_true(wal_dir_stat(path, "00000001", &st));
	assert_true(S_ISREG(st.st_mode));
	assert_false(wal_dir_stat(path, "00000002", &st));
	scratch_remove(path);
}

static void
an_entry_is_found_at_and_up_to_a_number(void **state)
{
	struct wal_dir dir = { 0 };
	char *path = scratch_dir();

	(void)state;
	touch(path, "00000003");
	touch(path, "00000005");
	assert_int_equal(wal_dir_read(&dir, path), WAL_OK);
	assert_int_equal(wal_dir_at(&dir.segments, 3)->number, 3);
	assert_null(wal_dir_at(&dir.segments, 4));
	assert_null(wal_dir_at(&dir.segments, 6));
	assert_null(wal_dir_upto(&dir.segments, 2));
	assert_int_equal(wal_dir_upto(&dir.segments, 3)->number, 3);
	assert_int_equal(wal_dir_upto(&dir.segments, 4)->number, 3);
	assert_int_equal(wal_dir_upto(&dir.segments, 5)->number, 5);
	assert_int_equal(wal_dir_upto(&dir.segments, UINT64_MAX)->number, 5);
	assert_null(wal_dir_upto(&dir.checkpoints, UINT64_MAX));
	wal_dir_release(&dir);
	scratch_remove(path);
}

/* Have ${name} in ${path} be written ${seconds} from now. */
static void
write_later(const char *path, const char *name, int seconds)
{
	struct timespec times[2];
	char *full = scratch_path(path, name);

	assert_int_equal(clock_gettime(CLOCK_REALTIME, &times[0]), 0);
	times[0].tv_sec += seconds;
	times[1] = times[0];
	assert_int_equal(utimensat(AT_FDCWD, full, times, 0), 0);
	free(full);
}

static bool
is_repairing(const char *path)
{
	struct wal_dir dir = { 0 };
	bool is;

	assert_int_equal(wal_dir_read(&dir, path), WAL_OK);
	is = dir.repairing;
	wal_dir_release(&dir);
	return is;
}

static void
a_repair_lasts_until_there_is_a_segment_above(void **state)
{
	char *path = scratch_dir();

	(void)state;
	assert_false(is_repairing(path));
	touch(path, "00000004");
	touch(path, "00000005");
	assert_false(is_repairing(path));
	touch(path, "00000005.repair");
	assert_true(is_repairing(path));
	scratch_do(unlink, path, "00000005");
	assert_true(is_repairing(path));
	scratch_do(unlink, path, "00000004");
	assert_true(is_repairing(path));
	touch(path, "00000006");
	assert_false(is_repairing(path));
	scratch_remove(path);
}

static void
a_segment_that_grows_long_after_the_repair_began_is_not_repaired(void **state)
{
	char *path = scratch_dir();

	(void)state;
	touch(path, "00000005");
	touch(path, "00000005.repair");
	write_later(path, "00000005", WAL_DIR_REPAIR_MAX / 2);
	assert_true(is_repairing(path));
	write_later(path, "00000005", 2 * WAL_DIR_REPAIR_MAX);
	assert_false(is_repairing(path));
	scratch_remove(path);
}

static void
what_a_checkpoint_covers_is_deleted_soon_or_was_left_by_a_crash(void **state)
{
	const struct wal_dir_entry entry = { 4, "checkpoint.00000004" };
	char *path = scratch_dir();

	(void)state;
	assert_false(wal_dir_deleting(path, &entry));
	touch(path, entry.name);
	assert_true(wal_dir_deleting(path, &entry));
	write_later(path, entry.name, -3 * WAL_DIR_DELETE_MAX);
	assert_false(wal_dir_deleting(path, &entry));
	/* The clock was set back. */
	write_later(path, entry.name, 3600);
	assert_false(wal_dir_deleting(path, &entry));
	scratch_remove(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_and_checkpoints_are_listed_by_number),
		cmocka_unit_test(
		    what_is_not_named_by_a_whole_number_is_not_ours),
		cmocka_unit_test(
		    numbers_of_any_width_up_to_the_limit_are_segments),
		cmocka_unit_test(of_two_names_for_a_number_the_longer_is_taken),
		cmocka_unit_test(the_first_entry_from_a_number_on_is_found),
		cmocka_unit_test(
		    a_directory_that_cannot_be_listed_fails_with_errno_and_lists_nothing),
		cmocka_unit_test(
		    only_a_regular_file_is_opened_and_a_fifo_does_not_hold_us_up),
		cmocka_unit_test(the_status_of_a_name_is_had_if_it_is_there),
		cmocka_unit_test(an_entry_is_found_at_and_up_to_a_number),
		cmocka_unit_test(a_repair_lasts_until_there_is_a_segment_above),
		cmocka_unit_test(
		    a_segment_that_grows_long_after_the_repair_began_is_not_repaired),
		cmocka_unit_test(
		    what_a_checkpoint_covers_is_deleted_soon_or_was_left_by_a_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
