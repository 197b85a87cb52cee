/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/config/config.h"
#include "agent/init.h"
#include "tests/unit/prometheus/apart.h"
#include "tests/unit/prometheus/tree.h"

static struct tree tree;
static struct buf out, said;

static int
setup(void **state)
{
	(void)state;
	tree_open(&tree);
	tree_mkdir(&tree, "data");
	buf_init(&out, INIT_TEXT_MAX);
	buf_init(&said, INIT_TEXT_MAX);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tree_close(&tree);
	buf_release(&out);
	buf_release(&said);
	return 0;
}

/* Add a Prometheus of the user ${uid} with the data directory ${data}. */
static void
add_of(unsigned int pid, unsigned int uid, const char *data)
{
	char name[64], args[256], status[64];
	int len;

	(void)snprintf(name, sizeof(name), "proc/%u/ns", pid);
	tree_mkdir(&tree, name);
	(void)snprintf(name, sizeof(name), "proc/%u/cmdline", pid);
	len = snprintf(args, sizeof(args),
	    "/usr/bin/prometheus%c--config.file=p.yml%c--storage.tsdb.path=%s",
	    '\0', '\0', data);
	tree_write(&tree, name, args, (size_t)len + 1);
	(void)snprintf(
	    status, sizeof(status), "Name:\tx\nUid:\t1\t%u\t0\t0\n", uid);
	(void)snprintf(name, sizeof(name), "proc/%u/status", pid);
	tree_write(&tree, name, status, strlen(status));
	(void)snprintf(name, sizeof(name), "proc/%u/exe", pid);
	tree_link(&tree, name, "/usr/bin/prometheus");
	(void)snprintf(name, sizeof(name), "proc/%u/root", pid);
	tree_link(&tree, name, "/");
	(void)snprintf(name, sizeof(name), "proc/%u/cwd", pid);
	tree_link(&tree, name, tree.path);
}

/* Add one of root's. */
static void
add(unsigned int pid, const char *data)
{
	add_of(pid, 0, data);
}

static void
put_theirs(const char *text)
{
	tree_write(&tree, "p.yml", text, strlen(text));
}

static int
init(const char *from, const char *data_dir)
{
	return init_write(
	    &(struct init_wishes){
		.from = from, .data_dir = data_dir, .proc = tree.proc },
	    &out, &said);
}

static void
assert_has(const char *text)
{
	if (strstr(buf_text(&out), text) == NULL)
		assert_string_equal(buf_text(&out), text);
}

static void
what_runs_here_is_taken_over(void **state)
{
	char wanted[256];

	(void)state;
	add(7, "data");
	put_theirs("global: {external_labels: {site: one}}\n"
		   "remote_write: [{url: 'http://h/w', basic_auth:\n"
		   "  {username: u, password: p}}]\n");
	assert_int_equal(init(NULL, NULL), 0);
	(void)snprintf(wanted, sizeof(wanted),
	    "  # Of the Prometheus that runs as pid 7, user root.\n  "
	    "data_dir: %s\n",
	    tree_path(&tree, "data"));
	assert_has(wanted);
	assert_has("  \"site\": \"one\"\n");
	assert_has("  - url: \"http://h/w\"\n");
	assert_has("    name: \"h\"\n");
	assert_null(strstr(buf_text(&out), "${HOSTNAME}"));
	assert_non_null(
	    strstr(buf_text(&said), "once walship runs, remove it there"));
	assert_non_null(strstr(buf_text(&said), "has secrets, or may have"));
}

/* What a container has of its own. */
static int
hide_theirs(void)
{
	static const char text[] =
	    "remote_write: [{url: 'http://h/w', tls_config:\n"
	    "  {ca_file: ca.pem}}]\n";

	if (mount("tmpfs", tree_path(&tree, "jail"), "tmpfs", 0, NULL) != 0)
		return -1;
	tree_write(&tree, "jail/p.yml", text, strlen(text));
	return 0;
}

