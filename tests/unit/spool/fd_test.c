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

#include "agent/base/log.h"
#include "agent/spool/fd.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/ship/sim.h"
#include "tests/unit/spool/manager.h"
#include "tests/unit/spool/scratch.h"

#define FIRST 3 /* The first descriptor that a manager hands over. */

/* A log, a directory for copies, and what holds segments of the one there. */
struct scene {
	struct scratch log, shelf;
	struct sim *sim;
	struct lazy lazy;
	struct stats *stats;
	struct spool_way *way;
	uint64_t min_free;
	struct manager manager; /* If it has a socket. */
	int listed[8];
	size_t listed_len;
};

/* A life begins. */
static void
begin(struct scene *scene)
{
	scene->way = fd_way_new(&(struct fd_way_options){
	    .clock = sim_clock(scene->sim),
	    .worker = &scene->lazy.worker,
	    .stats = scene->stats,
	    .dir = fcntl(scene->shelf.dir, F_DUPFD_CLOEXEC, 0),
	    .path = scene->shelf.path,
	    .reserve.bytes = scene->min_free,
	});
	assert_non_null(scene->way);
}

/* And ends. */
static void
end(struct scene *scene)
{
	if (scene->way != NULL)
		scene->way->free(scene->way);
	scene->way = NULL;
	lazy_work(&scene->lazy);
}

static int
set_up(void **state)
{
	static struct scene scene;

	scene = (struct scene){ .manager.socket = -1 };
	(void)unsetenv("NOTIFY_SOCKET");
	log_init(LOG_ERROR, LOG_LOGFMT);
	scratch_open(&scene.log);
	scratch_open(&scene.shelf);
	scene.sim = sim_new(&(struct sim_receiver){ 0 });
	lazy_init(&scene.lazy);
	scene.stats = stats_new();
	*state = &scene;
	return scene.sim == NULL || scene.stats == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct scene *scene = *state;

	end(scene);
	stats_free(scene->stats);
	sim_free(scene->sim);
	scratch_close(&scene->log);
	scratch_close(&scene->shelf);
	if (scene->manager.socket != -1)
		manager_close(&scene->manager);
	return 0;
}

/* The name of segment ${number}. */
static struct spool_name
name_of(uint64_t number)
{
	return (struct spool_name){ 1, number };
}

