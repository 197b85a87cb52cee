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
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/position/state.h"

/* A directory of the test's own, and paths in it. */
struct place {
	char root[64];
	char path[80];
	char lock[96];
};

static int
set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	if (place == NULL)
		return -1;
	(void)snprintf(
	    place->root, sizeof(place->root), "/tmp/state_test.XXXXXX");
	if (mkdtemp(place->root) == NULL)
		return -1;
	(void)snprintf(
	    place->path, sizeof(place->path), "%s/state", place->root);
	(void)snprintf(
	    place->lock, sizeof(place->lock), "%s/lock", place->path);
	*state = place;
	return 0;
}

static int
tear_down(void **state)
{
	struct place *place = *state;

	(void)unlink(place->lock);
	(void)rmdir(place->path);
	(void)unlink(place->path);
	(void)rmdir(place->root);
	free(place);
	return 0;
}

static void
the_directory_is_created_and_locked(void **state)
{
	const struct place *place = *state;
	struct stat st;
	int fd = -1;

	assert_int_equal(state_lock(place->path, &fd), STATE_OK);
	assert_int_not_equal(fd, -1);
	assert_int_equal(stat(place->path, &st), 0);
	assert_int_equal(st.st_mode & 07777 & ~0750u, 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	(void)close(fd);
}

static void
a_second_lock_is_refused_until_the_first_is_closed(void **state)
{
	const struct place *place = *state;
	int first = -1, second = -1;

	assert_int_equal(state_lock(place->path, &first), STATE_OK);
	assert_int_equal(state_lock(place->path, &second), STATE_IN_USE);
	assert_int_equal(second, -1);
	(void)close(first);
	assert_int_equal(state_lock(place->path, &second), STATE_OK);
	(void)close(second);
}

static void
another_process_is_refused_too(void **state)
{
	const struct place *place = *state;
	int first = -1, second = -1, status;
	pid_t pid;

	assert_int_equal(state_lock(place->path, &first), STATE_OK);
	if ((pid = fork()) == 0)
		_exit(state_lock(place->path, &second) == STATE_IN_USE ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	(void)close(first);
}

static void
the_lock_ends_with_its_process(void **state)
{
	const struct place *place = *state;
	int fd = -1, status;
	pid_t pid;

	if ((pid = fork()) == 0)
		_exit(state_lock(place->path, &fd) == STATE_OK ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(state_lock(place->path, &fd), STATE_OK);
	(void)close(fd);
}

static void
errno_says_why_it_failed(void **state)
{
	const struct place *place = *state;
	char deep[128];
	int fd = -1, file;

	(void)snprintf(deep, sizeof(deep), "%s/deeper", place->path);
	assert_int_equal(state_lock(deep, &fd), STATE_FAILED);
	assert_int_equal(errno, ENOENT);
	file = open(place->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_not_equal(file, -1);
	(void)close(file);
	assert_int_equal(state_lock(place->path, &fd), STATE_FAILED);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(fd, -1);
}

static void
a_link_in_place_of_the_lock_is_not_followed(void **state)
{
	const struct place *place = *state;
	int fd = -1;

	assert_int_equal(mkdir(place->path, 0750), 0);
	assert_int_equal(symlink("/dev/null", place->lock), 0);
	assert_int_equal(state_lock(place->path, &fd), STATE_FAILED);
	assert_int_equal(errno, ELOOP);
}

/* A FIFO would be opened without end if the open waited for its peer. */
static void
a_fifo_in_place_of_the_lock_does_not_block(void **state)
{
	const struct place *place = *state;
	int fd = -1;

	assert_int_equal(mkdir(place->path, 0750), 0);
	assert_int_equal(mkfifo(place->lock, 0600), 0);
	alarm(5);
	if (state_lock(place->path, &fd) == STATE_OK)
		(void)close(fd);
	alarm(0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(the_directory_is_created_and_locked),
		TEST(a_second_lock_is_refused_until_the_first_is_closed),
		TEST(another_process_is_refused_too),
		TEST(the_lock_ends_with_its_process),
		TEST(errno_says_why_it_failed),
		TEST(a_link_in_place_of_the_lock_is_not_followed),
		TEST(a_fifo_in_place_of_the_lock_does_not_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
