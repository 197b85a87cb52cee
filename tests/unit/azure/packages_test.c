/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "packaging/azure/extension/packages.h"
#include "tests/unit/azure/stage.h"

/* A system whose packages are files that hold their version. */
#define QUERY_DEB "test -e $STAGE/now && echo installed $(cat $STAGE/now)"
#define CARRIED_DEB "cat $2"
#define INSTALL "for f; do :; done; cat $f >$STAGE/now"

static void
play_debian(struct stage *stage, const char *apt_get)
{
	stage_program(stage, "apt-get", apt_get);
	stage_program(stage, "dpkg-query", QUERY_DEB);
	stage_program(stage, "dpkg-deb", CARRIED_DEB);
	stage_write(stage, "p/walship_2_amd64.deb", "2\n");
	stage_write(stage, "p/walship_2_arm64.deb", "2\n");
	stage_write(stage, "p/walship-dbgsym_2_amd64.deb", "2\n");
	stage_write(stage, "p/walship-3-1.x86_64.rpm", "3\n");
}

static int
install(struct stage *stage, unsigned seconds, struct outcome *outcome)
{
	const char *file = stage_path(stage, "p/walship_2_amd64.deb");
	struct packages_found found;

	assert_int_equal(
	    packages_look(packages_manager(), file, &found, outcome), 0);
	assert_string_equal(found.carried, "2");
	return packages_install(
	    packages_manager(), file, &found, seconds, outcome);
}

static void
must_fail(struct stage *stage, const char *apt_get, int code, const char *words)
{
	struct outcome outcome = { 0 };

	play_debian(stage, apt_get);
	assert_int_equal(install(stage, 7, &outcome), -1);
	if (outcome.code != code || strstr(outcome.message, words) == NULL)
		fail_msg("%d %s", outcome.code, outcome.message);
}

static void
the_one_for_the_machine_is_found(void **state)
{
	const char *folder = stage_path(*state, "p");
	struct outcome outcome = { 0 };
	struct path file;

	play_debian(*state, INSTALL);
	assert_int_equal(packages_find(packages_manager(), folder, "x86_64",
			     &file, &outcome),
	    0);
	assert_string_equal(
	    file.text, stage_path(*state, "p/walship_2_amd64.deb"));
	assert_int_equal(packages_find(packages_manager(), folder, "riscv64",
			     &file, &outcome),
	    -1);
	assert_int_equal(outcome.code, OUTCOME_UNSUPPORTED);
	stage_write(*state, "p/walship_3_arm64.deb", "3\n");
	assert_int_equal(packages_find(packages_manager(), folder, "aarch64",
			     &file, &outcome),
	    -1);
	assert_int_equal(outcome.code, OUTCOME_FAILED);
	assert_int_equal(
	    packages_find(packages_manager(), stage_path(*state, "bin"),
		"x86_64", &file, &outcome),
	    -1);
	assert_int_equal(outcome.code, OUTCOME_UNSUPPORTED);
}

static void
what_is_there_is_seen_whole_or_not(void **state)
{
	static const struct {
		const char *said, *there;
		bool whole;
	} cases[] = {
		{ "installed 2", "2", true },
		{ "half-configured 1.5~x", "1.5~x", false },
		{ "unpacked 1", "1", false },
		{ "config-files 1", "", false },
		{ "not-installed ", "", false },
		{ "", "", false },
	};
	struct outcome outcome = { 0 };
	struct packages_found found;
	size_t i;

	play_debian(*state, INSTALL);
	stage_program(*state, "dpkg-query", "cat $STAGE/said");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		stage_write(*state, "said", cases[i].said);
		assert_int_equal(
		    packages_look(packages_manager(), NULL, &found, &outcome),
		    0);
		assert_string_equal(found.there, cases[i].there);
		assert_int_equal(found.whole, cases[i].whole);
	}
	assert_int_equal(
	    packages_look(packages_manager(), "/none", &found, &outcome), -1);
	assert_non_null(strstr(outcome.message, "/none is no package"));
}

