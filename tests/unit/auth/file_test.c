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

#include "agent/auth/file.h"

/* A file of ${len} bytes, already without a name. */
static int
make_file(size_t len)
{
	char path[] = "/tmp/walship-file-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	while (len-- > 0)
		assert_int_equal(pwrite(fd, "x", 1, (off_t)len), 1);
	return fd;
}

static void
what_is_within_the_bound_is_read_whole(void **state)
{
	char data[11], error[FILE_ERROR_MAX];
	size_t len;
	int fd;

	(void)state;
	for (len = 0; len <= 10; len += 5) {
		fd = make_file(len);
		assert_int_equal(file_read(fd, "it", data, 10, error), len);
		(void)close(fd);
	}
}

static void
what_is_longer_is_refused(void **state)
{
	char data[11], error[FILE_ERROR_MAX];
	int fd = make_file(11);

	(void)state;
	assert_int_equal(file_read(fd, "it", data, 10, error), -1);
	assert_string_equal(error,
	    "it: is longer than 10 bytes; name the file that holds the secret "
	    "alone");
	(void)close(fd);
}

static void
what_cannot_be_read_is_named(void **state)
{
	char data[11], error[FILE_ERROR_MAX];
	struct stat st;

	(void)state;
	assert_int_equal(file_open("/nowhere/it", &st, error), -1);
	assert_non_null(strstr(error, "/nowhere/it: No such file"));
	assert_int_equal(file_open("/tmp", &st, error), -1);
	assert_string_equal(error, "/tmp: is not a regular file; name one");
	assert_int_equal(file_open("/dev/null", &st, error), -1);
	assert_int_equal(file_read(-1, "it", data, 10, error), -1);
	assert_non_null(strstr(error, "it: Bad file"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_within_the_bound_is_read_whole),
		cmocka_unit_test(what_is_longer_is_refused),
		cmocka_unit_test(what_cannot_be_read_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
