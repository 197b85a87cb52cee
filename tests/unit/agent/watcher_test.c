/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/base/loop.h"
#include "agent/watcher.h"

#define REST (50 * CLOCK_MSEC) /* As it is told, at first. */
#define ALARMS 4u              /* Timers that a watcher may have. */

/* A timer of the clock below. */
struct alarm {
	struct timer timer; /* Its clock is NULL when it is free. */
	clock_fire_fn *fire;
	void *arg;
	uint64_t at;
};

/* A clock that stands still until it is told to go on. */
struct still {
	struct clock clock;
	uint64_t now;
	struct alarm alarms[ALARMS];
};

struct fixture {
	sd_event *event;
	struct still still;
	struct watcher *watcher;
	unsigned int grown;
	uint64_t rest; /* For so long it may grow untold. */
	char dir[64], wal[80], file[100];
	int log;
	char logged[4096];
};

static uint64_t
still_monotonic(struct clock *clock)
{
	return ((struct still *)clock)->now;
}

static struct timer *
still_timer_new(struct clock *clock, clock_fire_fn *fire, void *arg)
{
	struct still *still = (struct still *)clock;
	size_t i;

	for (i = 0; i < ALARMS; i++)
		if (still->alarms[i].timer.clock == NULL) {
			still->alarms[i] =
			    (struct alarm){ { clock }, fire, arg, CLOCK_NEVER };
			return &still->alarms[i].timer;
		}
	return NULL;
}

static void
still_timer_set(struct timer *timer, uint64_t at)
{
	((struct alarm *)timer)->at = at;
}

static void
still_timer_free(struct timer *timer)
{
	timer->clock = NULL;
}

/* When the next timer fires. */
static uint64_t
still_next(const struct still *still)
{
	uint64_t next = CLOCK_NEVER;
	size_t i;

	for (i = 0; i < ALARMS; i++)
		if (still->alarms[i].timer.clock != NULL &&
		    still->alarms[i].at < next)
			next = still->alarms[i].at;
	return next;
}

