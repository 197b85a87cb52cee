/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "packaging/azure/extension/compose.h"
#include "packaging/azure/extension/place.h"
#include "tests/unit/azure/stage.h"

/* A walship that refuses what holds "bad", and knows one Prometheus. */
static int
set_up(void **state)
{
	(void)stage_open(state);
	stage_write(*state, PLACE_CHECK,
	    "#!/bin/sh\n[ $1 = walship.service ] || exit 127\n"
	    "grep -n bad $2 >/dev/null && { echo $2:3:4: hush is bad; exit 1; "
	    "}; exit 0");
	(void)chmod(stage_path(*state, PLACE_CHECK), 0755);
	stage_program(*state, "walship-setup",
	    "echo \"$*\" >>$STAGE/setup; case $1 in --find) cat $STAGE/found;; "
	    "esac; exit 0");
	stage_write(*state, "found", "/data\t-\trunning\n");
	return 0;
}

static int
apply(void **state, const struct settings *settings, struct outcome *outcome)
{
	return place_apply(((struct stage *)*state)->path, settings, outcome);
}

static bool
config_has(void **state, const char *text)
{
	char *config = stage_read(*state, "etc/walship/walship.yml");
	bool found = config != NULL && strstr(config, text) != NULL;

	free(config);
	return found;
}

static void
what_is_asked_for_is_written_once(void **state)
{
	struct settings settings = { .ingestion_url = (char[]){ "https://u" } };
	struct outcome outcome = { 0 };

	assert_int_equal(apply(state, &settings, &outcome), 1);
	assert_true(config_has(state, "data_dir: \"/data\""));
	assert_int_equal(apply(state, &settings, &outcome), 0);
	settings.client_secret = (char[]){ "s" };
	settings.client_id = settings.tenant_id = (char[]){ "i" };
	assert_int_equal(apply(state, &settings, &outcome), 1);
	assert_true(stage_has(*state, "etc/walship/" COMPOSE_SECRET));
	/* A secret alone is a change too, and one that went is gone. */
	settings.client_secret = (char[]){ "t" };
	assert_int_equal(apply(state, &settings, &outcome), 1);
	settings.client_secret = NULL;
	assert_int_equal(apply(state, &settings, &outcome), 1);
	assert_false(stage_has(*state, "etc/walship/" COMPOSE_SECRET));
}

/* The keys that walship-setup adds are no change, and stay; others are one. */
static void
what_the_unit_depends_on_stays(void **state)
{
	static const char mark[] =
	    "# From walship-setup, which takes this away with --undo.\n";
	struct settings settings = { .ingestion_url = (char[]){ "https://u" } };
	struct outcome outcome = { 0 };
	char *config, *fitted = NULL, *edited = NULL;

	assert_int_equal(apply(state, &settings, &outcome), 1);
	config = stage_read(*state, "etc/walship/walship.yml");
	assert_true(asprintf(&fitted, "%s\n%sspool: {dir: /d}\n%s", config,
			mark, mark) > 0);
	stage_write(*state, "etc/walship/walship.yml", fitted);
	assert_int_equal(apply(state, &settings, &outcome), 0);
	assert_true(config_has(state, "spool: {dir: /d}"));
	assert_true(asprintf(&edited, "%s# Mine.\n", fitted) > 0);
	stage_write(*state, "etc/walship/walship.yml", edited);
	assert_int_equal(apply(state, &settings, &outcome), 1);
	assert_false(config_has(state, "Mine"));
	free(config);
	free(fitted);
	free(edited);
}

static void
what_walship_refuses_changes_nothing(void **state)
{
	struct settings settings = { .configuration = (char[]){ "good: 1" } };
	struct outcome outcome = { 0 };

	assert_int_equal(apply(state, &settings, &outcome), 1);
	settings.configuration = (char[]){ "bad: hush" };
	settings.client_secret = (char[]){ "s" };
	assert_int_equal(apply(state, &settings, &outcome), -1);
	assert_int_equal(outcome.code, OUTCOME_SETTINGS);
	assert_non_null(strstr(outcome.message, "3:4: hush is bad"));
	settings.secret = true;
	assert_int_equal(apply(state, &settings, &outcome), -1);
	assert_non_null(strstr(outcome.message, "3:4:"));
	assert_null(strstr(outcome.message, "hush"));
	assert_true(config_has(state, "good: 1"));
	assert_false(stage_has(*state, "etc/walship/" COMPOSE_SECRET));
	assert_false(stage_has(*state, "etc/walship/walship.yml.extension"));
}

