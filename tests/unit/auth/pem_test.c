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

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_keeps_its_name),
		cmocka_unit_test(nothing_has_no_name),
		cmocka_unit_test(text_can_be_read_by_a_name_until_it_is_closed),
		cmocka_unit_test(no_name_is_used_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
