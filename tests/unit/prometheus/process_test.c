/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <unistd.h>

#include "agent/prometheus/process.h"
#include "tests/unit/prometheus/tree.h"

static struct tree tree;
static struct process_list list;

static int
setup(void **state)
{
	(void)state;
	tree_open(&tree);
	tree_mkdir(&tree, "data");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	process_list_release(&list);
	tree_close(&tree);
	return 0;
}

/* Add a process of ${uid}'s, called by the ${len} bytes at ${args}. */
static void
add_of(unsigned int uid, unsigned int pid, const char *args, size_t len)
{
	char name[64], status[64];

	(void)snprintf(name, sizeof(name), "proc/%u/ns", pid);
	tree_mkdir(&tree, name);
	(void)snprintf(name, sizeof(name), "proc/%u/cmdline", pid);
	tree_write(&tree, name, args, len);
	(void)snprintf(
	    status, sizeof(status), "Name:\tx\nUid:\t1\t%u\t0\t0\n", uid);
	(void)snprintf(name, sizeof(name), "proc/%u/status", pid);
	tree_write(&tree, name, status, strlen(status));
	(void)snprintf(name, sizeof(name), "proc/%u/exe", pid);
	tree_link(
	    &tree, name, "/opt/prometheus-3.5.3.linux/prometheus (deleted)");
	(void)snprintf(name, sizeof(name), "proc/%u/root", pid);
	tree_link(&tree, name, "/");
	(void)snprintf(name, sizeof(name), "proc/%u/cwd", pid);
	tree_link(&tree, name, tree.path);
}

/* The same of root's. */
static void
add(unsigned int pid, const char *args, size_t len)
{
	add_of(0, pid, args, len);
}

#define ADD(pid, args) add(pid, args, sizeof(args))

static void
test_says_what_there_is_of_one(void **state)
{
	const struct prometheus_process *found;

	(void)state;
	tree_write(&tree, "prometheus.yml", "", 0);
	ADD(12, "/usr/bin/prometheus\0--web.listen-address=:9099");
	ADD(13, "/usr/bin/prometheus-node-exporter");
	ADD(14, "bash");
	add(15, "", 0);
	assert_int_equal(process_list_read(&list, tree.proc), 0);
	assert_int_equal(list.len, 1);
	found = &list.found[0];
	assert_int_equal(found->pid, 12);
	assert_int_equal(found->uid, 0);
	assert_string_equal(found->user, "root");
	assert_string_equal(
	    found->executable, "/opt/prometheus-3.5.3.linux/prometheus");
	assert_string_equal(found->version, "3.5.3");
	assert_false(found->agent);
	assert_false(found->elsewhere);
	assert_false(found->hidden);
	assert_string_equal(found->listen_address, ":9099");
	assert_string_equal(found->data_dir.path, tree_path(&tree, "data"));
	assert_string_equal(
	    found->config_file.path, tree_path(&tree, "prometheus.yml"));
}

static void
test_the_open_log_says_what_the_arguments_do_not(void **state)
{
	char log[64];

	(void)state;
	tree_mkdir(&tree, "other/wal");
	(void)snprintf(log, sizeof(log), "%s/other/wal/00000001", tree.path);
	ADD(12, "prometheus");
	tree_mkdir(&tree, "proc/12/fd");
	tree_link(&tree, "proc/12/fd/9", log);
	ADD(13, "prometheus\0--storage.tsdb.path=data");
	tree_mkdir(&tree, "proc/13/fd");
	tree_link(&tree, "proc/13/fd/9", log);
	assert_int_equal(process_list_read(&list, tree.proc), 0);
	assert_int_equal(list.len, 2);
	assert_string_equal(
	    list.found[0].data_dir.path, tree_path(&tree, "other"));
	assert_string_equal(
	    list.found[1].data_dir.path, tree_path(&tree, "data"));
}

/* Give the process ${pid} the made-up tree as its root. */
static void
enclose(unsigned int pid)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "proc/%u/root", pid);
	assert_int_equal(unlink(tree_path(&tree, name)), 0);
	tree_link(&tree, name, tree.path);
}

static void
test_debian_has_other_defaults(void **state)
{
	(void)state;
	tree_mkdir(&tree, "var/lib/prometheus/metrics2");
	tree_mkdir(&tree, "var/lib/prometheus/data-agent");
	tree_mkdir(&tree, "etc/prometheus");
	tree_write(&tree, "etc/prometheus/prometheus.yml", "", 0);
	assert_int_equal(rmdir(tree_path(&tree, "data")), 0);
	ADD(4, "prometheus");
	enclose(4);
	ADD(5, "prometheus\0--agent");
	enclose(5);
	ADD(6, "prometheus\0--storage.tsdb.path=data\0--config.file=no.yml");
	enclose(6);
	assert_int_equal(process_list_read(&list, tree.proc), 0);
	assert_int_equal(list.len, 3);
	assert_string_equal(
	    list.found[0].data_dir.inside, "/var/lib/prometheus/metrics2");
	assert_string_equal(list.found[0].config_file.path,
	    tree_path(&tree, "etc/prometheus/prometheus.yml"));
	assert_string_equal(
	    list.found[1].data_dir.inside, "/var/lib/prometheus/data-agent");
	assert_null(list.found[2].data_dir.path);
	assert_null(list.found[2].config_file.path);
}

