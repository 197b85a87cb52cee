/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "packaging/azure/extension/claim.h"
#include "packaging/azure/extension/handler.h"
#include "packaging/azure/extension/place.h"
#include "packaging/azure/extension/state.h"
#include "tests/unit/azure/stage.h"

#define SETTINGS_OF(text_) \
	"{\"runtimeSettings\":[{\"handlerSettings\":{\"publicSettings\":" \
	"{\"configuration\":\"" text_ "\"}}}]}"
#define SETTINGS SETTINGS_OF("a: b")
#define OTHER_SETTINGS SETTINGS_OF("a: c")

/* A handler on a stage, whose log goes nowhere. */
struct fixture {
	struct stage *stage;
	struct handler handler;
};

static char *
folder(struct fixture *f, const char *name)
{
	char *path = strdup(stage_path(f->stage, name));

	assert_non_null(path);
	return path;
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	void *stage;

	assert_non_null(f);
	assert_int_equal(stage_open(&stage), 0);
	f->stage = stage;
	f->handler = (struct handler){ .root = f->stage->path, .lock = -1 };
	(void)path_set(&f->handler.dir, "%s/ext", f->stage->path);
	(void)path_set(&f->handler.program, "%s/ext/bin/p", f->stage->path);
	f->handler.environment.log_folder = folder(f, "log");
	f->handler.environment.config_folder = folder(f, "config");
	f->handler.environment.status_folder = folder(f, "status");
	f->handler.environment.heartbeat_file = folder(f, "beat");
	stage_write(f->stage, "status/x", "");
	stage_write(f->stage, "config/0.settings", SETTINGS);
	stage_write(f->stage, "ext/packages/walship_2_amd64.deb", "2\n");
	stage_write(f->stage, "ext/packages/walship_2_arm64.deb", "2\n");
	stage_program(f->stage, "apt-get",
	    "case $* in *remove*) rm $STAGE/now;; *) echo 2 >$STAGE/now;; "
	    "esac");
	stage_program(f->stage, "dpkg-query",
	    "test -e $STAGE/now && echo installed $(cat $STAGE/now)");
	stage_program(f->stage, "dpkg-deb", "cat $2");
	stage_program(f->stage, "systemctl", "echo \"$*\" >>$STAGE/ran");
	stage_write(f->stage, PLACE_CHECK, "#!/bin/sh\nexit 0\n");
	(void)chmod(stage_path(f->stage, PLACE_CHECK), 0755);
	stage_program(f->stage, "walship-setup", "exit 0");
	log_to(open("/dev/null", O_WRONLY | O_CLOEXEC));
	(void)unsetenv("ConfigSequenceNumber");
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	void *stage = f->stage;

	handler_release(&f->handler);
	free(f);
	return stage_close(&stage);
}

/* Run ${command} as a process of its own would. */
static int
run(struct fixture *f, const char *command)
{
	int status = handler_run(&f->handler, command);

	(void)close(f->handler.lock);
	f->handler.lock = -1;
	return status;
}

static void
each_command_does_its_part(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f, "install"), 0);
	assert_true(stage_has(f->stage, "now"));
	assert_int_equal(run(f, "enable"), 0);
	assert_true(stage_has(f->stage, "etc/walship/walship.yml"));
	assert_true(stage_has(f->stage, "status/0.status"));
	assert_true(stage_has(f->stage, "ext/mrseq"));
	assert_int_equal(run(f, "disable"), 0);
	assert_int_equal(run(f, "uninstall"), 0);
	assert_false(stage_has(f->stage, "now"));
	assert_false(stage_has(f->stage, "etc/walship/walship.yml"));
	assert_int_equal(run(f, "reset"), OUTCOME_FAILED);
}

static void
an_update_keeps_all_but_not_for_ever(void **state)
{
	const struct timespec old[2] = { { .tv_sec = 1000 },
		{ .tv_sec = 1000 } };
	struct fixture *f = *state;
	const char *mark;

	assert_int_equal(run(f, "install"), 0);
	assert_int_equal(run(f, "enable"), 0);
	assert_int_equal(run(f, "update"), 0);
	assert_int_equal(run(f, "uninstall"), 0);
	assert_true(stage_has(f->stage, "now"));
	assert_true(stage_has(f->stage, "etc/walship/walship.yml"));
	/* One that was given up is none. */
	mark = stage_path(f->stage, STATE_FOLDER "/" HANDLER_UPDATING);
	assert_int_equal(utimensat(-1, mark, old, 0), 0);
	assert_int_equal(run(f, "uninstall"), 0);
	assert_false(stage_has(f->stage, "now"));
}

