/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "packaging/azure/extension/watch.h"
#include "tests/unit/azure/stage.h"

#define SAY(level_, count_) \
	"echo '{\"destinations\":[{\"name\":\"a\",\"level\":\"" level_ \
	"\",\"delivered\":" count_ ",\"sentence\":\"so\"}]}'"

static bool
file_has(void **state, const char *name, const char *text)
{
	char *file = stage_read(*state, name);
	bool found = file != NULL && strstr(file, text) != NULL;

	free(file);
	return found;
}

static void
each_look_is_told_in_both_files(void **state)
{
	struct environment environment = {
		.status_folder = ((struct stage *)*state)->path,
		.heartbeat_file = strdup(stage_path(*state, "beat")),
	};
	struct handler handler = { .root = "", .environment = environment };
	struct watch watch;

	log_to(open("/dev/null", O_WRONLY | O_CLOEXEC));
	stage_program(*state, "walship", SAY("trouble", "0"));
	watch_init(&watch, &handler, 5, 10);
	assert_int_equal(watch_look(&watch, 100), WATCH_FIRST);
	assert_true(
	    file_has(state, "5.status", "\"transitioning\",\"code\":0"));
	assert_true(file_has(state, "beat", "\"Installing\""));
	assert_int_equal(watch_look(&watch, 700), WATCH_LATER);
	assert_true(file_has(state, "5.status", "\"warning\",\"code\":1"));
	assert_true(file_has(state, "5.status", "a: so"));
	assert_true(file_has(state, "beat", "\"NotReady\""));
	stage_program(*state, "walship", SAY("ok", "3"));
	assert_int_equal(watch_look(&watch, 701), WATCH_LATER);
	assert_true(file_has(state, "5.status", "\"success\",\"code\":0"));
	assert_true(file_has(state, "5.status", "configurationAppliedTime"));
	assert_true(file_has(state, "beat", "\"Ready\""));
	free(environment.heartbeat_file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    each_look_is_told_in_both_files, stage_open, stage_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
