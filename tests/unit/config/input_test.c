/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/config/input.h"

#define CEILING 10000u /* Bytes of a file. */

/* Write a file of ${len} bytes, and read it; how many came. */
static size_t
read_back(size_t len)
{
	char path[] = "/tmp/walship-file-XXXXXX", byte;
	struct buf text, faults;
	size_t i, came;
	int fd = mkstemp(path);

	assert_int_not_equal(fd, -1);
	for (i = 0; i < len; i++) {
		byte = (char)('a' + i % 26);
		assert_int_equal(write(fd, &byte, 1), 1);
	}
	assert_int_equal(close(fd), 0);
	buf_init(&text, CEILING + INPUT_BLOCK);
	buf_init(&faults, CEILING);
	assert_int_equal(input_read(path, "", &text, &faults), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(faults.len, 0);
	for (i = 0; i < text.len; i++)
		assert_int_equal(text.data[i], 'a' + i % 26);
	came = text.len;
	buf_release(&text);
	buf_release(&faults);
	return came;
}

static void
all_of_a_file_is_read(void **state)
{
	(void)state;
	assert_int_equal(read_back(0), 0);
	assert_int_equal(read_back(1), 1);
	assert_int_equal(read_back(INPUT_BLOCK), INPUT_BLOCK);
	assert_int_equal(read_back(CEILING), CEILING);
}

static void
of_one_too_large_as_much_as_shows_it(void **state)
{
	(void)state;
	assert_in_range(
	    read_back(CEILING + 1), CEILING + 1, CEILING + INPUT_BLOCK);
	assert_in_range(
	    read_back(4 * CEILING), CEILING + 1, CEILING + INPUT_BLOCK);
}

static void
what_cannot_be_read_is_told_with_what_to_do(void **state)
{
	struct buf text, faults;

	(void)state;
	buf_init(&text, CEILING + INPUT_BLOCK);
	buf_init(&faults, CEILING);
	assert_int_equal(
	    input_read("/nowhere/at/all", "write one", &text, &faults), -1);
	assert_int_equal(input_read("/tmp", "write one", &text, &faults), -1);
	assert_string_equal(buf_text(&faults),
	    "/nowhere/at/all: cannot be read: No such file or directory; "
	    "write one\n"
	    "/tmp: not a regular file; write one\n");
	buf_release(&text);
	buf_release(&faults);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_a_file_is_read),
		cmocka_unit_test(of_one_too_large_as_much_as_shows_it),
		cmocka_unit_test(what_cannot_be_read_is_told_with_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