static void
without_settings_the_operators_own_will_do(void **state)
{
	struct settings settings = { 0 };
	struct outcome outcome = { 0 };

	assert_int_equal(apply(state, &settings, &outcome), -1);
	assert_int_equal(outcome.code, OUTCOME_SETTINGS);
	stage_write(*state, "etc/walship/walship.yml", "mine\n");
	assert_int_equal(apply(state, &settings, &outcome), 0);
	place_remove(((struct stage *)*state)->path);
	assert_true(config_has(state, "mine"));
}

static void
what_was_there_before_is_put_back(void **state)
{
	struct settings settings = { .configuration = (char[]){ "theirs" } };
	const char *root = ((struct stage *)*state)->path;
	struct outcome outcome = { 0 };

	stage_write(*state, "etc/walship/walship.yml", "mine\n");
	assert_int_equal(apply(state, &settings, &outcome), 1);
	assert_true(files_same(
	    stage_path(*state, "etc/walship/walship.yml.before-extension"),
	    "mine\n", 5));
	stage_write(*state, "etc/walship/" COMPOSE_PASSWORD ".new", "half");
	stage_write(*state, "etc/walship/walship.yml.extension", "half");
	place_remove(root);
	assert_false(stage_has(*state, "etc/walship/" COMPOSE_PASSWORD ".new"));
	assert_false(stage_has(*state, "etc/walship/walship.yml.extension"));
	assert_true(config_has(state, "mine"));
	assert_false(
	    stage_has(*state, "etc/walship/walship.yml.before-extension"));
	/* Without any, ours is gone. */
	(void)unlink(stage_path(*state, "etc/walship/walship.yml"));
	assert_int_equal(apply(state, &settings, &outcome), 1);
	place_remove(root);
	assert_false(place_is_configured(root));
}

static void
what_someone_changed_or_wrote_is_never_lost(void **state)
{
	struct settings settings = { .configuration = (char[]){ "theirs" } };
	const char *root = ((struct stage *)*state)->path;
	const char *config = stage_path(*state, "etc/walship/walship.yml");
	struct outcome outcome = { 0 };
	char *text;

	stage_write(*state, "etc/walship/walship.yml", "first\n");
	assert_int_equal(apply(state, &settings, &outcome), 1);
	text = stage_read(*state, "etc/walship/walship.yml");
	memcpy(strstr(text, "theirs"), "edited", 6);
	stage_write(*state, "etc/walship/walship.yml", text);
	free(text);
	place_remove(root);
	assert_true(config_has(state, "edited"));
	assert_true(
	    stage_has(*state, "etc/walship/walship.yml.before-extension"));
	/* Another of theirs would have to be kept under the same name. */
	stage_write(*state, "etc/walship/walship.yml", "second\n");
	assert_int_equal(apply(state, &settings, &outcome), -1);
	assert_non_null(strstr(outcome.message, "move that away"));
	assert_true(files_same(config, "second\n", 7));
	/* After a kill it is there already. */
	stage_write(
	    *state, "etc/walship/walship.yml.before-extension", "second\n");
	assert_int_equal(apply(state, &settings, &outcome), 1);
	place_remove(root);
	assert_true(files_same(config, "second\n", 7));
}

/* With what walship-setup was run since asked last. */
static bool
setup_was(void **state, const char *words)
{
	char *ran = stage_read(*state, "setup");
	bool same = strcmp(ran != NULL ? ran : "", words) == 0;

	free(ran);
	stage_write(*state, "setup", "");
	return same;
}