/* Write segment ${number} and hold it; the result of that. */
static int
hold(struct scene *scene, uint64_t number)
{
	struct spool_name name = name_of(number);
	char file[24];
	int fd, result, error;

	(void)snprintf(file, sizeof(file), "%08u", (unsigned int)number);
	scratch_write(&scene->log, file, file);
	fd = openat(scene->log.dir, file, O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	result = scene->way->hold(scene->way, &name,
	    &(struct spool_file){ scene->log.path, file, fd });
	error = errno;
	(void)close(fd);
	errno = error;
	return result;
}

/* Prometheus deletes it, and the spool tells of that. */
static void delete (struct scene *scene, uint64_t number)
{
	struct spool_name name = name_of(number);
	char file[24];

	(void)snprintf(file, sizeof(file), "%08u", (unsigned int)number);
	assert_int_equal(unlinkat(scene->log.dir, file, 0), 0);
	scene->way->orphaned(scene->way, &name);
}

/* Whether it can be read, from its first byte to its last. */
static bool
is_held(struct scene *scene, uint64_t number)
{
	struct spool_name name = name_of(number);
	char wanted[24], found[24] = "";
	int fd = scene->way->open(scene->way, &name);

	if (fd == -1) {
		assert_int_equal(errno, ENOENT);
		return false;
	}
	(void)snprintf(wanted, sizeof(wanted), "%08u", (unsigned int)number);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	assert_int_equal(read(fd, found, sizeof(found) - 1), strlen(wanted));
	assert_string_equal(found, wanted);
	(void)close(fd);
	return true;
}

static bool
is_copied(const struct scene *scene, uint64_t number)
{
	char text[SPOOL_NAME_MAX];
	struct spool_name name = name_of(number);

	spool_name_format(&name, text);
	return scratch_has(&scene->shelf, text);
}

static uint64_t
pinned(struct scene *scene, uint64_t number)
{
	struct spool_name name = name_of(number);
	dev_t device = 0;
	struct stat st;
	uint64_t bytes = scene->way->pinned(scene->way, &name, &device);

	assert_int_equal(fstat(scene->log.dir, &st), 0);
	assert_int_equal(device, bytes > 0 ? st.st_dev : 0);
	return bytes;
}

static void
let_go(struct scene *scene, uint64_t number)
{
	struct spool_name name = name_of(number);

	scene->way->let_go(scene->way, &name);
}

static void
note(void *arg, const struct spool_name *name)
{
	struct scene *scene = arg;

	assert_int_equal(name->generation, 1);
	assert_true(scene->listed_len < 8);
	scene->listed[scene->listed_len++] = (int)name->number;
}

static void
list(struct scene *scene)
{
	scene->listed_len = 0;
	assert_int_equal(scene->way->list(scene->way, note, scene), 0);
}

static void
what_is_held_is_read_though_it_was_deleted(void **state)
{
	struct scene *scene = *state;

	begin(scene);
	assert_int_equal(hold(scene, 1), 0);
	assert_int_equal(pinned(scene, 1), 0);
	delete (scene, 1);
	assert_true(is_held(scene, 1));
	assert_true(is_held(scene, 1)); /* At offset 0 once more. */
	assert_true(pinned(scene, 1) > 0);
	let_go(scene, 1);
	assert_false(is_held(scene, 1));
	assert_int_equal(pinned(scene, 1), 0);
	let_go(scene, 1);
}

static void
what_was_deleted_is_copied_and_its_descriptor_closed(void **state)
{
	struct scene *scene = *state;
	int before, after;

	begin(scene);
	before = dup(0);
	(void)close(before);
	assert_int_equal(hold(scene, 1), 0);
	assert_int_equal(hold(scene, 2), 0);
	delete (scene, 1);
	lazy_work(&scene->lazy);
	assert_true(is_copied(scene, 1));
	assert_true(is_held(scene, 1));
	assert_true(pinned(scene, 1) > 0);
	let_go(scene, 1);
	assert_false(is_copied(scene, 1));
	let_go(scene, 2);
	after = dup(0);
	(void)close(after);
	assert_int_equal(after, before);
}

/* Prometheus may still write to it. */
static void
the_youngest_is_not_copied_before_another_is_held(void **state)
{
	struct scene *scene = *state;

	begin(scene);
	assert_int_equal(hold(scene, 1), 0);
	delete (scene, 1);
	lazy_work(&scene->lazy);
	assert_false(is_copied(scene, 1));
	assert_int_equal(hold(scene, 2), 0);
	lazy_work(&scene->lazy);
	assert_true(is_copied(scene, 1));
	assert_false(is_copied(scene, 2));
}

static void
what_is_let_go_while_it_is_copied_leaves_nothing(void **state)
{
	struct scene *scene = *state;
	struct worker_job *job;

	begin(scene);
	assert_int_equal(hold(scene, 1), 0);
	assert_int_equal(hold(scene, 2), 0);
	delete (scene, 1);
	let_go(scene, 1);
	lazy_work(&scene->lazy);
	assert_false(is_copied(scene, 1));
	assert_int_equal(scene->lazy.submitted, 1); /* And no more of it. */

	/* At its last moment. */
	assert_int_equal(hold(scene, 3), 0);
	delete (scene, 2);
	for (;;) {
		job = scene->lazy.first;
		scene->lazy.first = scene->lazy.last = NULL;
		job->work(job->arg);
		if (is_copied(scene, 2))
			break;
		job->done(job->arg);
	}
	let_go(scene, 2);
	job->done(job->arg);
	assert_false(is_copied(scene, 2));
	assert_false(is_held(scene, 2));
}

static void
a_copy_for_which_there_is_no_room_is_tried_again(void **state)
{
	struct scene *scene = *state;

	scene->min_free = INT64_MAX;
	begin(scene);
	assert_int_equal(hold(scene, 1), 0);
	assert_int_equal(hold(scene, 2), 0);
	delete (scene, 1);
	lazy_work(&scene->lazy);
	assert_false(is_copied(scene, 1));
	assert_true(is_held(scene, 1));
	assert_int_equal(scene->lazy.submitted, 2);
	assert_int_equal(sim_run(scene->sim, FD_RETRY), 1);
	assert_int_equal(scene->lazy.submitted, 3);
	lazy_work(&scene->lazy);
	assert_true(is_held(scene, 1));
}

/* In a process that may have few files open. */
static void
without_a_descriptor_the_oldest_is_copied(void **state)
{
	struct scene *scene = *state;
	struct rlimit before, limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = (struct rlimit){ 60, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	begin(scene);
	/* It was raised as far as can be: have it come to the limit. */
	limit.rlim_cur = 30;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	uint64_t number = 1;
	while (hold(scene, number) == 0)
		number++;
	assert_int_equal(errno, EMFILE);
	limit.rlim_cur = 60; /* For the copy itself. */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	lazy_work(&scene->lazy);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	if (!is_copied(scene, 1)) { /* It could not begin: later. */
		(void)sim_run(scene->sim, FD_RETRY);
		lazy_work(&scene->lazy);
	}
	assert_true(is_copied(scene, 1));
	assert_true(is_held(scene, 1));
	assert_int_equal(pinned(scene, 2), 0);
}

static void
a_stop_copies_what_was_deleted_and_the_youngest_too(void **state)
{
	struct scene *scene = *state;
	uint64_t deadline = sim_now(scene->sim) + CLOCK_SEC;

	begin(scene);
	assert_int_equal(hold(scene, 1), 0);
	assert_int_equal(hold(scene, 2), 0);
	delete (scene, 2);
	assert_false(scene->way->settle(scene->way, deadline));
	lazy_work(&scene->lazy);
	assert_true(scene->way->settle(scene->way, deadline));
	assert_true(is_copied(scene, 2));
	assert_false(is_copied(scene, 1));

	/* The next life. */
	end(scene);
	begin(scene);
	list(scene);
	assert_int_equal(scene->listed_len, 1);
	assert_int_equal(scene->listed[0], 2);
	assert_true(is_held(scene, 2));
}

/* As with a log that was removed with its directory. */
static void
at_a_stop_what_was_deleted_unheard_is_copied(void **state)
{
	struct scene *scene = *state;
	uint64_t deadline = sim_now(scene->sim) + CLOCK_SEC;

	begin(scene);
	assert_int_equal(hold(scene, 1), 0);
	assert_int_equal(unlinkat(scene->log.dir, "00000001", 0), 0);
	assert_false(scene->way->settle(scene->way, deadline));
	lazy_work(&scene->lazy);
	assert_true(scene->way->settle(scene->way, deadline));
	assert_true(is_copied(scene, 1));
}

static void
a_stop_does_not_last_longer_than_it_may(void **state)
{
	struct scene *scene = *state;

	begin(scene);
	assert_int_equal(hold(scene, 1), 0);
	assert_int_equal(hold(scene, 2), 0);
	delete (scene, 1);
	assert_false(
	    scene->way->settle(scene->way, sim_now(scene->sim) + CLOCK_SEC));
	assert_true(scene->way->settle(scene->way, sim_now(scene->sim)));
	end(scene);
	assert_false(is_copied(scene, 1));
}

static void
a_stop_goes_on_though_a_copy_fails(void **state)
{
	struct scene *scene = *state;
	uint64_t deadline = sim_now(scene->sim) + CLOCK_SEC;

	scene->min_free = INT64_MAX;
	begin(scene);
	assert_int_equal(hold(scene, 1), 0);
	delete (scene, 1);
	assert_false(scene->way->settle(scene->way, deadline));
	lazy_work(&scene->lazy);
	assert_true(scene->way->settle(scene->way, deadline));
}

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
	begin(scene);
	list(scene);
	CHECK(scene->listed_len == 4);
	for (i = 0; i < 4; i++) {
		CHECK(scene->listed[i] == i + 1);
		CHECK(is_held(scene, (uint64_t)i + 1));
	}
	manager_hear(&scene->manager, text);
	CHECK(strcmp(text, "FDSTOREREMOVE=1\nFDNAME=wal-1-2") == 0);
	CHECK(!is_copied(scene, 3));
	CHECK(is_copied(scene, 4));
	lazy_work(&scene->lazy);
	CHECK(is_copied(scene, 1));
	CHECK(is_held(scene, 1));
	CHECK(is_held(scene, 3));
	end(scene);
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
	begin(scene);
	assert_int_equal(hold(scene, 1), 0);
	manager_hear(&scene->manager, text);
	assert_string_equal(text, "FDSTORE=1\nFDPOLL=0\nFDNAME=wal-1-1");
	assert_int_equal(hold(scene, 2), 0);
	manager_hear(&scene->manager, text);
	delete (scene, 1);
	lazy_work(&scene->lazy);
	assert_true(is_copied(scene, 1));
	manager_hear(&scene->manager, text);
	assert_string_equal(text, "FDSTOREREMOVE=1\nFDNAME=wal-1-1");
	let_go(scene, 2);
	manager_hear(&scene->manager, text);
	assert_string_equal(text, "FDSTOREREMOVE=1\nFDNAME=wal-1-2");
	/* A life that ends removes nothing. */
	assert_int_equal(hold(scene, 3), 0);
	manager_hear(&scene->manager, text);
	end(scene);
	manager_hear(&scene->manager, text);
	assert_string_equal(text, "");
}

static void
it_is_all_counted(void **state)
{
	struct scene *scene = *state;
	struct buf page;

	manager_open(&scene->manager, "10");
	begin(scene);
	assert_int_equal(hold(scene, 1), 0);
	assert_int_equal(hold(scene, 2), 0);
	assert_int_equal(hold(scene, 3), 0);
	delete (scene, 1);
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_is_held_is_read_though_it_was_deleted),
		TEST(what_was_deleted_is_copied_and_its_descriptor_closed),
		TEST(the_youngest_is_not_copied_before_another_is_held),
		TEST(what_is_let_go_while_it_is_copied_leaves_nothing),
		TEST(a_copy_for_which_there_is_no_room_is_tried_again),
		TEST(without_a_descriptor_the_oldest_is_copied),
		TEST(a_stop_copies_what_was_deleted_and_the_youngest_too),
		TEST(at_a_stop_what_was_deleted_unheard_is_copied),
		TEST(a_stop_does_not_last_longer_than_it_may),
		TEST(a_stop_goes_on_though_a_copy_fails),
		TEST(what_an_earlier_life_held_is_taken_up),
		TEST(systemd_is_told_of_all_that_is_held_and_let_go),
		TEST(it_is_all_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