static void
test_whose_the_log_is_shows_who_is_to_be_believed(void **state)
{
	static const char args[] = "prometheus";
	unsigned int ours = (unsigned int)geteuid();

	(void)state;
	add_of(ours, 20, args, sizeof(args));
	add_of(ours + 1, 21, args, sizeof(args));
	ADD(22, "prometheus");
	/* Without a log there is nothing to be claimed. */
	assert_int_equal(process_list_read(&list, tree.proc), 0);
	assert_int_equal(list.len, 3);
	assert_false(list.found[1].foreign);
	process_list_release(&list);
	tree_mkdir(&tree, "data/wal");
	assert_int_equal(process_list_read(&list, tree.proc), 0);
	assert_false(list.found[0].foreign);
	assert_true(list.found[1].foreign);
	assert_false(list.found[2].foreign);
}

static void
test_several_are_listed_by_their_numbers(void **state)
{
	(void)state;
	ADD(20, "prometheus\0--agent");
	ADD(3, "prometheus");
	ADD(100, "prometheus\0@flags");
	assert_int_equal(process_list_read(&list, tree.proc), 0);
	assert_int_equal(list.len, 3);
	assert_int_equal(list.found[0].pid, 3);
	assert_int_equal(list.found[1].pid, 20);
	assert_true(list.found[1].agent);
	assert_int_equal(list.found[2].pid, 100);
	assert_true(list.found[2].flags_in_a_file);
}

static void
test_one_that_we_may_not_look_at_is_named_as_such(void **state)
{
	(void)state;
	ADD(5, "prometheus\0--storage.tsdb.path=/d");
	assert_int_equal(unlink(tree_path(&tree, "proc/5/root")), 0);
	assert_int_equal(unlink(tree_path(&tree, "proc/5/exe")), 0);
	assert_int_equal(unlink(tree_path(&tree, "proc/5/status")), 0);
	assert_int_equal(process_list_read(&list, tree.proc), 0);
	assert_int_equal(list.len, 1);
	assert_true(list.found[0].hidden);
	assert_string_equal(list.found[0].user, "unknown");
	assert_string_equal(list.found[0].executable, "prometheus");
	assert_true(list.found[0].data_dir.unsure);
}

static void
test_another_root_or_namespace_is_told(void **state)
{
	(void)state;
	ADD(5, "prometheus");
	tree_write(&tree, "proc/5/ns/mnt", "", 0);
	ADD(6, "prometheus");
	assert_int_equal(unlink(tree_path(&tree, "proc/6/root")), 0);
	tree_link(&tree, "proc/6/root", tree.path);
	assert_int_equal(process_list_read(&list, tree.proc), 0);
	assert_int_equal(list.len, 2);
	assert_true(list.found[0].elsewhere);
	assert_true(list.found[1].elsewhere);
}

static void
test_no_more_than_the_bound_are_kept(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 1; i <= PROCESS_FOUND_MAX + 3; i++)
		ADD(i, "prometheus");
	assert_int_equal(process_list_read(&list, tree.proc), 0);
	assert_int_equal(list.len, PROCESS_FOUND_MAX);
	assert_int_equal(list.left_out, 3);
}

static void
test_a_proc_that_is_not_there_fails(void **state)
{
	(void)state;
	assert_int_equal(process_list_read(&list, "/no/proc"), -1);
	assert_int_equal(errno, ENOENT);
}

static void
test_the_real_one_can_be_read(void **state)
{
	(void)state;
	assert_int_equal(process_list_read(&list, PROCESS_DIR), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_says_what_there_is_of_one),
		TEST(test_the_open_log_says_what_the_arguments_do_not),
		TEST(test_debian_has_other_defaults),
		TEST(test_whose_the_log_is_shows_who_is_to_be_believed),
		TEST(test_several_are_listed_by_their_numbers),
		TEST(test_one_that_we_may_not_look_at_is_named_as_such),
		TEST(test_another_root_or_namespace_is_told),
		TEST(test_no_more_than_the_bound_are_kept),
		TEST(test_a_proc_that_is_not_there_fails),
		TEST(test_the_real_one_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
