/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "agent/spool/shelf.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/spool/scratch.h"

static const struct spool_name one = { 1, 17 };
static struct lazy lazy;

static int
set_up(void **state)
{
	static struct scratch scratch;

	lazy_init(&lazy);
	scratch_open(&scratch);
	*state = &scratch;
	return 0;
}

static int
tear_down(void **state)
{
	lazy_work(&lazy);
	scratch_close(*state);
	return 0;
}

static void
a_file_is_found_opened_and_removed(void **state)
{
	struct scratch *scratch = *state;
	struct stat st;
	char byte;
	int fd;

	assert_false(shelf_find(scratch->dir, &one, &st));
	assert_int_equal(shelf_open(scratch->dir, &one), -1);
	assert_int_equal(errno, ENOENT);
	shelf_remove(scratch->dir, &one, &lazy.worker);

	scratch_write(scratch, "1-17", "text");
	assert_true(shelf_find(scratch->dir, &one, &st));
	assert_int_equal(st.st_size, 4);
	fd = shelf_open(scratch->dir, &one);
	assert_int_equal(read(fd, &byte, 1), 1);
	assert_int_equal(write(fd, "x", 1), -1);
	(void)close(fd);
	shelf_remove(scratch->dir, &one, &lazy.worker);
	assert_false(scratch_has(scratch, "1-17"));
}

static void
add(void *arg, const struct spool_name *name)
{
	uint64_t *sum = arg;

	*sum += 100 * name->generation + name->number;
}

/* How many descriptors are open. */
static size_t
count_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	(void)closedir(dir);
	return count;
}

static void
the_disk_space_is_given_back_by_the_worker(void **state)
{
	struct scratch *scratch = *state;
	size_t before = count_open();
	uint64_t sum = 0;

	scratch_write(scratch, "1-17", "text");
	scratch_write(scratch, "1-18.tmp", "text");
	shelf_remove(scratch->dir, &one, &lazy.worker);
	assert_int_equal(shelf_list(scratch->dir, &lazy.worker, add, &sum), 0);
	assert_false(scratch_has(scratch, "1-17"));
	assert_false(scratch_has(scratch, "1-18.tmp"));
	assert_int_equal(count_open(), before + 2);
	lazy_work(&lazy);
	assert_int_equal(count_open(), before);
}

static void
a_link_to_elsewhere_is_no_file(void **state)
{
	struct scratch *scratch = *state;
	struct stat st;

	scratch_write(scratch, "elsewhere", "text");
	assert_int_equal(symlinkat("elsewhere", scratch->dir, "1-17"), 0);
	assert_false(shelf_find(scratch->dir, &one, &st));
	assert_int_equal(shelf_open(scratch->dir, &one), -1);
	assert_int_equal(errno, ELOOP);
}

static void
only_files_with_names_of_segments_are_listed(void **state)
{
	struct scratch *scratch = *state;
	uint64_t sum = 0;

	scratch_write(scratch, "1-17", "text");
	scratch_write(scratch, "2-3", "text");
	scratch_write(scratch, "notes", "text");
	scratch_write(scratch, "00000017", "text");
	assert_int_equal(mkdirat(scratch->dir, "9-9", 0700), 0);
	assert_int_equal(shelf_list(scratch->dir, &lazy.worker, add, &sum), 0);
	assert_int_equal(sum, 117 + 203);
	/* Once more, from the beginning. */
	assert_int_equal(shelf_list(scratch->dir, &lazy.worker, add, &sum), 0);
	assert_int_equal(sum, 2 * (117 + 203));
}

static void
copies_that_were_not_finished_are_removed_and_nothing_else(void **state)
{
	struct scratch *scratch = *state;
	uint64_t sum = 0;

	scratch_write(scratch, "1-17.tmp", "text");
	scratch_write(scratch, "notes.tmp", "text");
	scratch_write(scratch, ".tmp", "text");
	scratch_write(scratch, "00000017", "text");
	assert_int_equal(shelf_list(scratch->dir, &lazy.worker, add, &sum), 0);
	assert_int_equal(sum, 0);
	assert_false(scratch_has(scratch, "1-17.tmp"));
	assert_true(scratch_has(scratch, "notes.tmp"));
	assert_true(scratch_has(scratch, ".tmp"));
	assert_true(scratch_has(scratch, "00000017"));
}

static void
what_is_no_directory_is_not_listed(void **state)
{
	uint64_t sum = 0;

	(void)state;
	assert_int_equal(shelf_list(-1, &lazy.worker, add, &sum), -1);
	assert_int_equal(errno, EBADF);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_file_is_found_opened_and_removed),
		TEST(the_disk_space_is_given_back_by_the_worker),
		TEST(a_link_to_elsewhere_is_no_file),
		TEST(only_files_with_names_of_segments_are_listed),
		TEST(
		    copies_that_were_not_finished_are_removed_and_nothing_else),
		TEST(what_is_no_directory_is_not_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
