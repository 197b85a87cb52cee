/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "agent/doctor/role.h"
#include "tests/unit/prometheus/tree.h"

#define NOBODY 65534

/* What became of a child that took a role. */
struct became {
	int result;
	uid_t user, real;
	gid_t group;
	int groups;
	bool may_return, apart;
	char fault[ROLE_FAULT_MAX];
};

/* Enter a view in which nobody knows who has which number; -1: cannot. */
static int
forget_users(void)
{
	return unshare(CLONE_NEWNS) != 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		mount("/dev/null", "/etc/passwd", NULL, MS_BIND, NULL) != 0
	    ? -1
	    : 0;
}

/* Take a role by ${hints} in a child, so that we stay who we are; if
 * ${elsewhere}, in another view. */
static struct became
take_in(const struct role_hints *hints, bool elsewhere)
{
	struct became became = { 0 };
	struct role role;
	int ends[2], status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	assert_int_not_equal(child = fork(), -1);
	if (child == 0) {
		became.result = role_find(hints, &role, became.fault);
		became.apart = !elsewhere || forget_users() == 0;
		if (became.result == 0)
			became.result = role_take(&role, became.fault);
		became.user = geteuid();
		became.real = getuid();
		became.group = getegid();
		became.groups = getgroups(0, NULL);
		became.may_return = geteuid() != 0 && seteuid(0) == 0;
		_exit(write(ends[1], &became, sizeof(became)) !=
		    (ssize_t)sizeof(became));
	}
	assert_int_equal(
	    read(ends[0], &became, sizeof(became)), sizeof(became));
	assert_int_equal(waitpid(child, &status, 0), child);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return became;
}

static struct became
take(const struct role_hints *hints)
{
	return take_in(hints, false);
}

static int
setup(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	assert_non_null(tree);
	tree_open(tree);
	*state = tree;
	return 0;
}

static int
teardown(void **state)
{
	tree_close(*state);
	free(*state);
	return 0;
}

static void
test_root_becomes_who_is_asked_for_and_stays_it(void **state)
{
	struct became became;

	(void)state;
	if (geteuid() != 0)
		skip();
	became = take(&(struct role_hints){ .user = "nobody" });
	assert_int_equal(became.result, 0);
	assert_int_equal(became.user, NOBODY);
	assert_int_equal(became.real, NOBODY);
	assert_int_equal(became.group, getpwnam("nobody")->pw_gid);
	assert_false(became.may_return);
	became = take(&(struct role_hints){ .user = "65534" });
	assert_int_equal(became.user, NOBODY);
}

/* The view that is entered may know other users, or none. */
static void
test_who_was_found_is_become_where_nobody_knows_him(void **state)
{
	struct became became;

	(void)state;
	if (geteuid() != 0)
		skip();
	became = take_in(&(struct role_hints){ .user = "nobody" }, true);
	if (!became.apart)
		skip();
	assert_int_equal(became.result, 0);
	assert_int_equal(became.user, NOBODY);
}

static void
test_root_becomes_the_owner_of_the_state(void **state)
{
	struct became became;

	if (geteuid() != 0)
		skip();
	assert_int_equal(
	    chown(((struct tree *)*state)->path, NOBODY, NOBODY), 0);
	became = take(
	    &(struct role_hints){ .state_dir = ((struct tree *)*state)->path });
	assert_int_equal(became.result, 0);
	assert_int_equal(became.user, NOBODY);
}

static void
test_root_becomes_what_runs_with_its_groups(void **state)
{
	static const char status[] =
	    "\nUid:\t4\t65534\t4\t4\nGid:\t4\t7\t4\t4\nGroups:\t7 8 9\n";
	struct tree *tree = *state;
	struct became became;

	if (geteuid() != 0)
		skip();
	tree_mkdir(tree, "proc/9");
	tree_write(tree, "proc/9/status", status, strlen(status));
	became = take(&(struct role_hints){ .proc = tree->proc, .running = 9 });
	assert_int_equal(became.result, 0);
	assert_int_equal(became.user, NOBODY);
	assert_int_equal(became.group, 7);
	assert_int_equal(became.groups, 3);
}

static void
test_without_a_hint_it_stays_or_is_the_packages_user(void **state)
{
	const struct passwd *user = getpwnam(ROLE_USER);
	uid_t expected =
	    geteuid() == 0 && user != NULL ? user->pw_uid : geteuid();

	(void)state;
	assert_int_equal(take(&(struct role_hints){ 0 }).user, expected);
}

static void
test_who_is_not_there_is_a_fault(void **state)
{
	struct became became;

	(void)state;
	became = take(&(struct role_hints){ .user = "no-such-user" });
	assert_int_equal(became.result, -1);
	assert_string_equal(became.fault, "there is no user no-such-user");
	became = take(&(struct role_hints){ .user = "65534x" });
	assert_int_equal(became.result, -1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_root_becomes_who_is_asked_for_and_stays_it),
		TEST(test_who_was_found_is_become_where_nobody_knows_him),
		TEST(test_root_becomes_the_owner_of_the_state),
		TEST(test_root_becomes_what_runs_with_its_groups),
		TEST(test_without_a_hint_it_stays_or_is_the_packages_user),
		TEST(test_who_is_not_there_is_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
