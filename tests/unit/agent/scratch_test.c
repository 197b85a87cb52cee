/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/scratch.h"

/* Put the file ${name} into the directory ${dir}. */
static void
put(const char *dir, const char *name)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_int_not_equal(fd, -1);
	(void)close(fd);
}

/* Have ${path} be as old as one that is no longer young. */
static void
age(const char *path)
{
	const struct timespec then = { time(NULL) - SCRATCH_YOUNG - 10, 0 };

	assert_int_equal(utimensat(AT_FDCWD, path,
			     (const struct timespec[]){ then, then }, 0),
	    0);
}

static void
nothing_is_left_of_it(void **state)
{
	char above[] = "/tmp/scratch.XXXXXX";
	struct scratch scratch;

	(void)state;
	assert_non_null(mkdtemp(above));
	assert_int_equal(scratch_make(&scratch, above), 0);
	put(scratch.path, "file");
	put(scratch.path, "other");
	scratch_remove(&scratch);
	assert_null(scratch.path);
	scratch_remove(&scratch);
	assert_int_equal(rmdir(above), 0);
	assert_int_equal(scratch_make(&scratch, above), -1);
	assert_int_equal(errno, ENOENT);
	scratch_remove(&scratch);
}

static void
what_another_left_is_removed_by_the_next(void **state)
{
	char above[] = "/tmp/scratch.XXXXXX", left[64], young[64], other[64];
	struct scratch alive, next;

	(void)state;
	assert_non_null(mkdtemp(above));
	(void)snprintf(left, sizeof(left), "%s/" SCRATCH_NAME "111111", above);
	(void)snprintf(
	    young, sizeof(young), "%s/" SCRATCH_NAME "222222", above);
	(void)snprintf(other, sizeof(other), "%s/somebodys", above);
	assert_int_equal(mkdir(left, 0700), 0);
	assert_int_equal(mkdir(young, 0700), 0);
	assert_int_equal(mkdir(other, 0700), 0);
	put(left, "file");
	assert_int_equal(scratch_make(&alive, above), 0);
	age(left);
	age(other);
	age(alive.path);
	assert_int_equal(scratch_make(&next, above), 0);
	assert_int_equal(access(left, F_OK), -1);
	assert_int_equal(access(young, F_OK), 0);
	assert_int_equal(access(other, F_OK), 0);
	assert_int_equal(access(alive.path, F_OK), 0);
	scratch_remove(&next);
	scratch_remove(&alive);
	assert_int_equal(rmdir(young), 0);
	assert_int_equal(rmdir(other), 0);
	assert_int_equal(rmdir(above), 0);
}

/* What somebody else could put there leads to nothing of ours. */
static void
a_link_of_that_name_is_left_alone(void **state)
{
	char above[] = "/tmp/scratch.XXXXXX", link[64], to[64];
	struct scratch scratch;

	(void)state;
	assert_non_null(mkdtemp(above));
	(void)snprintf(to, sizeof(to), "%s/ours", above);
	(void)snprintf(link, sizeof(link), "%s/" SCRATCH_NAME "333333", above);
	assert_int_equal(mkdir(to, 0700), 0);
	put(to, "file");
	age(to);
	assert_int_equal(symlink(to, link), 0);
	assert_int_equal(scratch_make(&scratch, above), 0);
	scratch_remove(&scratch);
	assert_int_equal(access(link, F_OK), 0);
	assert_int_equal(unlink(link), 0);
	(void)strcat(to, "/file");
	assert_int_equal(unlink(to), 0);
	*strrchr(to, '/') = '\0';
	assert_int_equal(rmdir(to), 0);
	assert_int_equal(rmdir(above), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_left_of_it),
		cmocka_unit_test(what_another_left_is_removed_by_the_next),
		cmocka_unit_test(a_link_of_that_name_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
