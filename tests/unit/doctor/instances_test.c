/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/doctor/instances.h"
#include "tests/unit/prometheus/tree.h"

static struct tree tree;
static struct instances instances;

static int
setup(void **state)
{
	(void)state;
	tree_open(&tree);
	tree_write(&tree, "usual.yml", "", 0);
	tree_write(&tree, "other.yml", "", 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	instances_release(&instances);
	tree_close(&tree);
	return 0;
}

static void
add(unsigned int pid, const char *args, size_t len)
{
	static const char status[] =
	    "Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n"
	    "Groups:\t6 9 11 \nNStgid:\t1\n";
	char name[64];

	(void)snprintf(name, sizeof(name), "proc/%u", pid);
	tree_mkdir(&tree, name);
	(void)snprintf(name, sizeof(name), "proc/%u/cmdline", pid);
	tree_write(&tree, name, args, len);
	(void)snprintf(name, sizeof(name), "proc/%u/status", pid);
	tree_write(&tree, name, status, strlen(status));
	(void)snprintf(name, sizeof(name), "proc/%u/root", pid);
	tree_link(&tree, name, "/");
	(void)snprintf(name, sizeof(name), "proc/%u/cwd", pid);
	tree_link(&tree, name, tree.path);
}

#define ADD(pid, args) add(pid, args, sizeof(args))

static void
read_all(void)
{
	assert_int_equal(instances_read(&instances, tree.proc,
			     tree_path(&tree, "usual.yml")),
	    0);
}

static void
test_finds_what_runs_and_its_configuration(void **state)
{
	(void)state;
	ADD(1, "/usr/bin/walship\0run");
	ADD(2, "walship\0run\0-c\0other.yml");
	ADD(3, "walship\0run\0--config=other.yml");
	ADD(4, "walship\0run\0--config\0other.yml");
	ADD(5, "walship\0run\0-cother.yml");
	ADD(6, "walship\0dump\0x");
	ADD(7, "walship");
	ADD(8, "/usr/bin/notwalship\0run");
	ADD(9, "walship\0run\0-c");
	add(10, "", 0);
	read_all();
	assert_int_equal(instances.len, 6);
	assert_string_equal(
	    instances_at(&instances, 1)->config, tree_path(&tree, "usual.yml"));
	assert_string_equal(
	    instances_at(&instances, 2)->config, tree_path(&tree, "other.yml"));
	assert_string_equal(
	    instances_at(&instances, 3)->config, tree_path(&tree, "other.yml"));
	assert_string_equal(
	    instances_at(&instances, 4)->config, tree_path(&tree, "other.yml"));
	assert_string_equal(
	    instances_at(&instances, 5)->config, tree_path(&tree, "other.yml"));
	assert_null(instances_at(&instances, 6));
	assert_string_equal(
	    instances_at(&instances, 9)->config, tree_path(&tree, "usual.yml"));
}

static void
test_a_configuration_is_known_by_its_file(void **state)
{
	(void)state;
	ADD(2, "walship\0run\0-c\0other.yml");
	ADD(3, "walship\0run\0-c\0none.yml");
	tree_link(&tree, "link.yml", "other.yml");
	read_all();
	assert_int_equal(instances_with(&instances,
			     tree_path(&tree, "link.yml"), INSTANCES_ANYBODY)
			     ->pid,
	    2);
	assert_null(instances_with(
	    &instances, tree_path(&tree, "usual.yml"), INSTANCES_ANYBODY));
	assert_null(instances_with(
	    &instances, tree_path(&tree, "none.yml"), INSTANCES_ANYBODY));
}

static void
test_who_it_works_as_can_be_asked_for(void **state)
{
	const char *path;

	(void)state;
	ADD(2, "walship\0run\0-c\0other.yml");
	read_all();
	path = tree_path(&tree, "other.yml");
	/* As the status says. */
	assert_int_equal(instances_with(&instances, path, 2)->pid, 2);
	assert_null(instances_with(&instances, path, 0));
}

static void
test_no_more_than_the_bound_are_kept(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 1; i <= INSTANCES_MAX + 5; i++)
		ADD(i, "walship\0run");
	read_all();
	assert_int_equal(instances.len, INSTANCES_MAX);
}

static void
test_tells_as_whom_one_works(void **state)
{
	struct instance_rights rights;

	(void)state;
	ADD(2, "walship\0run");
	assert_int_equal(instances_rights(tree.proc, 2, &rights), 0);
	assert_int_equal(rights.user, 2);
	assert_int_equal(rights.group, 6);
	assert_int_equal(rights.groups_len, 3);
	assert_int_equal(rights.groups[0], 6);
	assert_int_equal(rights.groups[2], 11);
	assert_int_equal(instances_rights(tree.proc, 3, &rights), -1);
	tree_write(&tree, "proc/2/status", "Uid:\n", 5);
	assert_int_equal(instances_rights(tree.proc, 2, &rights), -1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_finds_what_runs_and_its_configuration),
		TEST(test_a_configuration_is_known_by_its_file),
		TEST(test_who_it_works_as_can_be_asked_for),
		TEST(test_no_more_than_the_bound_are_kept),
		TEST(test_tells_as_whom_one_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
