/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A snapshot is written in a child that ends, or whose call fails, before or
 * after each of its system calls, or in the middle of a write.  Whatever the
 * moment: the snapshot before it is there afterwards, or the one being
 * written, and the next one can be written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/base/moment.h"
#include "tests/unit/series/keeping.h"
#include "tests/unit/wal/scratch.h"

#define BEFORE 100u /* Refs in the snapshot that there was. */
#define AFTER 5000u /* And in the one being written. */

WRAP(
    open, (const char *path, int flags, unsigned int mode), (path, flags, mode))

ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);

ssize_t
__wrap_write(int fd, const void *data, size_t len)
{
	ssize_t result;

	if (call_begins())
		return -1;
	if (what == TEAR && calls == when) {
		(void)__real_write(fd, data, len / 2);
		_exit(ENDED);
	}
	result = __real_write(fd, data, len);
	call_ends();
	return result;
}

/* Write a snapshot of ${count} refs to ${path}; return how that ends. */
static enum snapshot_state
write_one(const char *path, unsigned int count)
{
	enum snapshot_state state;
	struct keeping k;

	keeping_begin(&k);
	keeping_learn(&k, 1, count);
	state = keeping_write(&k, path);
	keeping_end(&k);
	return state;
}

/* How many refs the snapshot in ${path} has, all of which must be there. */
static size_t
count_refs(const char *path)
{
	struct keeping k;
	size_t count;

	keeping_begin(&k);
	assert_int_equal(keeping_read(&k, path), RECALL_DONE);
	count = refmap_count(k.map);
	keeping_end(&k);
	return count;
}

/* In a child, write ${path} and have ${what_} happen; whether it came to it. */
static bool
write_in_child(const char *path, unsigned int call, int what_)
{
	enum snapshot_state state;
	int status;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		what = what_;
		when = call;
		calls = 0;
		state = write_one(path, AFTER);
		if (calls < when)
			_exit(PASSED);
		/* Deleting what is left may fail too, and costs nothing. */
		_exit(state == SNAPSHOT_FAILED || what_ == TEAR ? ENDED : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_in_range(WEXITSTATUS(status), ENDED, PASSED);
	return WEXITSTATUS(status) == ENDED;
}

/* Have it happen at each call there is; return at how many. */
static unsigned int
try_each_call(int what_)
{
	char *dir = scratch_dir(), *path = scratch_path(dir, "series");
	unsigned int call;
	size_t count;

	for (call = 1; call < CALLS_MAX; call++) {
		assert_int_equal(write_one(path, BEFORE), SNAPSHOT_DONE);
		if (!write_in_child(path, call, what_))
			break;
		count = count_refs(path);
		assert_true(count == BEFORE || count == AFTER);
	}
	/* The last child was not disturbed. */
	assert_int_equal(count_refs(path), AFTER);
	scratch_remove(dir);
	free(path);
	return call - 1;
}

static void
ended_before_any_call_one_of_both_is_there(void **state)
{
	(void)state;
	assert_in_range(try_each_call(END_BEFORE), 8, 30);
}

static void
ended_after_any_call_one_of_both_is_there(void **state)
{
	(void)state;
	assert_in_range(try_each_call(END_AFTER), 8, 30);
}

static void
whichever_call_fails_one_of_both_is_there(void **state)
{
	(void)state;
	assert_in_range(try_each_call(FAIL), 8, 30);
}

/* Calls that are no writes are not torn, and pass. */
static void
torn_in_any_write_the_one_before_is_there(void **state)
{
	char *dir = scratch_dir(), *path = scratch_path(dir, "series");
	unsigned int call;

	(void)state;
	for (call = 2; call <= 4; call++) {
		assert_int_equal(write_one(path, BEFORE), SNAPSHOT_DONE);
		assert_true(write_in_child(path, call, TEAR));
		assert_int_equal(count_refs(path), BEFORE);
	}
	scratch_remove(dir);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ended_before_any_call_one_of_both_is_there),
		cmocka_unit_test(ended_after_any_call_one_of_both_is_there),
		cmocka_unit_test(whichever_call_fails_one_of_both_is_there),
		cmocka_unit_test(torn_in_any_write_the_one_before_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