/* Go on for ${span} microseconds, and fire what is due by then. */
static void
go_on(struct still *still, uint64_t span)
{
	uint64_t end = still->now + span;
	size_t i;

	while (still_next(still) <= end) {
		if (still_next(still) > still->now)
			still->now = still_next(still);
		for (i = 0; i < ALARMS; i++)
			if (still->alarms[i].timer.clock != NULL &&
			    still->alarms[i].at <= still->now) {
				still->alarms[i].at = CLOCK_NEVER;
				still->alarms[i].fire(still->alarms[i].arg);
			}
	}
	still->now = end;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_true(sd_event_new(&f->event) >= 0);
	f->still.clock = (struct clock){
		.monotonic = still_monotonic,
		.timer_new = still_timer_new,
		.timer_set = still_timer_set,
		.timer_free = still_timer_free,
	};
	f->still.now = 1000 * CLOCK_SEC;
	f->rest = REST;
	(void)strcpy(f->dir, "/tmp/watcher_test.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->wal, sizeof(f->wal), "%s/wal", f->dir);
	(void)snprintf(f->file, sizeof(f->file), "%s/00000000", f->wal);
	assert_int_equal(mkdir(f->wal, 0700), 0);
	f->log = memfd_create("watcher_test", MFD_CLOEXEC);
	log_to(f->log);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	watcher_free(f->watcher);
	assert_true(still_next(&f->still) == CLOCK_NEVER);
	sd_event_unref(f->event);
	log_to(STDERR_FILENO);
	(void)close(f->log);
	(void)unlink(f->file);
	(void)(rmdir(f->wal) == 0 || unlink(f->wal) == 0);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

static uint64_t
count(void *arg)
{
	struct fixture *f = arg;

	f->grown++;
	return f->rest;
}

static void
watch(struct fixture *f, const char *path)
{
	f->watcher = watcher_new(f->event, &f->still.clock, path, count, f);
	assert_non_null(f->watcher);
}

/* The same, with the call at the start behind us. */
static void
watch_on(struct fixture *f, const char *path)
{
	watch(f, path);
	go_on(&f->still, 0);
	f->grown = 0;
}

/* Hear what the kernel has reported so far. */
static void
hear(struct fixture *f)
{
	int i;

	for (i = 0; i < 20; i++)
		assert_true(sd_event_run(f->event, 0) >= 0);
}

/* Append to the segment. */
static void
append(struct fixture *f)
{
	int fd = open(f->file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	(void)close(fd);
}

static const char *
logged(struct fixture *f)
{
	ssize_t n = pread(f->log, f->logged, sizeof(f->logged) - 1, 0);

	assert_true(n >= 0);
	f->logged[n] = '\0';
	return f->logged;
}

static void
it_calls_once_at_the_start_but_not_at_once(void **state)
{
	struct fixture *f = *state;

	watch(f, f->wal);
	assert_int_equal(f->grown, 0);
	go_on(&f->still, CLOCK_SEC);
	assert_int_equal(f->grown, 1);
	assert_string_equal(logged(f), "");
}

static void
a_change_is_told_at_once(void **state)
{
	struct fixture *f = *state;

	watch_on(f, f->wal);
	hear(f);
	assert_int_equal(f->grown, 0);
	append(f);
	hear(f);
	assert_int_equal(f->grown, 1);
}

static void
changes_during_the_rest_are_told_once_after_it(void **state)
{
	struct fixture *f = *state;

	watch_on(f, f->wal);
	append(f);
	hear(f);
	append(f);
	append(f);
	hear(f);
	go_on(&f->still, REST - 1);
	hear(f);
	assert_int_equal(f->grown, 1);
	go_on(&f->still, 1);
	hear(f);
	assert_int_equal(f->grown, 2);
	go_on(&f->still, REST);
	hear(f);
	assert_int_equal(f->grown, 2);
	/* Each time anew. */
	f->rest = 3 * REST;
	append(f);
	hear(f);
	append(f);
	go_on(&f->still, 3 * REST - 1);
	hear(f);
	assert_int_equal(f->grown, 3);
	go_on(&f->still, 1);
	hear(f);
	assert_int_equal(f->grown, 4);
}

static void
a_directory_created_later_is_watched(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(rmdir(f->wal), 0);
	watch_on(f, f->wal);
	assert_int_equal(mkdir(f->wal, 0700), 0);
	hear(f);
	assert_int_equal(f->grown, 1);
	go_on(&f->still, REST);
	append(f);
	hear(f);
	assert_int_equal(f->grown, 2);
}

static void
without_changes_it_still_looks_every_now_and_then(void **state)
{
	struct fixture *f = *state;

	watch_on(f, f->wal);
	go_on(&f->still, WATCHER_POLL - 1);
	assert_int_equal(f->grown, 0);
	go_on(&f->still, 1);
	assert_int_equal(f->grown, 1);
	go_on(&f->still, 10 * WATCHER_POLL);
	assert_int_equal(f->grown, 11);
}

/* It polls by itself, and has said so once, with the reason ${error}. */
static void
expect_alone(struct fixture *f, const char *error)
{
	const char *line;

	f->grown = 0;
	go_on(&f->still, 10 * WATCHER_POLL_ALONE);
	assert_int_equal(f->grown, 10);
	line = strstr(logged(f), "level=warn");
	assert_non_null(line);
	assert_null(strstr(line + 1, "level="));
	assert_non_null(strstr(line, "fs.inotify.max_user_instances"));
	assert_non_null(strstr(line, error));
}

static void
without_descriptors_it_polls_and_says_so_once(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = (struct rlimit){ 0, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	watch(f, f->wal);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	go_on(&f->still, 0);
	assert_int_equal(f->grown, 1);
	expect_alone(f, "Too many open files");
	assert_non_null(strstr(f->logged, f->wal));
}

static void
without_the_parent_directory_it_polls(void **state)
{
	struct fixture *f = *state;

	watch_on(f, "/nonexistent/data/wal");
	expect_alone(f, "No such file or directory");
}

static void
a_directory_that_can_no_longer_be_watched_is_polled(void **state)
{
	struct fixture *f = *state;

	watch_on(f, f->wal);
	assert_int_equal(rmdir(f->wal), 0);
	assert_int_equal(symlink(f->wal, f->wal), 0);
	hear(f);
	assert_int_equal(f->grown, 1);
	expect_alone(f, "Too many levels of symbolic links");
}

static void
a_watch_lost_during_the_rest_is_no_trouble_after_it(void **state)
{
	struct fixture *f = *state;

	watch_on(f, f->wal);
	append(f);
	hear(f);
	assert_int_equal(unlink(f->file), 0);
	assert_int_equal(rmdir(f->wal), 0);
	assert_int_equal(symlink(f->wal, f->wal), 0);
	go_on(&f->still, REST);
	hear(f);
	go_on(&f->still, 2 * REST);
	expect_alone(f, "Too many levels of symbolic links");
}

static void
a_busy_writer_is_told_of_at_most_once_a_rest(void **state)
{
	struct fixture *f = *state;
	struct clock *clock = loop_clock_new(f->event);
	uint64_t begin, now;

	assert_non_null(clock);
	f->watcher = watcher_new(f->event, clock, f->wal, count, f);
	assert_non_null(f->watcher);
	begin = now = clock_monotonic(clock);
	while (now < begin + 10 * REST) {
		append(f);
		assert_true(sd_event_run(f->event, 1000) >= 0);
		now = clock_monotonic(clock);
	}
	/* At the start, and at both ends of every rest. */
	assert_true(f->grown >= 4);
	assert_true(f->grown <= 2 + (now - begin) / REST);
	watcher_free(f->watcher);
	f->watcher = NULL;
	loop_clock_free(clock);
}

static void
free_does_nothing_to_null(void **state)
{
	(void)state;
	watcher_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(it_calls_once_at_the_start_but_not_at_once),
		TEST(a_change_is_told_at_once),
		TEST(changes_during_the_rest_are_told_once_after_it),
		TEST(a_directory_created_later_is_watched),
		TEST(without_changes_it_still_looks_every_now_and_then),
		TEST(without_descriptors_it_polls_and_says_so_once),
		TEST(without_the_parent_directory_it_polls),
		TEST(a_directory_that_can_no_longer_be_watched_is_polled),
		TEST(a_watch_lost_during_the_rest_is_no_trouble_after_it),
		TEST(a_busy_writer_is_told_of_at_most_once_a_rest),
		TEST(free_does_nothing_to_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