static void
what_is_in_a_container_is_named_as_it_is_there(void **state)
{
	char root[64], wanted[256];
	pid_t child;

	(void)state;
	tree_mkdir(&tree, "jail");
	add(7, tree_path(&tree, "data"));
	child = apart_live(hide_theirs);
	if (child == -1)
		skip();
	(void)snprintf(root, sizeof(root), "/proc/%d/root", (int)child);
	assert_int_equal(unlink(tree_path(&tree, "proc/7/root")), 0);
	tree_link(&tree, "proc/7/root", root);
	assert_int_equal(unlink(tree_path(&tree, "proc/7/cwd")), 0);
	tree_link(&tree, "proc/7/cwd", tree_path(&tree, "jail"));
	assert_int_equal(init(NULL, NULL), 0);
	apart_end(child);
	(void)snprintf(wanted, sizeof(wanted),
	    "write where.\n  #config_file: %s\n",
	    tree_path(&tree, "jail/p.yml"));
	assert_has(wanted);
	(void)snprintf(wanted, sizeof(wanted), "ca_file: \"%s\"",
	    tree_path(&tree, "jail/ca.pem"));
	assert_has(wanted);
	assert_null(strstr(buf_text(&out), "/proc/"));
	assert_null(strstr(buf_text(&said), "/proc/"));
	assert_non_null(strstr(buf_text(&said), "have to be mounted"));
}

static void
without_anything_there_is_still_a_beginning(void **state)
{
	(void)state;
	assert_int_equal(init(NULL, NULL), 0);
	assert_has("  # No Prometheus was seen here");
	assert_has("  host: ${HOSTNAME}\n");
	assert_has("  - name: receiver\n"
		   "    url: https://receiver.example/api/v1/write\n");
	assert_string_equal(buf_text(&said),
	    "there was no remote_write to be copied: write where to send\n");
}

static void
of_several_none_is_guessed(void **state)
{
	(void)state;
	tree_mkdir(&tree, "other");
	add(7, "data");
	add(8, "other");
	put_theirs("global: {}\n");
	assert_int_equal(init(NULL, NULL), -1);
	assert_string_equal(buf_text(&out), "");
	assert_non_null(strstr(buf_text(&said),
	    "there are several Prometheus here; name the data of one by "
	    "--data-dir:\n  pid 7, user root: "));
	buf_reset(&said);
	assert_int_equal(init(NULL, tree_path(&tree, "other")), 0);
	assert_has("/other\n");
}

/* Anybody can name a log that is not his, and a configuration with it. */
static void
what_anothers_log_is_claimed_by_is_left_out(void **state)
{
	(void)state;
	tree_mkdir(&tree, "data/wal");
	add_of(7, 4000000000u, "data");
	put_theirs("remote_write: [{url: 'http://evil/w'}]\n");
	assert_int_equal(init(NULL, tree_path(&tree, "data")), 0);
	assert_null(strstr(buf_text(&out), "evil"));
	assert_non_null(strstr(buf_text(&said),
	    "warning: left out pid 7, user 4000000000: the log in "));
	buf_reset(&out);
	buf_reset(&said);
	tree_mkdir(&tree, "other");
	add(8, "other");
	assert_int_equal(init(NULL, NULL), 0);
	assert_has("pid 8, user root.");
}

static void
of_several_the_one_whose_configuration_it_is_is_meant(void **state)
{
	static const char args[] =
	    "prometheus\0--config.file=q.yml\0--storage.tsdb.path=other\0"
	    "--web.listen-address=0.0.0.0:9191";
	char wanted[256];

	(void)state;
	tree_mkdir(&tree, "other");
	add(7, "data");
	add(8, "other");
	assert_int_equal(unlink(tree_path(&tree, "proc/8/cmdline")), 0);
	tree_write(&tree, "proc/8/cmdline", args, sizeof(args));
	put_theirs("global: {}\n");
	tree_write(&tree, "q.yml", "global: {}\n", 11);
	assert_int_equal(init(tree_path(&tree, "proc/../q.yml"), NULL), 0);
	(void)snprintf(wanted, sizeof(wanted),
	    "pid 8, user root.\n  data_dir: %s\n", tree_path(&tree, "other"));
	assert_has(wanted);
	assert_has("  #url: http://127.0.0.1:9191\n");
}

/* However that directory is written. */
static void
of_several_the_one_whose_data_are_named_is_meant(void **state)
{
	(void)state;
	tree_mkdir(&tree, "other");
	add(7, "data");
	add(8, "other");
	put_theirs("remote_write: [{url: 'http://h/w'}]\n");
	assert_int_equal(init(NULL, tree_path(&tree, "other")), 0);
	assert_has("http://h/w");
	buf_reset(&out);
	buf_reset(&said);
	assert_int_equal(init(NULL, tree_path(&tree, "proc/../other/")), 0);
	assert_has("http://h/w");
}

static void
one_that_is_not_shown_takes_root(void **state)
{
	(void)state;
	add(7, "data");
	assert_int_equal(unlink(tree_path(&tree, "proc/7/root")), 0);
	assert_int_equal(unlink(tree_path(&tree, "proc/7/cwd")), 0);
	assert_int_equal(init(NULL, NULL), -1);
	assert_non_null(strstr(buf_text(&said), "be root (sudo), or name"));
}

