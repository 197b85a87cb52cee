/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/base/look.h"

static void
put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
a_file_looks_otherwise_when_it_has_changed(void **state)
{
	char dir[] = "/tmp/look.XXXXXX", path[64], other[64];
	struct look none = { 0 }, first, now;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/file", dir);
	(void)snprintf(other, sizeof(other), "%s/other", dir);
	now = look_at(path);
	assert_true(look_same(&now, &none));
	put(path, "one");
	first = now = look_at(path);
	assert_false(look_same(&now, &none));
	now = look_at(path);
	assert_true(look_same(&now, &first));
	put(other, "two");
	assert_int_equal(rename(other, path), 0);
	now = look_at(path);
	assert_false(look_same(&now, &first));
	first = now;
	put(path, "three");
	now = look_at(path);
	assert_false(look_same(&now, &first));
	assert_int_equal(unlink(path), 0);
	now = look_at(path);
	assert_true(look_same(&now, &none));
	assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_looks_otherwise_when_it_has_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
