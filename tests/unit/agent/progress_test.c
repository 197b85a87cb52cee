/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/progress.h"

struct fixture {
	char dir[64];
	int terminal; /* Where what is written to a terminal comes out. */
	int kept;     /* The standard error of before. */
	char seen[4096];
	struct progress progress;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int slave;

	assert_non_null(f);
	(void)strcpy(f->dir, "/tmp/progress_test.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(openpty(&f->terminal, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(fcntl(f->terminal, F_SETFL, O_NONBLOCK), 0);
	f->kept = dup(STDERR_FILENO);
	assert_true(dup2(slave, STDERR_FILENO) >= 0);
	(void)close(slave);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	(void)dup2(f->kept, STDERR_FILENO);
	(void)close(f->kept);
	(void)close(f->terminal);
	(void)snprintf(command, sizeof(command), "rm -r %s", f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

/* Make ${name} in the log a file of ${size} bytes. */
static void
make_file(struct fixture *f, const char *name, off_t size)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	(void)close(fd);
}

static void
make_dir(struct fixture *f, const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

/* What came to the terminal since the last call. */
static const char *
seen(struct fixture *f)
{
	ssize_t n;

	(void)fflush(stderr);
	n = read(f->terminal, f->seen, sizeof(f->seen) - 1);
	f->seen[n > 0 ? n : 0] = '\0';
	return f->seen;
}

static void
without_a_terminal_there_is_no_bar(void **state)
{
	struct fixture *f = *state;
	int file = memfd_create("progress_test", MFD_CLOEXEC);

	make_file(f, "00000000", 100);
	assert_true(dup2(file, STDERR_FILENO) >= 0);
	progress_begin(&f->progress, f->dir);
	progress_add(&f->progress, 50);
	progress_clear(&f->progress);
	assert_int_equal(lseek(file, 0, SEEK_END), 0);
	assert_int_equal(f->progress.total, 0);
	(void)close(file);
}

static void
the_bar_grows_with_what_was_read(void **state)
{
	struct fixture *f = *state;

	make_file(f, "00000000", 150);
	make_file(f, "00000001", 50);
	progress_begin(&f->progress, f->dir);
	assert_string_equal(seen(f), "");
	progress_add(&f->progress, 20);
	assert_string_equal(seen(f),
	    "\r[#####                                             ]  10%");
	progress_add(&f->progress, 180);
	assert_string_equal(seen(f),
	    "\r[##################################################] 100%");
}

static void
the_same_percent_is_not_drawn_twice(void **state)
{
	struct fixture *f = *state;

	make_file(f, "00000000", 1000);
	progress_begin(&f->progress, f->dir);
	progress_add(&f->progress, 9);
	assert_string_equal(seen(f), "");
	progress_add(&f->progress, 1);
	assert_true(strlen(seen(f)) > 0);
	progress_add(&f->progress, 9);
	assert_string_equal(seen(f), "");
}

static void
what_was_appended_meanwhile_does_not_go_past_the_end(void **state)
{
	struct fixture *f = *state;

	make_file(f, "00000000", 100);
	progress_begin(&f->progress, f->dir);
	progress_add(&f->progress, 500);
	assert_non_null(strstr(seen(f), "100%"));
	progress_add(&f->progress, 500);
	assert_string_equal(seen(f), "");
}

static void
only_the_newest_checkpoint_and_what_is_above_it_count(void **state)
{
	struct fixture *f = *state;

	make_dir(f, "checkpoint.00000001");
	make_file(f, "checkpoint.00000001/00000000", 1000);
	make_dir(f, "checkpoint.00000004");
	make_file(f, "checkpoint.00000004/00000000", 20);
	make_file(f, "checkpoint.00000004/00000001", 30);
	make_file(f, "00000003", 1000);
	make_file(f, "00000004", 1000);
	make_file(f, "00000005", 40);
	make_file(f, "00000006", 10);
	make_file(f, "00000007.repair", 1000);
	make_dir(f, "00000008");
	progress_begin(&f->progress, f->dir);
	assert_int_equal(f->progress.total, 100);
}

static void
a_log_that_cannot_be_listed_has_no_bar(void **state)
{
	struct fixture *f = *state;

	progress_begin(&f->progress, "/nonexistent");
	progress_add(&f->progress, 50);
	progress_clear(&f->progress);
	assert_string_equal(seen(f), "");
}

static void
a_bar_wiped_away_comes_back(void **state)
{
	struct fixture *f = *state;

	make_file(f, "00000000", 100);
	progress_begin(&f->progress, f->dir);
	progress_clear(&f->progress);
	assert_string_equal(seen(f), "");
	progress_add(&f->progress, 50);
	(void)seen(f);
	progress_clear(&f->progress);
	assert_string_equal(seen(f),
	    "\r                                                         \r");
	progress_clear(&f->progress);
	assert_string_equal(seen(f), "");
	progress_add(&f->progress, 0);
	assert_non_null(strstr(seen(f), "50%"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(without_a_terminal_there_is_no_bar),
		TEST(the_bar_grows_with_what_was_read),
		TEST(the_same_percent_is_not_drawn_twice),
		TEST(what_was_appended_meanwhile_does_not_go_past_the_end),
		TEST(only_the_newest_checkpoint_and_what_is_above_it_count),
		TEST(a_log_that_cannot_be_listed_has_no_bar),
		TEST(a_bar_wiped_away_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
