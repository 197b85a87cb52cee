/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/prometheus/opened.h"
#include "tests/unit/prometheus/tree.h"

static struct tree tree;

static int
setup(void **state)
{
	(void)state;
	tree_open(&tree);
	tree_mkdir(&tree, "proc/7/fd");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tree_close(&tree);
	return 0;
}

/* What is found of the process. */
static bool
find(char ret[PATH_MAX])
{
	int dir = open(tree_path(&tree, "proc/7"), O_RDONLY | O_CLOEXEC);
	bool found;

	assert_int_not_equal(dir, -1);
	found = opened_data_dir(dir, ret);
	assert_int_equal(close(dir), 0);
	return found;
}

static void
test_a_segment_says_where_the_data_are(void **state)
{
	char path[PATH_MAX];

	(void)state;
	tree_link(&tree, "proc/7/fd/1", "socket:[12]");
	tree_link(&tree, "proc/7/fd/2", "/data/prom/queries.active");
	tree_link(&tree, "proc/7/fd/3", "/data/prom/wal/00000017");
	assert_true(find(path));
	assert_string_equal(path, "/data/prom");
}

static void
test_what_is_no_segment_says_nothing(void **state)
{
	static const char *const others[] = { "/data/prom/wal/", "/wal/1",
		"/data/prom/wal/00000017 (deleted)", "/data/prom/wal", "wal/1",
		"/data/prom/chunks_head/000001", "/data/walx/1", "/data/wal/1x",
		"/1", "/", "al/1" };
	char path[PATH_MAX], name[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(*others); i++) {
		(void)snprintf(name, sizeof(name), "proc/7/fd/%zu", i);
		tree_link(&tree, name, others[i]);
	}
	assert_false(find(path));
}

static void
test_one_that_we_may_not_look_at_says_nothing(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_int_equal(rmdir(tree_path(&tree, "proc/7/fd")), 0);
	assert_false(find(path));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_segment_says_where_the_data_are),
		TEST(test_what_is_no_segment_says_nothing),
		TEST(test_one_that_we_may_not_look_at_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
