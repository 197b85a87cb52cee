/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "agent/prometheus/contents.h"
#include "tests/unit/prometheus/tree.h"

static void
test_reads_all_of_it(void **state)
{
	struct tree tree;
	struct buf out;
	char data[40000];

	(void)state;
	memset(data, 'x', sizeof(data));
	tree_open(&tree);
	tree_write(&tree, "file", data, sizeof(data));
	buf_init(&out, 1 << 20);
	assert_int_equal(
	    contents_read(AT_FDCWD, tree_path(&tree, "file"), &out), 0);
	assert_int_equal(out.len, sizeof(data));
	assert_memory_equal(out.data, data, sizeof(data));
	buf_release(&out);
	tree_close(&tree);
}

static void
test_no_more_than_there_is_room_for(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	/* It has no end. */
	assert_int_equal(contents_read(AT_FDCWD, "/dev/zero", &out), 0);
	assert_int_equal(out.len, 99);
	assert_false(out.bad);
	assert_string_equal(buf_text(&out), "");
	buf_release(&out);
}

static void
test_says_why_not(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	assert_int_equal(contents_read(AT_FDCWD, "/no/such/file", &out), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(contents_read(AT_FDCWD, "/", &out), -1);
	assert_int_equal(errno, EISDIR);
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_all_of_it),
		cmocka_unit_test(test_no_more_than_there_is_room_for),
		cmocka_unit_test(test_says_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
