/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/azure/stage.h"

static void
a_file_is_replaced_with_its_mode(void **state)
{
	const char *path = stage_path(*state, "file");
	struct stat st;
	char *text;

	/* What was left by one that was killed is no obstacle. */
	stage_write(*state, "file.new", "half");
	assert_int_equal(
	    files_write(path, "one", 3, 0640, FILES_SAME_GROUP), 0);
	assert_int_equal(files_write(path, "two", 3, 0640, getgid()), 0);
	text = stage_read(*state, "file");
	assert_string_equal(text, "two");
	free(text);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_false(stage_has(*state, "file.new"));
	assert_true(files_same(path, "two", 3));
	assert_false(files_same(path, "tw", 2));
	assert_false(files_same(path, "two.", 4));
	assert_false(files_same(path, "twx", 3));
}

static void
what_cannot_be_written_stays_as_it_was(void **state)
{
	stage_write(*state, "dir/file", "x");
	assert_int_equal(files_write(stage_path(*state, "dir"), "y", 1, 0600,
			     FILES_SAME_GROUP),
	    -1);
	assert_false(stage_has(*state, "dir.new"));
	assert_true(stage_has(*state, "dir/file"));
}

static void
only_files_of_a_size_that_is_allowed_are_read(void **state)
{
	struct buf into;

	stage_write(*state, "file", "12345");
	buf_init(&into, 4);
	assert_int_equal(files_read(stage_path(*state, "file"), &into), -1);
	assert_int_equal(errno, EFBIG);
	buf_release(&into);
	buf_init(&into, 5);
	assert_int_equal(files_read(stage_path(*state, "file"), &into), 0);
	assert_string_equal(buf_text(&into), "12345");
	assert_int_equal(files_read("/dev/zero", &into), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(files_read(stage_path(*state, "none"), &into), -1);
	assert_int_equal(errno, ENOENT);
	buf_release(&into);
}

static void
a_path_that_is_too_long_is_none(void **state)
{
	char name[PATH_MAX];
	struct path path;

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(path_set(&path, "/%s", name), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_int_equal(path_set(&path, "%s", name), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_file_is_replaced_with_its_mode, stage_open, stage_close),
		cmocka_unit_test_setup_teardown(
		    what_cannot_be_written_stays_as_it_was, stage_open,
		    stage_close),
		cmocka_unit_test_setup_teardown(
		    only_files_of_a_size_that_is_allowed_are_read, stage_open,
		    stage_close),
		cmocka_unit_test(a_path_that_is_too_long_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
