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
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/spool/store.h"
#include "tests/unit/spool/manager.h"
#include "tests/unit/spool/scratch.h"

#define FIRST 3 /* The first descriptor that a manager hands over. */

/* A manager that listens, a file to be kept, and a store to keep it in. */
struct scene {
	struct manager manager;
	struct scratch scratch;
	int file; /* Open for reading. */
	struct store *store;
};

/* Begin with a manager that has said ${promise}; NULL: nothing. */
static void
begin(struct scene *scene, const char *promise)
{
	manager_open(&scene->manager, promise);
	scene->store = store_new();
	assert_non_null(scene->store);
}

/* Another store, as ${promise} has it. */
static void
begin_again(struct scene *scene, const char *promise)
{
	store_free(scene->store);
	manager_close(&scene->manager);
	begin(scene, promise);
}

static int
set_up(void **state)
{
	static struct scene scene;

	scene = (struct scene){ .manager.socket = -1 };
	scratch_open(&scene.scratch);
	scratch_write(&scene.scratch, "file", "text");
	scene.file = openat(scene.scratch.dir, "file", O_RDONLY);
	*state = &scene;
	return scene.file == -1 ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct scene *scene = *state;

	store_free(scene->store);
	if (scene->manager.socket != -1)
		manager_close(&scene->manager);
	(void)close(scene->file);
	scratch_close(&scene->scratch);
	return 0;
}

/* What the manager was told next, and the descriptor with it or -1. */
static int
hear(struct scene *scene, char text[MANAGER_TEXT_MAX])
{
	return manager_hear_fd(&scene->manager, text);
}

static void
without_a_manager_there_is_no_store(void **state)
{
	struct scene *scene = *state;

	scene->store = store_new();
	assert_non_null(scene->store);
	assert_int_equal(store_max(scene->store), 0);
	assert_int_equal(store_put(scene->store, "1-17", scene->file), -1);
	assert_int_equal(errno, ENOSPC);
	store_settle(scene->store);
}

