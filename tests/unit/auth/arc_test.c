/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/auth/arc.h"

#define DIR "/var/opt/azcmagent/tokens"

static void
the_file_of_a_challenge_is_found(void **state)
{
	char path[ARC_PATH_MAX];

	(void)state;
	assert_int_equal(
	    arc_path("Basic realm=" DIR "/1a-2_b.key", DIR, path), 0);
	assert_string_equal(path, DIR "/1a-2_b.key");
	assert_int_equal(arc_path("basic Realm=" DIR "/x.key", DIR, path), 0);
}

static void
no_other_file_is_found(void **state)
{
	static const char *const challenges[] = { NULL, "", "Basic",
		"Bearer realm=" DIR "/x.key",
		"Basic realm=", "Basic realm=/etc/shadow",
		"Basic realm=/etc/x.key",
		"Basic realm=" DIR "/../../../../etc/x.key",
		"Basic realm=" DIR "/./x.key", "Basic realm=" DIR "//x.key",
		"Basic realm=" DIR "/sub/x.key", "Basic realm=" DIR "x.key",
		"Basic realm=" DIR "-x.key", "Basic realm=" DIR "/x.txt",
		"Basic realm=" DIR "/.key", "Basic realm=" DIR "/x.key ",
		"Basic realm=\"" DIR "/x.key\"",
		"Basic realm=" DIR "/x.key, charset=UTF-8",
		"Basic realm=" DIR "/x.KEY", "Basic realm=" DIR "/x\n.key",
		"Basic realm=" DIR "/\xc3\xa9.key", "Basic realm=/x.key",
		" Basic realm=" DIR "/x.key" };
	char path[ARC_PATH_MAX], name[2 * ARC_PATH_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(challenges) / sizeof(challenges[0]); i++)
		if (arc_path(challenges[i], DIR, path) != -1)
			fail_msg("%s", challenges[i]);
	(void)snprintf(name, sizeof(name), "Basic realm=" DIR "/%0*d.key",
	    (int)ARC_PATH_MAX, 0);
	assert_int_equal(arc_path(name, DIR, path), -1);
}

/* A file in a directory, both to be removed. */
struct fixture {
	char dir[32], path[64];
	enum token_failure failure;
	char error[TOKEN_ERROR_MAX];
	char key[ARC_KEY_MAX + 1];
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/walship-arc-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof(f->path), "%s/x.key", f->dir);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	(void)unlink(f->path);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

/* Have ${len} bytes ${text} be in the file. */
static void
fill(struct fixture *f, const char *text, size_t len)
{
	FILE *file = fopen(f->path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static int
read_key(struct fixture *f)
{
	return arc_read(f->path, f->key, &f->failure, f->error);
}

/* That it is refused for ${failure}, in words that hold ${words}. */
static void
expect_failure(struct fixture *f, enum token_failure failure, const char *words)
{
	assert_int_equal(read_key(f), -1);
	assert_int_equal(f->failure, failure);
	if (strstr(f->error, words) == NULL)
		fail_msg("%s", f->error);
	assert_non_null(strstr(f->error, f->path));
	assert_string_equal(f->key, "");
}

static void
a_key_is_what_is_in_the_file(void **state)
{
	struct fixture *f = *state;

	fill(f, "abc=\r\n", 6);
	assert_int_equal(read_key(f), 0);
	assert_string_equal(f->key, "abc=");
}

static void
a_key_has_4096_bytes_at_most(void **state)
{
	struct fixture *f = *state;
	char text[5000];

	memset(text, 'k', sizeof(text));
	fill(f, text, sizeof(text));
	expect_failure(f, TOKEN_FILE, "longer than 4096 bytes");
	fill(f, text, ARC_KEY_MAX + 1);
	expect_failure(f, TOKEN_FILE, "longer than 4096 bytes");
	fill(f, text, ARC_KEY_MAX);
	assert_int_equal(read_key(f), 0);
	assert_int_equal(strlen(f->key), ARC_KEY_MAX);
}

static void
a_key_is_one_line_of_text(void **state)
{
	struct fixture *f = *state;

	fill(f, "a\r\nX: y", 7);
	expect_failure(f, TOKEN_FILE, "not one line");
	fill(f, "a\0b", 3);
	expect_failure(f, TOKEN_FILE, "not one line");
	fill(f, " \n", 2);
	expect_failure(f, TOKEN_FILE, "empty");
	fill(f, "", 0);
	expect_failure(f, TOKEN_FILE, "empty");
}

static void
a_link_is_not_followed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(symlink("/etc/hostname", f->path), 0);
	expect_failure(f, TOKEN_FILE, "symbolic link");
}

static void
a_fifo_or_directory_is_no_key(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkfifo(f->path, 0600), 0);
	expect_failure(f, TOKEN_FILE, "not a regular file");
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(mkdir(f->path, 0700), 0);
	expect_failure(f, TOKEN_FILE, "not a regular file");
	assert_int_equal(rmdir(f->path), 0);
}

static void
a_file_that_is_gone_is_named(void **state)
{
	expect_failure(*state, TOKEN_FILE, "No such file");
}

static void
a_user_outside_of_the_group_is_told(void **state)
{
	struct fixture *f = *state;
	uid_t before = geteuid();

	if (before != 0)
		skip(); /* Only root can be somebody else. */
	fill(f, "abc", 3);
	assert_int_equal(chmod(f->dir, 0700), 0);
	assert_int_equal(seteuid(65534), 0);
	expect_failure(f, TOKEN_PERMISSION,
	    "uid 65534 is not in the group "
	    "himds; run usermod -aG himds");
	assert_int_equal(seteuid(before), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_of_a_challenge_is_found),
		cmocka_unit_test(no_other_file_is_found),
		TEST(a_key_is_what_is_in_the_file),
		TEST(a_key_has_4096_bytes_at_most),
		TEST(a_key_is_one_line_of_text),
		TEST(a_link_is_not_followed),
		TEST(a_fifo_or_directory_is_no_key),
		TEST(a_file_that_is_gone_is_named),
		TEST(a_user_outside_of_the_group_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
