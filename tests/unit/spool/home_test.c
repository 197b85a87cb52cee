/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "agent/spool/home.h"
#include "tests/unit/spool/scratch.h"

/* ${name} in the scratch directory. */
static const char *
in(const struct scratch *scratch, const char *name)
{
	static char path[4][128];
	static size_t next;
	char *out = path[next++ % 4];

	(void)snprintf(out, sizeof(path[0]), "%s/%s", scratch->path, name);
	return out;
}

static int
set_up(void **state)
{
	static struct scratch scratch;

	scratch_open(&scratch);
	assert_int_equal(mkdir(in(&scratch, "data"), 0700), 0);
	*state = &scratch;
	return 0;
}

static int
tear_down(void **state)
{
	scratch_close(*state);
	return 0;
}

static void
it_is_made_for_us_alone(void **state)
{
	struct scratch *s = *state;
	struct stat st;
	int fd = home_open(in(s, "spool"), in(s, "data"));

	assert_int_not_equal(fd, -1);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	(void)close(fd);
	/* What is there is taken, and its mode left alone. */
	fd = home_open(in(s, "spool"), in(s, "data"));
	assert_int_not_equal(fd, -1);
	(void)close(fd);
	assert_int_equal(chmod(in(s, "spool"), 0750), 0);
	assert_int_equal(home_open(in(s, "spool"), in(s, "data")), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(home_open(in(s, "no/spool"), in(s, "data")), -1);
	assert_int_equal(errno, ENOENT);
}

static void
two_do_not_use_it_at_once(void **state)
{
	struct scratch *s = *state;
	int fd = home_open(in(s, "spool"), in(s, "data"));

	assert_int_not_equal(fd, -1);
	assert_int_equal(home_open(in(s, "spool"), in(s, "data")), -1);
	assert_int_equal(errno, EBUSY);
	(void)close(fd);
	fd = home_open(in(s, "spool"), in(s, "data"));
	assert_int_not_equal(fd, -1);
	(void)close(fd);
}

/* Whatever it is called. */
static void
it_is_never_among_what_is_prometheus_s(void **state)
{
	static const char *const names[] = { "data", "data/spool",
		"data/../data/spool", "other/spool", "other" };
	struct scratch *s = *state;
	size_t i;

	assert_int_equal(symlink("data", in(s, "other")), 0);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		assert_int_equal(home_open(in(s, names[i]), in(s, "data")), -1);
		assert_int_equal(errno, EINVAL);
	}
	assert_int_equal(home_open(in(s, "data/spool"), in(s, "other")), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(access(in(s, "data/spool"), F_OK), -1);
}

static void
what_is_no_directory_will_not_do(void **state)
{
	struct scratch *s = *state;

	scratch_write(s, "file", "");
	assert_int_equal(home_open(in(s, "file"), in(s, "data")), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(mkdir(in(s, "real"), 0700), 0);
	assert_int_equal(symlink("real", in(s, "link")), 0);
	assert_int_equal(home_open(in(s, "link"), in(s, "data")), -1);
	assert_true(errno == ELOOP || errno == ENOTDIR);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(it_is_made_for_us_alone),
		TEST(two_do_not_use_it_at_once),
		TEST(it_is_never_among_what_is_prometheus_s),
		TEST(what_is_no_directory_will_not_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