static void
what_is_put_reaches_the_manager_under_its_name(void **state)
{
	struct scene *scene = *state;
	char text[MANAGER_TEXT_MAX];
	struct stat a, b;
	int fd;

	begin(scene, "10");
	assert_true(store_promised(scene->store));
	assert_int_equal(store_put(scene->store, "1-17", scene->file), 0);
	assert_int_equal(store_len(scene->store), 1);
	fd = hear(scene, text);
	assert_string_equal(text, "FDSTORE=1\nFDPOLL=0\nFDNAME=wal-1-17");
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(fstat(scene->file, &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	(void)close(fd);
}

static void
what_is_removed_is_named_to_the_manager(void **state)
{
	struct scene *scene = *state;
	char text[MANAGER_TEXT_MAX];

	begin(scene, "1");
	assert_int_equal(store_put(scene->store, "1-17", scene->file), 0);
	(void)close(hear(scene, text));
	store_remove(scene->store, "1-17");
	assert_int_equal(hear(scene, text), -1);
	assert_string_equal(text, "FDSTOREREMOVE=1\nFDNAME=wal-1-17");
	assert_int_equal(store_len(scene->store), 0);
	assert_int_equal(store_put(scene->store, "1-18", scene->file), 0);
}

static void
no_more_is_put_than_was_promised(void **state)
{
	struct scene *scene = *state;
	char text[MANAGER_TEXT_MAX];

	begin(scene, "1");
	assert_int_equal(store_max(scene->store), 1);
	assert_int_equal(store_put(scene->store, "1-17", scene->file), 0);
	(void)close(hear(scene, text));
	assert_int_equal(store_put(scene->store, "1-18", scene->file), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(hear(scene, text), -1);
	assert_string_equal(text, "");
}

static void
a_promise_without_end_or_sense_is_bounded(void **state)
{
	struct scene *scene = *state;

	begin(scene, "99999999999999999999999999");
	assert_int_equal(store_max(scene->store), STORE_MAX);
	begin_again(scene, "12x");
	assert_int_equal(store_max(scene->store), 0);
	begin_again(scene, "");
	assert_int_equal(store_max(scene->store), 0);
}

static void
a_manager_that_promises_nothing_is_given_as_many_as_we_have_room_for(
    void **state)
{
	struct scene *scene = *state;
	struct rlimit before, limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = 100;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	begin(scene, NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_false(store_promised(scene->store));
	assert_int_equal(store_max(scene->store), 50);
}

static void
a_name_that_is_too_long_is_not_put(void **state)
{
	struct scene *scene = *state;
	char name[SPOOL_NAME_MAX + 1];

	memset(name, '1', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	begin(scene, "10");
	assert_int_equal(store_put(scene->store, name, scene->file), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

static void
a_manager_that_is_gone_is_no_store(void **state)
{
	struct scene *scene = *state;

	begin(scene, "10");
	assert_int_equal(unlink(scene->manager.address), 0);
	assert_int_equal(store_put(scene->store, "1-17", scene->file), -1);
	assert_int_not_equal(errno, 0);
	assert_int_equal(store_len(scene->store), 0);
}

/* That the end waits for the manager, but not for ever. */
static void
the_end_is_not_held_up_by_a_manager_that_does_not_read(void **state)
{
	struct scene *scene = *state;
	char text[MANAGER_TEXT_MAX];

	begin(scene, "10");
	store_settle(scene->store);
	assert_int_equal(hear(scene, text), -1); /* There was no need. */
	assert_int_equal(store_put(scene->store, "1-17", scene->file), 0);
	store_settle(scene->store);
	(void)close(hear(scene, text));
	(void)close(hear(scene, text));
	assert_string_equal(text, "BARRIER=1");
	store_settle(scene->store); /* Of nothing new. */
	assert_int_equal(hear(scene, text), -1);
}

/* What a start is handed, and which of it the test takes. */
struct handed {
	const char *names; /* As LISTEN_FDNAMES has them. */
	int fds[4];
	size_t len;
	const char *wanted; /* The names that are taken, each with a comma. */
	size_t offered;
};

static bool
take_wanted(void *arg, const char *name, int fd)
{
	struct handed *handed = arg;
	char full[SPOOL_NAME_MAX + 1];

	handed->offered++;
	(void)snprintf(full, sizeof(full), "%s,", name);
	if (strstr(handed->wanted, full) == NULL)
		return false;
	assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	return true;
}

/* In a process of its own: be handed ${handed}. */
static void
hand_over(struct scene *scene, struct handed *handed)
{
	char number[24];
	size_t i;

	scene->manager.socket = fcntl(scene->manager.socket, F_DUPFD, 200);
	for (i = 0; i < handed->len; i++)
		handed->fds[i] = fcntl(handed->fds[i], F_DUPFD, 100);
	for (i = 0; i < handed->len; i++)
		assert_int_equal(
		    dup2(handed->fds[i], FIRST + (int)i), FIRST + (int)i);
	(void)snprintf(number, sizeof(number), "%d", (int)getpid());
	(void)setenv("LISTEN_PID", number, 1);
	(void)snprintf(number, sizeof(number), "%zu", handed->len);
	(void)setenv("LISTEN_FDS", number, 1);
	(void)setenv("LISTEN_FDNAMES", handed->names, 1);
}

/* The same, and store_take's answer. */
static size_t
take(struct scene *scene, struct handed *handed)
{
	size_t refused;

	hand_over(scene, handed);
	scene->store = store_new();
	refused = store_take(scene->store, take_wanted, handed);
	assert_null(getenv("LISTEN_FDS"));
	return refused;
}

/* Run ${body} in a process that may overwrite descriptors. */
static void
apart(struct scene *scene, void (*body)(struct scene *scene))
{
	int status;
	pid_t child;

	manager_open(&scene->manager, "10");
	child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0) {
		body(scene);
		store_free(scene->store);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* In a child, where a failed assertion cannot jump to its test. */
#define CHECK(what) \
	do \
		if (!(what)) { \
			(void)fprintf( \
			    stderr, "# line %d: %s\n", __LINE__, #what); \
			_exit(1); \
		} \
	while (0)

static void
take_two(struct scene *scene)
{
	struct handed handed = {
		.names = "wal-1-17:wal-1-18",
		.fds = { scene->file, scene->file },
		.len = 2,
		.wanted = "1-17,",
	};
	char text[MANAGER_TEXT_MAX];

	CHECK(take(scene, &handed) == 1);
	CHECK(handed.offered == 2);
	CHECK(fcntl(FIRST, F_GETFD) != -1);
	CHECK(fcntl(FIRST + 1, F_GETFD) == -1);
	CHECK(store_len(scene->store) == 1);
	CHECK(hear(scene, text) == -1);
	CHECK(strcmp(text, "FDSTOREREMOVE=1\nFDNAME=wal-1-18") == 0);
}

static void
what_was_kept_is_taken_or_closed_and_forgotten(void **state)
{
	apart(*state, take_two);
}

/* A pipe, a file that could be written to, and one that can be named only. */
static void
take_no_segments(struct scene *scene)
{
	struct handed handed = {
		.names = "wal-1-1:wal-1-2:wal-1-3",
		.fds = { 0, openat(scene->scratch.dir, "file", O_RDWR),
		    openat(scene->scratch.dir, "file", O_PATH) },
		.len = 3,
		.wanted = "1-1,1-2,1-3,",
	};
	int ends[2];

	CHECK(pipe(ends) == 0);
	handed.fds[0] = ends[0];
	CHECK(take(scene, &handed) == 3);
	CHECK(handed.offered == 0);
	CHECK(store_len(scene->store) == 0);
}

static void
what_cannot_be_a_segment_is_not_offered(void **state)
{
	apart(*state, take_no_segments);
}

static void
take_strange_names(struct scene *scene)
{
	char names[2 * SPOOL_NAME_MAX] = "other:wal-:";
	struct handed handed = {
		.names = names,
		.fds = { scene->file, scene->file, scene->file },
		.len = 3,
		.wanted = "",
	};

	memset(names + 11, 'w', sizeof(names) - 12);
	memcpy(names + 11, "wal-", 4);
	CHECK(take(scene, &handed) == 3);
	CHECK(handed.offered == 0);
}

static void
what_has_not_a_name_of_ours_is_not_offered(void **state)
{
	apart(*state, take_strange_names);
}

/* The manager would forget both. */
static void
take_one_of_a_name(struct scene *scene)
{
	struct handed handed = {
		.names = "wal-1-17:wal-1-17",
		.fds = { openat(scene->scratch.dir, "file", O_RDWR),
		    scene->file },
		.len = 2,
		.wanted = "1-17,",
	};
	char text[MANAGER_TEXT_MAX];

	CHECK(take(scene, &handed) == 1);
	CHECK(hear(scene, text) == -1);
	CHECK(*text == '\0');
}

static void
what_is_taken_is_not_forgotten_for_another_of_its_name(void **state)
{
	apart(*state, take_one_of_a_name);
}

static void
take_none(struct scene *scene)
{
	struct handed handed = {
		.names = "wal-1-17:other",
		.fds = { scene->file, open("/dev/null", O_RDONLY) },
		.len = 2,
		.wanted = "",
	};
	char text[MANAGER_TEXT_MAX];

	CHECK(unlinkat(scene->scratch.dir, "file", 0) == 0);
	hand_over(scene, &handed);
	CHECK(store_discard() == 1);
	CHECK(fcntl(FIRST, F_GETFD) == -1);
	CHECK(fcntl(FIRST + 1, F_GETFD) == -1);
	CHECK(hear(scene, text) == -1);
	CHECK(strcmp(text, "FDSTOREREMOVE=1\nFDNAME=wal-1-17") == 0);
	CHECK(store_discard() == 0);
}

static void
what_is_discarded_is_closed_and_what_is_gone_by_that_counted(void **state)
{
	apart(*state, take_none);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(without_a_manager_there_is_no_store),
		TEST(what_is_put_reaches_the_manager_under_its_name),
		TEST(what_is_removed_is_named_to_the_manager),
		TEST(no_more_is_put_than_was_promised),
		TEST(a_promise_without_end_or_sense_is_bounded),
		TEST(
		    a_manager_that_promises_nothing_is_given_as_many_as_we_have_room_for),
		TEST(a_name_that_is_too_long_is_not_put),
		TEST(a_manager_that_is_gone_is_no_store),
		TEST(the_end_is_not_held_up_by_a_manager_that_does_not_read),
		TEST(what_was_kept_is_taken_or_closed_and_forgotten),
		TEST(what_cannot_be_a_segment_is_not_offered),
		TEST(what_has_not_a_name_of_ours_is_not_offered),
		TEST(what_is_taken_is_not_forgotten_for_another_of_its_name),
		TEST(
		    what_is_discarded_is_closed_and_what_is_gone_by_that_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