static void
access_is_given_as_asked_for_and_taken_back_if_it_was_ours(void **state)
{
	static const char dropin[] =
	    "etc/systemd/system/walship.service.d/50-walship-setup.conf";
	struct settings settings = { .ingestion_url = (char[]){ "https://u" },
		.data_dir = (char[]){ "/d" },
		.access = (char[]){ "acl" } };
	const char *root = ((struct stage *)*state)->path;
	struct outcome outcome = { 0 };

	assert_int_equal(apply(state, &settings, &outcome), 1);
	assert_true(setup_was(state, "--data-dir /d --access acl\n"));
	stage_write(*state, dropin, "");
	assert_int_equal(apply(state, &settings, &outcome), 0);
	(void)setup_was(state, "");
	place_remove(root);
	assert_true(setup_was(state, "--undo\n"));
	/* One that someone had made before is his. */
	settings.access = NULL;
	assert_int_equal(apply(state, &settings, &outcome), 1);
	assert_true(setup_was(state, "--data-dir /d\n"));
	place_remove(root);
	assert_true(setup_was(state, ""));
	/* A whole configuration says itself where the data are. */
	settings = (struct settings){ .configuration = (char[]){ "x" } };
	assert_int_equal(apply(state, &settings, &outcome), 1);
	assert_true(setup_was(state, ""));
	settings.access = (char[]){ "group" };
	assert_int_equal(apply(state, &settings, &outcome), 0);
	assert_true(setup_was(state, "--access group\n"));
}

static void
one_prometheus_is_found_and_of_several_none(void **state)
{
	struct settings settings = { .ingestion_url = (char[]){ "https://u" } };
	struct outcome outcome = { 0 };

	stage_write(*state, "found", "/a\t-\trunning\n/b\t-\trunning\n");
	assert_int_equal(apply(state, &settings, &outcome), -1);
	assert_non_null(strstr(outcome.message, "several"));
	stage_write(*state, "found", "");
	assert_int_equal(apply(state, &settings, &outcome), -1);
	assert_non_null(strstr(outcome.message, "dataDir"));
	settings.data_dir = (char[]){ "/c" };
	assert_int_equal(apply(state, &settings, &outcome), 1);
	assert_true(config_has(state, "data_dir: \"/c\""));
	/* What else is said, and a blank in a path, are no Prometheus. */
	settings.data_dir = NULL;
	stage_write(*state, "found",
	    "walship-setup: one is left out\n/a b\t-\trunning\n"
	    "walship-setup: another\n    in /c\n");
	assert_int_equal(apply(state, &settings, &outcome), 1);
	assert_true(config_has(state, "data_dir: \"/a b\""));
}

static void
its_group_is_that_of_its_folder_and_nobody_else_reads_it(void **state)
{
	struct settings settings = { .configuration = (char[]){ "x" } };
	struct outcome outcome = { 0 };
	struct stat st;

	stage_write(*state, "etc/walship/other", "");
	if (chown(stage_path(*state, "etc/walship"), (uid_t)-1, 7) != 0)
		skip();
	assert_int_equal(apply(state, &settings, &outcome), 1);
	assert_int_equal(
	    stat(stage_path(*state, "etc/walship/walship.yml"), &st), 0);
	assert_int_equal(st.st_gid, 7);
	assert_int_equal(st.st_mode & 0777, 0640);
}

#define ON_STAGE(test_) \
	cmocka_unit_test_setup_teardown(test_, set_up, stage_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_STAGE(what_is_asked_for_is_written_once),
		ON_STAGE(what_the_unit_depends_on_stays),
		ON_STAGE(what_walship_refuses_changes_nothing),
		ON_STAGE(without_settings_the_operators_own_will_do),
		ON_STAGE(what_was_there_before_is_put_back),
		ON_STAGE(what_someone_changed_or_wrote_is_never_lost),
		ON_STAGE(
		    access_is_given_as_asked_for_and_taken_back_if_it_was_ours),
		ON_STAGE(one_prometheus_is_found_and_of_several_none),
		ON_STAGE(
		    its_group_is_that_of_its_folder_and_nobody_else_reads_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
