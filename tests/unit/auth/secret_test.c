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

#include "agent/auth/secret.h"

#define NOW (1000 * CLOCK_SEC)

/* A secret in a file of a directory of its own. */
struct fixture {
	char directory[64];
	char path[80];
	struct config_secret config;
	struct secret secret;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->directory, "/tmp/walship-secret-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	(void)snprintf(f->path, sizeof(f->path), "%s/it", f->directory);
	f->config.file = f->path;
	secret_init(&f->secret, &f->config);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	secret_release(&f->secret);
	(void)unlink(f->path);
	(void)rmdir(f->path);
	(void)rmdir(f->directory);
	free(f);
	return 0;
}

/* Put another file in place of what is there. */
static void
put(struct fixture *f, const void *data, size_t len)
{
	char path[96];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s.new", f->path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(rename(path, f->path), 0);
}

static void
assert_error(struct fixture *f, uint64_t now, const char *want)
{
	assert_null(secret_get(&f->secret, now));
	assert_non_null(strstr(f->secret.error, f->path));
	assert_non_null(strstr(f->secret.error, want));
}

static void
what_is_given_is_as_it_is(void **state)
{
	struct config_secret config = { .text = (char[]){ " it " } };
	struct secret secret;

	(void)state;
	secret_init(&secret, &config);
	assert_string_equal(secret_get(&secret, NOW), " it ");
	config.text = NULL;
	assert_string_equal(secret_get(&secret, NOW), "");
	secret_release(&secret);
}

static void
space_around_what_a_file_holds_does_not_count(void **state)
{
	struct fixture *f = *state;

	put(f, "\t it is \r\n\n", 10);
	assert_string_equal(secret_get(&f->secret, NOW), "it is");
}

static void
a_file_that_changed_is_read_anew_but_not_at_every_turn(void **state)
{
	struct fixture *f = *state;

	put(f, "one", 3);
	assert_string_equal(secret_get(&f->secret, NOW), "one");
	put(f, "two", 3);
	assert_string_equal(
	    secret_get(&f->secret, NOW + SECRET_LOOK_EVERY - 1), "one");
	assert_string_equal(
	    secret_get(&f->secret, NOW + SECRET_LOOK_EVERY), "two");
}

/* Written in place with the same length and time, as some tools do. */
static void
what_was_refused_is_read_anew_though_it_looks_the_same(void **state)
{
	struct fixture *f = *state;

	put(f, "one", 3);
	assert_string_equal(secret_get(&f->secret, NOW), "one");
	put(f, "two", 3);
	secret_refused(&f->secret);
	assert_string_equal(secret_get(&f->secret, NOW), "two");
	/* And that is believed again. */
	put(f, "six", 3);
	assert_string_equal(secret_get(&f->secret, NOW + 1), "two");
}

static void
a_file_that_cannot_be_had_is_an_error_until_it_can(void **state)
{
	struct fixture *f = *state;

	assert_error(f, NOW, "No such file or directory; let walship's user");
	put(f, "one", 3);
	assert_string_equal(secret_get(&f->secret, NOW), "one");
	assert_int_equal(unlink(f->path), 0);
	assert_error(f, NOW + CLOCK_SEC, "No such file or directory");
	put(f, "two", 3);
	assert_string_equal(secret_get(&f->secret, NOW + CLOCK_SEC), "two");
}

static void
what_is_no_secret_is_refused(void **state)
{
	static char large[SECRET_MAX + 1];
	struct fixture *f = *state;

	put(f, " \n", 2);
	assert_error(f, NOW, "is empty; write the secret into it");
	put(f, "a\nb", 3);
	assert_error(f, NOW, "holds a line break or control character");
	put(f, "a\0b", 3);
	assert_error(f, NOW, "holds a NUL");
	memset(large, 'x', sizeof(large));
	put(f, large, sizeof(large));
	assert_error(f, NOW, "is longer than 65536 bytes");
	put(f, large, sizeof(large) - 1);
	assert_int_equal(strlen(secret_get(&f->secret, NOW)), SECRET_MAX);
}

static void
what_is_no_file_is_refused_and_not_waited_for(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_error(f, NOW, "is not a regular file");
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_error(f, NOW, "is not a regular file");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_given_is_as_it_is),
		TEST(space_around_what_a_file_holds_does_not_count),
		TEST(a_file_that_changed_is_read_anew_but_not_at_every_turn),
		TEST(what_was_refused_is_read_anew_though_it_looks_the_same),
		TEST(a_file_that_cannot_be_had_is_an_error_until_it_can),
		TEST(what_is_no_secret_is_refused),
		TEST(what_is_no_file_is_refused_and_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
