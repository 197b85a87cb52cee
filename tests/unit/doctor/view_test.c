/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "agent/doctor/view.h"
#include "tests/unit/prometheus/tree.h"

static struct tree tree;

static int
setup(void **state)
{
	(void)state;
	tree_open(&tree);
	tree_mkdir(&tree, "other");
	tree_mkdir(&tree, "place");
	tree_write(&tree, "file", "", 0);
	tree_write(&tree, "other/mark", "", 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tree_close(&tree);
	return 0;
}

static void
test_takes_over_what_is_looked_at(void **state)
{
	static const char theirs[] = "HTTPS_PROXY=http://p:1\0AZURE_CLIENT_ID=c"
				     "\0PATH=/theirs\0AZURE_=x\0NO_PROXYX=1"
				     "\0IMDS_ENDPOINT\0SSL_CERT_FILE=/f";

	(void)state;
	(void)setenv("http_proxy", "http://ours", 1);
	(void)setenv("HTTPS_PROXY", "http://ours", 1);
	(void)setenv("AWS_ACCESS_KEY_ID", "ours", 1);
	(void)setenv("MINE", "kept", 1);
	assert_int_equal(view_adopt(theirs, sizeof(theirs)), 0);
	assert_null(getenv("http_proxy"));
	assert_null(getenv("AWS_ACCESS_KEY_ID"));
	assert_string_equal(getenv("HTTPS_PROXY"), "http://p:1");
	assert_string_equal(getenv("AZURE_CLIENT_ID"), "c");
	assert_string_equal(getenv("SSL_CERT_FILE"), "/f");
	assert_string_equal(getenv("MINE"), "kept");
	assert_string_not_equal(getenv("PATH"), "/theirs");
	assert_null(getenv("AZURE_"));
	assert_null(getenv("NO_PROXYX"));
	assert_null(getenv("IMDS_ENDPOINT"));
}

static void
test_takes_over_what_labels_may_name(void **state)
{
	static const char theirs[] = "SITE=one\0HTTPS_PROXY=http://p:2\0EMPTY="
				     "\0NOTIFY_SOCKET=/n\0LISTEN_FDS=3"
				     "\0WATCHDOG_USEC=1\0MINE=theirs";

	(void)state;
	(void)unsetenv("HTTPS_PROXY");
	(void)setenv("MINE", "kept", 1);
	assert_int_equal(view_adopt_others(theirs, sizeof(theirs)), 0);
	assert_string_equal(getenv("SITE"), "one");
	assert_string_equal(getenv("EMPTY"), "");
	assert_string_equal(getenv("MINE"), "kept");
	assert_null(getenv("HTTPS_PROXY"));
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("LISTEN_FDS"));
	assert_null(getenv("WATCHDOG_USEC"));
}

static void
test_of_nothing_nothing_is_taken(void **state)
{
	struct buf environment;

	(void)state;
	buf_init(&environment, VIEW_ENVIRONMENT_MAX);
	assert_int_equal(view_adopt("", 0), 0);
	assert_int_equal(view_adopt_others("", 0), 0);
	assert_false(view_enter("/no/proc", 1, "/", &environment));
	buf_release(&environment);
}

/* A child with mounts of its own, other/ on place/; -1 if that cannot be. */
static pid_t
live_apart(const char *over)
{
	pid_t child = fork();
	int status;

	assert_int_not_equal(child, -1);
	if (child == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
		    unshare(CLONE_NEWNS) != 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		    mount(tree_path(&tree, "other"), over, NULL, MS_BIND,
			NULL) != 0)
			_exit(1);
		(void)raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	return WIFSTOPPED(status) ? child : -1;
}

/* Whether a child of ours that enters its view finds ${name} there. */
static bool
enters_and_finds(pid_t theirs, const char *path, const char *name)
{
	struct buf environment;
	pid_t child;
	int status;

	buf_init(&environment, VIEW_ENVIRONMENT_MAX);
	child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0)
		_exit(view_enter("/proc", theirs, path, &environment) ==
			    (access(name, F_OK) == 0)
			? access(name, F_OK) == 0
			: 2);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), 2);
	return WEXITSTATUS(status) == 1;
}

static void
test_enters_the_mounts_of_another(void **state)
{
	pid_t theirs = live_apart(tree_path(&tree, "place"));
	int status;

	(void)state;
	if (theirs == -1)
		skip();
	assert_true(enters_and_finds(
	    theirs, tree_path(&tree, "file"), tree_path(&tree, "place/mark")));
	/* There this path leads elsewhere: it stays where it is. */
	assert_false(enters_and_finds(
	    theirs, tree_path(&tree, "place"), tree_path(&tree, "place/mark")));
	(void)kill(theirs, SIGKILL);
	(void)waitpid(theirs, &status, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_takes_over_what_is_looked_at),
		TEST(test_takes_over_what_labels_may_name),
		TEST(test_of_nothing_nothing_is_taken),
		TEST(test_enters_the_mounts_of_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