static void
what_is_named_counts(void **state)
{
	(void)state;
	add(7, "data");
	put_theirs("remote_write: [{url: 'http://not/w'}]\n");
	tree_write(&tree, "q.yml", "remote_write: [{url: 'http://h/w'}]\n", 36);
	assert_int_equal(
	    init(tree_path(&tree, "proc/../q.yml"), "/srv/data"), 0);
	assert_has("  data_dir: /srv/data\n");
	assert_has("http://h/w");
	assert_has("/q.yml\n");
	assert_null(strstr(buf_text(&out), "proc/.."));
}

/* As a ConfigMap is: what the link leads to has another name tomorrow. */
static void
a_link_to_the_configuration_stays_one(void **state)
{
	static const char text[] =
	    "remote_write: [{url: 'http://h/w', authorization:\n"
	    "  {credentials_file: token}}]\n";
	char wanted[256];

	(void)state;
	tree_mkdir(&tree, "today");
	tree_write(&tree, "today/p.yml", text, strlen(text));
	tree_link(&tree, "p.yml", "today/p.yml");
	add(7, "data");
	assert_int_equal(init(NULL, NULL), 0);
	(void)snprintf(wanted, sizeof(wanted), "#config_file: %s\n",
	    tree_path(&tree, "p.yml"));
	assert_has(wanted);
	(void)snprintf(wanted, sizeof(wanted), "credentials_file: \"%s\"\n",
	    tree_path(&tree, "token"));
	assert_has(wanted);
	assert_null(strstr(buf_text(&out), "today"));
}

static void
a_relative_name_is_made_absolute(void **state)
{
	char wanted[256], before[256];

	(void)state;
	put_theirs("remote_write: [{url: 'http://h/w'}]\n");
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(tree.path), 0);
	(void)snprintf(wanted, sizeof(wanted), "#config_file: %s\n",
	    tree_path(&tree, "p.yml"));
	assert_int_equal(init("p.yml", "/d"), 0);
	assert_has(wanted);
	buf_reset(&out);
	assert_int_equal(init("data/../p.yml", "/d"), 0);
	assert_has(wanted);
	assert_int_equal(chdir(before), 0);
}

static void
what_cannot_be_read_or_taken_is_said(void **state)
{
	(void)state;
	assert_int_equal(init(tree_path(&tree, "none.yml"), NULL), -1);
	assert_non_null(strstr(buf_text(&said),
	    "none.yml: cannot be read: No such file or directory; name "
	    "Prometheus's configuration by --from\n"));
	buf_reset(&said);
	put_theirs("remote_write: [");
	assert_int_equal(init(tree_path(&tree, "p.yml"), NULL), -1);
	assert_non_null(strstr(buf_text(&said), ": not YAML"));
	buf_reset(&said);
	put_theirs("remote_write: [[a]]");
	assert_int_equal(init(tree_path(&tree, "p.yml"), NULL), -1);
	buf_reset(&out);
	buf_reset(&said);
	/* What walship does not do is printed, and said. */
	put_theirs("remote_write: [{url: 'http://h/w', google_iam: {}}]");
	assert_int_equal(init(tree_path(&tree, "p.yml"), NULL), -1);
	assert_has("google_iam: {}\n");
	assert_non_null(strstr(
	    buf_text(&said), "remote_write[0].google_iam: not supported"));
}

int
main(void)
{
#define IN_A_TREE(test_) cmocka_unit_test_setup_teardown(test_, setup, teardown)
	static const struct CMUnitTest tests[] = {
		IN_A_TREE(what_runs_here_is_taken_over),
		IN_A_TREE(what_is_in_a_container_is_named_as_it_is_there),
		IN_A_TREE(without_anything_there_is_still_a_beginning),
		IN_A_TREE(of_several_none_is_guessed),
		IN_A_TREE(
		    of_several_the_one_whose_configuration_it_is_is_meant),
		IN_A_TREE(of_several_the_one_whose_data_are_named_is_meant),
		IN_A_TREE(one_that_is_not_shown_takes_root),
		IN_A_TREE(what_anothers_log_is_claimed_by_is_left_out),
		IN_A_TREE(what_is_named_counts),
		IN_A_TREE(a_link_to_the_configuration_stays_one),
		IN_A_TREE(a_relative_name_is_made_absolute),
		IN_A_TREE(what_cannot_be_read_or_taken_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
