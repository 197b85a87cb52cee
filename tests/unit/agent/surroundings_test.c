/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/surroundings.h"

#define USER_WITHOUT_A_NAME 61234u

#define MAY_NOT_READ "give this user the right to read it"
#define NOT_THERE "set prometheus.data_dir to Prometheus's --storage.tsdb.path"
#define NO_DATA "set prometheus.data_dir to a directory that holds"

struct fixture {
	char dir[64], data[80], wal[96], state[80];
	struct config config;
	int log;
	char logged[8192];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	(void)strcpy(f->dir, "/tmp/surroundings_test.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->data, sizeof(f->data), "%s/data", f->dir);
	(void)snprintf(f->wal, sizeof(f->wal), "%s/wal", f->data);
	(void)snprintf(f->state, sizeof(f->state), "%s/state", f->dir);
	f->config.data_dir = f->data;
	f->config.state_dir = f->state;
	f->log = memfd_create("surroundings_test", MFD_CLOEXEC);
	log_to(f->log);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char command[256];

	log_to(STDERR_FILENO);
	(void)close(f->log);
	(void)snprintf(command, sizeof(command),
	    "chmod -R u+rwX %s && rm -r %s", f->dir, f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static void
make_dir(const char *path, mode_t mode)
{
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
make_file(const char *path, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	(void)close(fd);
}

/* Make a data directory with a log in it. */
static void
make_log(struct fixture *f)
{
	make_dir(f->data, 0700);
	make_dir(f->wal, 0700);
}

/* The path of ${name} in the log. */
static const char *
in_log(struct fixture *f, const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", f->wal, name);
	return path;
}

static const char *
logged(struct fixture *f)
{
	ssize_t n = pread(f->log, f->logged, sizeof(f->logged) - 1, 0);

	assert_true(n >= 0);
	f->logged[n] = '\0';
	return f->logged;
}

/* One line was logged, and ${word} is in it. */
static void
expect_said(struct fixture *f, const char *word)
{
	const char *line = logged(f);

	assert_non_null(strstr(line, "level=error"));
	assert_null(strstr(strchr(line, '\n') + 1, "level="));
	if (strstr(line, word) == NULL)
		fail_msg("no \"%s\" in %s", word, line);
}

static void
expect_good(struct fixture *f)
{
	assert_int_equal(surroundings_check(&f->config, f->wal), 0);
	assert_string_equal(logged(f), "");
}

/* We cannot work here, because of ${error} at ${path}; hear ${advice}. */
static void
expect_bad(
    struct fixture *f, const char *path, const char *error, const char *advice)
{
	const struct passwd *user = getpwuid(geteuid());
	char word[256];

	assert_int_equal(surroundings_check(&f->config, f->wal), -1);
	(void)snprintf(word, sizeof(word), " path=%s ", path);
	expect_said(f, word);
	if (user != NULL)
		(void)snprintf(word, sizeof(word), " user=%s ", user->pw_name);
	else
		(void)snprintf(word, sizeof(word), " user=%u ", geteuid());
	expect_said(f, word);
	expect_said(f, error);
	expect_said(f, advice);
}

static void
a_log_with_a_segment_is_good(void **state)
{
	struct fixture *f = *state;

	make_log(f);
	make_file(in_log(f, "00000000"), 0400);
	expect_good(f);
}

static void
the_segment_tried_is_closed_again(void **state)
{
	struct fixture *f = *state;
	int before, after;

	make_log(f);
	make_file(in_log(f, "00000000"), 0400);
	before = dup(f->log);
	(void)close(before);
	expect_good(f);
	after = dup(f->log);
	(void)close(after);
	assert_int_equal(before, after);
}

static void
a_log_that_is_still_empty_is_good(void **state)
{
	make_log(*state);
	expect_good(*state);
}

static void
a_log_that_is_not_there_yet_is_good(void **state)
{
	struct fixture *f = *state;

	make_dir(f->data, 0700);
	expect_good(f);
}

static void
a_data_directory_that_is_not_there_is_named(void **state)
{
	struct fixture *f = *state;

	expect_bad(f, f->data, "No such file or directory", NOT_THERE);
	expect_said(f, "cannot use the data directory");
}

static void
a_data_directory_that_is_a_file_is_named(void **state)
{
	struct fixture *f = *state;

	make_file(f->data, 0700);
	expect_bad(f, f->data, "Not a directory", NO_DATA);
}

static void
a_data_directory_that_is_closed_is_named(void **state)
{
	struct fixture *f = *state;

	make_dir(f->data, 0600);
	expect_bad(f, f->data, "Permission denied", MAY_NOT_READ);
	expect_said(f, "cannot use the data directory");
}

static void
a_data_directory_that_cannot_be_listed_is_good(void **state)
{
	struct fixture *f = *state;

	make_log(f);
	assert_int_equal(chmod(f->data, 0100), 0);
	expect_good(f);
}

static void
a_log_that_cannot_be_listed_is_named(void **state)
{
	struct fixture *f = *state;

	make_dir(f->data, 0700);
	make_dir(f->wal, 0100);
	expect_bad(f, f->wal, "Permission denied", MAY_NOT_READ);
	expect_said(f, "cannot list the log");
}

static void
a_log_that_is_a_file_is_named(void **state)
{
	struct fixture *f = *state;

	make_dir(f->data, 0700);
	make_file(f->wal, 0700);
	expect_bad(f, f->wal, "Not a directory", NO_DATA);
}

static void
a_log_whose_path_goes_in_circles_is_named(void **state)
{
	struct fixture *f = *state;

	make_dir(f->data, 0700);
	assert_int_equal(symlink(f->wal, f->wal), 0);
	expect_bad(f, f->wal, "Too many levels of symbolic links", NO_DATA);
}

static void
a_segment_that_may_not_be_read_is_named(void **state)
{
	struct fixture *f = *state;

	make_log(f);
	make_file(in_log(f, "00000000"), 0400);
	make_file(in_log(f, "00000001"), 0200);
	expect_bad(f, in_log(f, "00000001"), "Permission denied", MAY_NOT_READ);
	expect_said(f, "cannot read a segment of the log");
}

static void
only_the_newest_segment_is_tried(void **state)
{
	struct fixture *f = *state;

	make_log(f);
	make_file(in_log(f, "00000000"), 0200);
	make_file(in_log(f, "00000001"), 0400);
	expect_good(f);
}

static void
what_only_has_the_name_of_a_segment_is_no_trouble(void **state)
{
	struct fixture *f = *state;

	make_log(f);
	make_file(in_log(f, "00000000"), 0400);
	make_dir(in_log(f, "00000009"), 0700);
	expect_good(f);
	assert_int_equal(symlink("nowhere", in_log(f, "00000010")), 0);
	expect_good(f);
	assert_int_equal(mkfifo(in_log(f, "00000011"), 0600), 0);
	expect_good(f);
}

static void
the_state_directory_is_made_and_locked(void **state)
{
	struct fixture *f = *state;
	int fd = surroundings_lock(&f->config);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(stat(f->state, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_string_equal(logged(f), "");
	(void)close(fd);
}

static void
a_state_directory_in_use_is_named_and_free_again_later(void **state)
{
	struct fixture *f = *state;
	int fd = surroundings_lock(&f->config);

	assert_true(fd >= 0);
	assert_int_equal(surroundings_lock(&f->config), -1);
	expect_said(f, "another walship uses this state directory");
	expect_said(f, f->state);
	(void)close(fd);
	fd = surroundings_lock(&f->config);
	assert_true(fd >= 0);
	(void)close(fd);
}

static void
a_state_directory_that_cannot_be_written_is_named(void **state)
{
	struct fixture *f = *state;

	make_dir(f->state, 0500);
	assert_int_equal(surroundings_lock(&f->config), -1);
	expect_said(f, "cannot use the state directory");
	expect_said(f, "make this user its owner");
	expect_said(f, f->state);
	expect_said(f, " user=");
	expect_said(f, "Permission denied");
}

static void
a_state_directory_without_its_parents_is_named(void **state)
{
	struct fixture *f = *state;
	char path[] = "/nonexistent/walship";

	f->config.state_dir = path;
	assert_int_equal(surroundings_lock(&f->config), -1);
	expect_said(f, path);
	expect_said(f, "No such file or directory");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Be someone whom a mode keeps out; LeakSanitizer needs to be let in again. */
static int
drop_root(void **state)
{
	(void)state;
	if (geteuid() != 0)
		return 0;
	return setresuid(USER_WITHOUT_A_NAME, USER_WITHOUT_A_NAME,
		   USER_WITHOUT_A_NAME) != 0 ||
	    prctl(PR_SET_DUMPABLE, 1) != 0;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_log_with_a_segment_is_good),
		TEST(the_segment_tried_is_closed_again),
		TEST(a_log_that_is_still_empty_is_good),
		TEST(a_log_that_is_not_there_yet_is_good),
		TEST(a_data_directory_that_is_not_there_is_named),
		TEST(a_data_directory_that_is_a_file_is_named),
		TEST(a_data_directory_that_is_closed_is_named),
		TEST(a_data_directory_that_cannot_be_listed_is_good),
		TEST(a_log_that_cannot_be_listed_is_named),
		TEST(a_log_that_is_a_file_is_named),
		TEST(a_log_whose_path_goes_in_circles_is_named),
		TEST(a_segment_that_may_not_be_read_is_named),
		TEST(only_the_newest_segment_is_tried),
		TEST(what_only_has_the_name_of_a_segment_is_no_trouble),
		TEST(the_state_directory_is_made_and_locked),
		TEST(a_state_directory_in_use_is_named_and_free_again_later),
		TEST(a_state_directory_that_cannot_be_written_is_named),
		TEST(a_state_directory_without_its_parents_is_named),
	};

	return cmocka_run_group_tests(tests, drop_root, NULL);
}
