/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/spool/scene.h"

#define FIRST 3 /* The first descriptor that a manager hands over. */

/* All files that were handed over, as a manager does. */
static void
hand_over(struct scene *scene, const char *names, int *fds, int len)
{
	char number[24];
	int i;

	scene->shelf.dir = fcntl(scene->shelf.dir, F_DUPFD, 100);
	scene->log.dir = fcntl(scene->log.dir, F_DUPFD, 100);
	scene->manager.socket = fcntl(scene->manager.socket, F_DUPFD, 100);
	for (i = 0; i < len; i++)
		fds[i] = fcntl(fds[i], F_DUPFD, 100);
	for (i = 0; i < len; i++)
		(void)dup2(fds[i], FIRST + i);
	(void)snprintf(number, sizeof(number), "%d", (int)getpid());
	(void)setenv("LISTEN_PID", number, 1);
	(void)snprintf(number, sizeof(number), "%d", len);
	(void)setenv("LISTEN_FDS", number, 1);
	(void)setenv("LISTEN_FDNAMES", names, 1);
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

/* Segments 1 and 2 of the store were deleted; of 2 there is a copy too, and of
   3 only a part of one. */
static void
take_up(struct scene *scene)
{
	char file[24], text[MANAGER_TEXT_MAX];
	int fds[3], i;

	for (i = 0; i < 3; i++) {
		(void)snprintf(file, sizeof(file), "%08d", i + 1);
		scratch_write(&scene->log, file, file);
		fds[i] = openat(scene->log.dir, file, O_RDONLY);
		CHECK(i == 2 || unlinkat(scene->log.dir, file, 0) == 0);
	}
	scratch_write(&scene->shelf, "1-2", "00000002");
	scratch_write(&scene->shelf, "1-3", "0000");
	scratch_write(&scene->shelf, "1-4", "00000004");
	hand_over(scene, "wal-1-1:wal-1-2:wal-1-3", fds, 3);
	scene_begin(scene);
	scene_list(scene);
	CHECK(scene->listed_len == 4);
	for (i = 0; i < 4; i++) {
		CHECK(scene->listed[i] == i + 1);
		CHECK(scene_holds(scene, (uint64_t)i + 1));
	}
	manager_hear(&scene->manager, text);
	CHECK(strcmp(text, "FDSTOREREMOVE=1\nFDNAME=wal-1-2") == 0);
	CHECK(!scene_has_copied(scene, 3));
	CHECK(scene_has_copied(scene, 4));
	lazy_work(&scene->lazy);
	CHECK(scene_has_copied(scene, 1));
	CHECK(scene_holds(scene, 1));
	CHECK(scene_holds(scene, 3));
	scene_end(scene);
}

static void
what_an_earlier_life_held_is_taken_up(void **state)
{
	struct scene *scene = *state;
	pid_t child;
	int status;

	manager_open(&scene->manager, "10");
	child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0) {
		take_up(scene);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
systemd_is_told_of_all_that_is_held_and_let_go(void **state)
{
	struct scene *scene = *state;
	char text[MANAGER_TEXT_MAX];

	manager_open(&scene->manager, "10");
	scene_begin(scene);
	assert_int_equal(scene_hold(scene, 1), 0);
	manager_hear(&scene->manager, text);
	assert_string_equal(text, "FDSTORE=1\nFDPOLL=0\nFDNAME=wal-1-1");
	assert_int_equal(scene_hold(scene, 2), 0);
	manager_hear(&scene->manager, text);
	scene_delete(scene, 1);
	lazy_work(&scene->lazy);
	assert_true(scene_has_copied(scene, 1));
	manager_hear(&scene->manager, text);
	assert_string_equal(text, "FDSTOREREMOVE=1\nFDNAME=wal-1-1");
	scene_let_go(scene, 2);
	manager_hear(&scene->manager, text);
	assert_string_equal(text, "FDSTOREREMOVE=1\nFDNAME=wal-1-2");
	/* A life that ends removes nothing. */
	assert_int_equal(scene_hold(scene, 3), 0);
	manager_hear(&scene->manager, text);
	scene_end(scene);
	manager_hear(&scene->manager, text);
	assert_string_equal(text, "");
}

static void
it_is_all_counted(void **state)
{
	struct scene *scene = *state;
	struct buf page;

	manager_open(&scene->manager, "10");
	scene_begin(scene);
	assert_int_equal(scene_hold(scene, 1), 0);
	assert_int_equal(scene_hold(scene, 2), 0);
	assert_int_equal(scene_hold(scene, 3), 0);
	scene_delete(scene, 1);
	lazy_work(&scene->lazy);
	buf_init(&page, 1 << 16);
	stats_write(scene->stats, &page);
	assert_non_null(strstr(buf_text(&page),
	    "walship_spool_copies_total{result=\"copied\"} 1\n"));
	assert_non_null(strstr(buf_text(&page),
	    "walship_spool_copies_total{result=\"failed\"} 0\n"));
	assert_non_null(
	    strstr(buf_text(&page), "walship_spool_store_descriptors 2\n"));
	buf_release(&page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, scene_set_up, scene_tear_down)
		TEST(what_an_earlier_life_held_is_taken_up),
		TEST(systemd_is_told_of_all_that_is_held_and_let_go),
		TEST(it_is_all_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
