/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/base/stamp.h"

static void
each_part_tells_files_apart(void **state)
{
	static const struct stat sts[] = {
		{ .st_dev = 1 }, { .st_ino = 1 }, { .st_size = 1 },
		{ .st_mtim = { 1, 0 } }, { .st_mtim = { 0, 1 } },
		{ .st_ctim = { 1, 0 } }, { .st_ctim = { 0, 1 } },
		{ .st_mode = 1 }, /* Not this one. */
	};
	struct stamp none = stamp_of(&(struct stat){ 0 }), some;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sts) / sizeof(sts[0]); i++) {
		some = stamp_of(&sts[i]);
		assert_true(stamp_same(&some, &some));
		assert_int_equal(stamp_same(&some, &none), i == 7);
	}
}

static void
put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
a_file_has_another_when_it_has_changed(void **state)
{
	char dir[] = "/tmp/stamp.XXXXXX", path[64], other[64];
	struct stamp none = { 0 }, first, now;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/file", dir);
	(void)snprintf(other, sizeof(other), "%s/other", dir);
	now = stamp_at(path);
	assert_true(stamp_same(&now, &none));
	put(path, "one");
	first = now = stamp_at(path);
	assert_false(stamp_same(&now, &none));
	now = stamp_at(path);
	assert_true(stamp_same(&now, &first));
	put(other, "two");
	assert_int_equal(rename(other, path), 0);
	now = stamp_at(path);
	assert_false(stamp_same(&now, &first));
	first = now;
	put(path, "three");
	now = stamp_at(path);
	assert_false(stamp_same(&now, &first));
	assert_int_equal(unlink(path), 0);
	now = stamp_at(path);
	assert_true(stamp_same(&now, &none));
	assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_part_tells_files_apart),
		cmocka_unit_test(a_file_has_another_when_it_has_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
