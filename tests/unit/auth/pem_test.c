/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/auth/pem.h"

static void
a_file_keeps_its_name(void **state)
{
	struct config_secret config = { .file = (char[]){ "/a.pem" } };
	struct pem pem;

	(void)state;
	assert_int_equal(pem_open(&pem, &config), 0);
	assert_string_equal(pem.path, "/a.pem");
	assert_int_equal(pem.fd, -1);
	pem_close(&pem);
}

static void
nothing_has_no_name(void **state)
{
	struct config_secret config = { 0 };
	struct pem pem;

	(void)state;
	assert_int_equal(pem_open(&pem, &config), 0);
	assert_null(pem.path);
	pem_close(&pem);
	pem_close(&pem);
}

static void
text_can_be_read_by_a_name_until_it_is_closed(void **state)
{
	char *text = calloc(1, 300001), *read;
	struct config_secret config = { .text = text };
	struct pem pem;
	FILE *file;
	unsigned int i;
	char *path;

	(void)state;
	read = calloc(1, 300001);
	assert_true(text != NULL && read != NULL);
	memset(text, 'x', 300000);
	assert_int_equal(pem_open(&pem, &config), 0);
	/* As often as there are connections. */
	for (i = 0; i < 2; i++) {
		file = fopen(pem.path, "r");
		assert_non_null(file);
		assert_int_equal(fread(read, 1, 300001, file), 300000);
		assert_string_equal(read, text);
		(void)fclose(file);
	}
	path = strdup(pem.path);
	assert_non_null(path);
	pem_close(&pem);
	assert_int_equal(access(path, F_OK), -1);
	free(path);
	free(text);
	free(read);
}

/* Though the descriptor is, and so would the plainest name be. */
static void
no_name_is_used_twice(void **state)
{
	struct config_secret config = { .text = (char[]){ "text" } };
	char *names[40];
	struct pem pem;
	unsigned int i, j;

	(void)state;
	for (i = 0; i < 40; i++) {
		assert_int_equal(pem_open(&pem, &config), 0);
		assert_int_equal(access(pem.path, R_OK), 0);
		names[i] = strdup(pem.path);
		assert_non_null(names[i]);
		pem_close(&pem);
		for (j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
	}
	while (i-- > 0)
		free(names[i]);
}

static void
put(const char *path, const char *text)
{
	FILE *file = fopen("pem_test.new", "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(rename("pem_test.new", path), 0);
}

/* What the file ${path} begins with. */
static char
first_of(const char *path)
{
	FILE *file = fopen(path, "r");
	int c;

	assert_non_null(file);
	c = fgetc(file);
	(void)fclose(file);
	return (char)c;
}

static void
a_file_that_changes_gets_another_name(void **state)
{
	struct config_secret config = { .file = (char[]){ "pem_test.pem" } };
	uint64_t now = 1000 * CLOCK_SEC;
	char *before;
	struct pem pem;

	(void)state;
	(void)unlink(config.file);
	assert_int_equal(pem_open(&pem, &config), 0);
	assert_string_equal(pem_name(&pem, now), "pem_test.pem");
	/* It is looked at now and then, not at each turn. */
	put(config.file, "a");
	now += PEM_LOOK_EVERY - 1;
	assert_string_equal(pem_name(&pem, now), "pem_test.pem");
	now += 1;
	before = strdup(pem_name(&pem, now));
	assert_string_not_equal(before, "pem_test.pem");
	assert_int_equal(first_of(before), 'a');
	now += PEM_LOOK_EVERY;
	assert_string_equal(pem_name(&pem, now), before);
	/* One that is gone is as it was. */
	assert_int_equal(unlink(config.file), 0);
	now += PEM_LOOK_EVERY;
	assert_string_equal(pem_name(&pem, now), before);
	put(config.file, "b");
	now += PEM_LOOK_EVERY;
	assert_string_not_equal(pem_name(&pem, now), before);
	assert_int_equal(first_of(pem.path), 'b');
	pem_close(&pem);
	free(before);
	(void)unlink(config.file);
}

static void
its_name_begins_in_its_folder(void **state)
{
	char path[] = "/tmp/pem_test.XXXXXX", *slash;
	struct config_secret config = { .file = path };
	struct pem pem;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(pem_open(&pem, &config), 0);
	assert_int_equal(truncate(path, 7), 0);
	assert_non_null(pem_name(&pem, PEM_LOOK_EVERY));
	assert_int_equal(strncmp(pem.path, "/tmp/", 5), 0);
	assert_non_null(slash = strrchr(pem.path, '/'));
	assert_string_equal(slash, strrchr(path, '/'));
	assert_string_not_equal(pem.path, path);
	assert_int_equal(access(pem.path, R_OK), 0);
	pem_close(&pem);
	(void)unlink(path);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_keeps_its_name),
		cmocka_unit_test(nothing_has_no_name),
		cmocka_unit_test(text_can_be_read_by_a_name_until_it_is_closed),
		cmocka_unit_test(no_name_is_used_twice),
		cmocka_unit_test(a_file_that_changes_gets_another_name),
		cmocka_unit_test(its_name_begins_in_its_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