static void
what_failed_is_told_and_tried_again(void **state)
{
	struct fixture *f = *state;
	char *status;

	stage_write(f->stage, "config/0.settings", "{");
	assert_int_equal(run(f, "enable"), OUTCOME_SETTINGS);
	status = stage_read(f->stage, "status/0.status");
	assert_non_null(strstr(status, "\"error\",\"code\":53"));
	free(status);
	assert_false(stage_has(f->stage, "ext/mrseq"));
	stage_write(f->stage, "config/0.settings", SETTINGS);
	assert_int_equal(run(f, "enable"), 0);
	assert_true(stage_has(f->stage, "ext/mrseq"));
}

static void
the_configuration_is_made_anew_if_it_is_gone(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f, "enable"), 0);
	assert_int_equal(
	    unlink(stage_path(f->stage, "etc/walship/walship.yml")), 0);
	assert_int_equal(run(f, "enable"), 0);
	assert_true(stage_has(f->stage, "etc/walship/walship.yml"));
	/* It is not looked at again once it was applied. */
	stage_write(f->stage, "config/0.settings", "{");
	assert_int_equal(run(f, "enable"), 0);
}

static void
what_was_changed_before_a_failure_is_put_into_effect(void **state)
{
	struct fixture *f = *state;
	char *ran;

	assert_int_equal(run(f, "enable"), 0);
	stage_write(f->stage, "config/1.settings", OTHER_SETTINGS);
	assert_int_equal(setenv("ConfigSequenceNumber", "1", 1), 0);
	stage_program(f->stage, "systemctl", "exit 1");
	assert_int_equal(run(f, "enable"), OUTCOME_FAILED);
	stage_program(f->stage, "systemctl", "echo \"$*\" >>$STAGE/ran");
	stage_write(f->stage, "ran", "");
	assert_int_equal(run(f, "enable"), 0);
	ran = stage_read(f->stage, "ran");
	assert_non_null(strstr(ran, "restart walship.service\n"));
	free(ran);
	/* Once is enough. */
	stage_write(f->stage, "config/2.settings", OTHER_SETTINGS);
	assert_int_equal(setenv("ConfigSequenceNumber", "2", 1), 0);
	stage_write(f->stage, "ran", "");
	assert_int_equal(run(f, "enable"), 0);
	ran = stage_read(f->stage, "ran");
	assert_null(strstr(ran, "restart walship.service\n"));
	free(ran);
	assert_int_equal(unsetenv("ConfigSequenceNumber"), 0);
}

/* The versions that are noted as ours when apt-get runs, and after. */
static void
whose_the_package_is_is_noted_before_it_is_installed(void **state)
{
	static const char apt_get[] =
	    "cp $STAGE" STATE_FOLDER "/" CLAIM_NAME " $STAGE/noted; "
	    "case $* in *remove*) rm $STAGE/now;; *) echo 2 >$STAGE/now;; "
	    "esac";
	struct fixture *f = *state;

	stage_program(f->stage, "apt-get", apt_get);
	assert_int_equal(run(f, "install"), 0);
	assert_true(files_same(stage_path(f->stage, "noted"), "\n2\n", 3));
	/* What an operator installed in its place is his. */
	stage_write(f->stage, "now", "3\n");
	assert_int_equal(run(f, "uninstall"), 0);
	assert_true(stage_has(f->stage, "now"));
	assert_false(stage_has(f->stage, STATE_FOLDER));
	/* One that was there before stays, as the version that we made it. */
	assert_int_equal(run(f, "install"), 0);
	assert_true(files_same(stage_path(f->stage, "now"), "2\n", 2));
	assert_int_equal(run(f, "uninstall"), 0);
	assert_true(stage_has(f->stage, "now"));
	/* What a kill left half way goes. */
	assert_int_equal(unlink(stage_path(f->stage, "now")), 0);
	assert_int_equal(run(f, "install"), 0);
	stage_program(f->stage, "dpkg-query",
	    "test -e $STAGE/now && echo half-configured $(cat $STAGE/now)");
	assert_int_equal(run(f, "uninstall"), 0);
	assert_false(stage_has(f->stage, "now"));
}

#define WITH_FIXTURE(test_) \
	cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FIXTURE(each_command_does_its_part),
		WITH_FIXTURE(an_update_keeps_all_but_not_for_ever),
		WITH_FIXTURE(what_failed_is_told_and_tried_again),
		WITH_FIXTURE(the_configuration_is_made_anew_if_it_is_gone),
		WITH_FIXTURE(
		    what_was_changed_before_a_failure_is_put_into_effect),
		WITH_FIXTURE(
		    whose_the_package_is_is_noted_before_it_is_installed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
