/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/prometheus/reach.h"
#include "tests/unit/prometheus/apart.h"
#include "tests/unit/prometheus/tree.h"

static struct tree tree;
static struct reach reach;

static int
setup(void **state)
{
	(void)state;
	tree_open(&tree);
	tree_mkdir(&tree, "proc/7");
	tree_mkdir(&tree, "work/data");
	tree_mkdir(&tree, "jail/prometheus");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	reach_release(&reach);
	tree_close(&tree);
	return 0;
}

static void
find(const char *given)
{
	reach_release(&reach);
	assert_int_equal(reach_find(tree.proc, "7", given, &reach), 0);
}

static void
test_a_relative_path_begins_where_the_process_is(void **state)
{
	(void)state;
	tree_link(&tree, "proc/7/cwd", tree_path(&tree, "work"));
	tree_link(&tree, "proc/7/root", "/");
	find(".//data/./");
	assert_string_equal(reach.inside, tree_path(&tree, "work/data"));
	assert_string_equal(reach.path, tree_path(&tree, "work/data"));
	assert_false(reach.passing);
	assert_false(reach.unsure);
}

static void
test_what_is_not_there_has_no_path(void **state)
{
	(void)state;
	tree_link(&tree, "proc/7/root", "/");
	find(tree_path(&tree, "work/none"));
	assert_string_equal(reach.inside, tree_path(&tree, "work/none"));
	assert_null(reach.path);
	assert_false(reach.unsure);
}

static void
test_a_relative_path_of_one_we_may_not_look_at_is_not_known(void **state)
{
	(void)state;
	find("data/");
	assert_null(reach.inside);
	assert_null(reach.path);
}

static void
test_an_absolute_one_is_taken_as_it_is_called(void **state)
{
	(void)state;
	find("/some/where/");
	assert_string_equal(reach.inside, "/some/where");
	assert_string_equal(reach.path, "/some/where");
	assert_true(reach.unsure);
}

static void
test_another_root_is_seen_through(void **state)
{
	(void)state;
	tree_link(&tree, "proc/7/cwd", tree_path(&tree, "jail/prometheus"));
	tree_link(&tree, "proc/7/root", tree_path(&tree, "jail"));
	find("/prometheus");
	assert_string_equal(reach.inside, "/prometheus");
	assert_string_equal(reach.path, tree_path(&tree, "jail/prometheus"));
	find(".");
	assert_string_equal(reach.inside, "/prometheus");
	assert_string_equal(reach.path, tree_path(&tree, "jail/prometheus"));
}

static void
test_a_link_does_not_lead_out_of_that_root(void **state)
{
	(void)state;
	tree_link(&tree, "proc/7/root", tree_path(&tree, "jail"));
	tree_link(&tree, "jail/link", "/prometheus");
	tree_link(&tree, "jail/out", "/../../../../etc");
	find("/link");
	assert_string_equal(reach.path, tree_path(&tree, "jail/prometheus"));
	find("/out");
	assert_null(reach.path);
}

static void
find_apart(pid_t child, const char *given)
{
	char pid[16];

	(void)snprintf(pid, sizeof(pid), "%d", (int)child);
	reach_release(&reach);
	assert_int_equal(reach_find("/proc", pid, given, &reach), 0);
	apart_end(child);
}

static int
bind_volume(void)
{
	return mount(tree_path(&tree, "work"), tree_path(&tree, "jail"), NULL,
	    MS_BIND, NULL);
}

static int
mount_memory(void)
{
	return mount("tmpfs", tree_path(&tree, "jail"), "tmpfs", 0, NULL);
}

static void
test_a_volume_is_found_by_the_mounts(void **state)
{
	pid_t child = apart_live(bind_volume);

	(void)state;
	if (child == -1)
		skip();
	find_apart(child, tree_path(&tree, "jail/data"));
	assert_string_equal(reach.inside, tree_path(&tree, "jail/data"));
	assert_string_equal(reach.path, tree_path(&tree, "work/data"));
	assert_false(reach.passing);
}

static void
test_what_only_it_has_mounted_is_reached_by_proc(void **state)
{
	pid_t child = apart_live(mount_memory);
	char expected[128];

	(void)state;
	if (child == -1)
		skip();
	(void)snprintf(expected, sizeof(expected), "/proc/%d/root%s",
	    (int)child, tree_path(&tree, "jail"));
	find_apart(child, tree_path(&tree, "jail"));
	assert_string_equal(reach.path, expected);
	assert_true(reach.passing);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_relative_path_begins_where_the_process_is),
		TEST(test_what_is_not_there_has_no_path),
		TEST(
		    test_a_relative_path_of_one_we_may_not_look_at_is_not_known),
		TEST(test_an_absolute_one_is_taken_as_it_is_called),
		TEST(test_another_root_is_seen_through),
		TEST(test_a_link_does_not_lead_out_of_that_root),
		TEST(test_a_volume_is_found_by_the_mounts),
		TEST(test_what_only_it_has_mounted_is_reached_by_proc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