static void
it_is_installed_over_what_is_there(void **state)
{
	struct outcome outcome = { 0 };

	play_debian(*state, INSTALL);
	assert_int_equal(install(*state, 60, &outcome), 0);
	stage_write(*state, "now", "3\n");
	assert_int_equal(install(*state, 60, &outcome), 0);
	assert_true(files_same(stage_path(*state, "now"), "2\n", 2));
}

static void
each_failure_has_its_status(void **state)
{
	must_fail(*state, "echo 'E: Could not get lock /x'; exit 100",
	    OUTCOME_LOCKED, "kept busy");
	must_fail(*state, "echo 'E: No space left on device'; exit 100",
	    OUTCOME_LACKING, "No space");
	must_fail(*state, "echo 'E: something'; exit 100", OUTCOME_FAILED,
	    "something");
	must_fail(*state, "exit 0", OUTCOME_FAILED, "not at all");
	must_fail(*state, "exec sleep 100", OUTCOME_FAILED, "took too long");
}

static void
what_was_interrupted_is_finished_first(void **state)
{
	struct outcome outcome = { 0 };

	play_debian(*state,
	    "test -e $STAGE/mended || { echo 'E: dpkg was interrupted'; exit "
	    "100; }; " INSTALL);
	stage_program(*state, "dpkg", "touch $STAGE/mended");
	assert_int_equal(install(*state, 60, &outcome), 0);
}

static void
what_is_to_be_had_is_looked_up_when_something_lacks(void **state)
{
	struct outcome outcome = { 0 };

	play_debian(*state,
	    "case $* in *update) touch $STAGE/new; exit;; esac; "
	    "test -e $STAGE/new || { echo 'has unmet dependencies'; exit 100; "
	    "}; " INSTALL);
	assert_int_equal(install(*state, 60, &outcome), 0);
}

static void
a_lower_version_of_rpm_is_asked_for_by_name(void **state)
{
	struct outcome outcome = { 0 };
	struct packages_found found;

	stage_program(*state, "rpm",
	    "case $1 in -q) cat $STAGE/now;; *) echo 1-1;; esac");
	stage_program(*state, "tdnf",
	    "case $* in *downgrade*) echo 1-1 >$STAGE/now;; esac; echo \"$*\" "
	    ">>$STAGE/ran");
	stage_write(*state, "now", "2-1\n");
	(void)setenv(
	    "PATH", stage_path(*state, "bin:/usr/bin-none:/bin-none"), 1);
	/* Only its own programs are found, and the shell by its path. */
	stage_program(*state, "cat", "while read -r l; do echo $l; done <$1");
	assert_non_null(packages_manager());
	assert_int_equal(
	    packages_look(packages_manager(), "/f.rpm", &found, &outcome), 0);
	assert_int_equal(packages_install(packages_manager(), "/f.rpm", &found,
			     60, &outcome),
	    0);
	stage_write(*state, "now", "");
}

static void
what_was_left_half_way_is_removed(void **state)
{
	struct outcome outcome = { 0 };

	play_debian(*state,
	    "test -e $STAGE/mended || { echo 'E: dpkg was interrupted'; exit "
	    "100; }; rm $STAGE/now");
	stage_program(*state, "dpkg", "touch $STAGE/mended");
	stage_write(*state, "now", "2\n");
	assert_int_equal(packages_remove(packages_manager(), 60, &outcome), 0);
	assert_false(stage_has(*state, "now"));
}

#define ON_STAGE(test_) \
	cmocka_unit_test_setup_teardown(test_, stage_open, stage_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_STAGE(the_one_for_the_machine_is_found),
		ON_STAGE(what_is_there_is_seen_whole_or_not),
		ON_STAGE(it_is_installed_over_what_is_there),
		ON_STAGE(each_failure_has_its_status),
		ON_STAGE(what_was_interrupted_is_finished_first),
		ON_STAGE(what_is_to_be_had_is_looked_up_when_something_lacks),
		ON_STAGE(a_lower_version_of_rpm_is_asked_for_by_name),
		ON_STAGE(what_was_left_half_way_is_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
