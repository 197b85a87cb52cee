/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "agent/prometheus/sight.h"
#include "tests/unit/prometheus/tree.h"

static struct tree tree;
static struct sight_fault fault;

static int
setup(void **state)
{
	(void)state;
	fault = (struct sight_fault){ 0 };
	tree_open(&tree);
	tree_mkdir(&tree, "data/wal");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tree_close(&tree);
	return 0;
}

static int
look(const char *name)
{
	char wal[128];

	(void)snprintf(wal, sizeof(wal), "%s/wal", tree_path(&tree, name));
	return sight_check(tree_path(&tree, name), wal, &fault);
}

/* Look as a user who is nobody's friend. */
static int
look_as_nobody(const char *name)
{
	int result, error;

	assert_int_equal(seteuid(65534), 0);
	result = look(name);
	error = seteuid(0);
	assert_int_equal(error, 0);
	return result;
}

static void
test_a_log_can_be_read(void **state)
{
	(void)state;
	assert_int_equal(look("data"), 0);
	tree_write(&tree, "data/wal/00000001", "", 0);
	assert_int_equal(look("data"), 0);
}

static void
test_there_need_not_be_a_log_yet(void **state)
{
	(void)state;
	assert_int_equal(rmdir(tree_path(&tree, "data/wal")), 0);
	assert_int_equal(look("data"), 0);
}

static void
test_there_must_be_a_directory(void **state)
{
	(void)state;
	assert_int_equal(look("none"), -1);
	assert_int_equal(fault.error, ENOENT);
	assert_string_equal(fault.path, tree_path(&tree, "none"));
	assert_non_null(strstr(fault.advice, "--storage.tsdb.path"));
	tree_write(&tree, "file", "", 0);
	assert_int_equal(look("file"), -1);
	assert_int_equal(fault.error, ENOTDIR);
	assert_non_null(strstr(fault.advice, "holds Prometheus's data"));
}

static void
test_it_must_be_for_us(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(tree.path, 0755), 0);
	tree_write(&tree, "data/wal/00000001", "", 0);
	assert_int_equal(look_as_nobody("data"), 0);
	assert_int_equal(chmod(tree_path(&tree, "data/wal/00000001"), 0600), 0);
	assert_int_equal(look_as_nobody("data"), -1);
	assert_string_equal(fault.path, tree_path(&tree, "data/wal/00000001"));
	assert_int_equal(chmod(tree_path(&tree, "data/wal"), 0700), 0);
	assert_int_equal(look_as_nobody("data"), -1);
	assert_string_equal(fault.path, tree_path(&tree, "data/wal"));
	assert_int_equal(chmod(tree_path(&tree, "data"), 0700), 0);
	assert_int_equal(look_as_nobody("data"), -1);
	assert_string_equal(fault.path, tree_path(&tree, "data"));
	assert_int_equal(fault.error, EACCES);
	assert_non_null(strstr(fault.advice, "the right to read it"));
}

static void
test_names_who_we_are(void **state)
{
	char user[SIGHT_USER_MAX];

	(void)state;
	if (geteuid() != 0)
		skip();
	sight_user(user);
	assert_string_equal(user, "root");
	assert_int_equal(seteuid(61234), 0);
	sight_user(user);
	assert_int_equal(seteuid(0), 0);
	assert_string_equal(user, "61234");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_log_can_be_read),
		TEST(test_there_need_not_be_a_log_yet),
		TEST(test_there_must_be_a_directory),
		TEST(test_it_must_be_for_us),
		TEST(test_names_who_we_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
