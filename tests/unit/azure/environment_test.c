/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "packaging/azure/extension/environment.h"
#include "tests/unit/azure/stage.h"

#define FOLDERS \
	"\"logFolder\":\"/log\",\"configFolder\":\"/config\"," \
	"\"statusFolder\":\"/status\""
#define OBJECT "{\"handlerEnvironment\":{" FOLDERS "}}"

static const char *
decode(struct environment *environment, const char *text)
{
	return environment_decode(environment, text, strlen(text));
}

static void
it_is_an_object_or_an_array_of_one(void **state)
{
	static const char *const texts[] = { OBJECT, "[" OBJECT "]" };
	struct environment environment;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_null(decode(&environment, texts[i]));
		assert_string_equal(environment.log_folder, "/log");
		assert_string_equal(environment.config_folder, "/config");
		assert_string_equal(environment.status_folder, "/status");
		assert_null(environment.heartbeat_file);
		environment_release(&environment);
	}
	assert_null(decode(&environment,
	    "{\"handlerEnvironment\":{" FOLDERS
	    ",\"heartbeatFile\":\"/beat\"}}"));
	assert_string_equal(environment.heartbeat_file, "/beat");
	environment_release(&environment);
}

static void
what_lacks_a_folder_or_has_an_odd_one_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"7",
		"{\"handlerEnvironment\":{}}",
		"{\"handlerEnvironment\":{\"logFolder\":\"/log\"}}",
		"{\"handlerEnvironment\":{\"logFolder\":7}}",
		"{\"handlerEnvironment\":{" FOLDERS
		",\"heartbeatFile\":\"beat\"}}",
		"{\"handlerEnvironment\":{" FOLDERS
		",\"heartbeatFile\":\"/b\\n\"}}",
	};
	struct environment environment;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_non_null(decode(&environment, texts[i]));
		environment_release(&environment);
	}
}

static void
a_folder_that_is_too_long_is_refused(void **state)
{
	struct environment environment;
	char text[8192];

	(void)state;
	(void)snprintf(text, sizeof(text),
	    "{\"handlerEnvironment\":{" FOLDERS
	    ",\"heartbeatFile\":\"/%03000d\"}}",
	    0);
	assert_null(decode(&environment, text));
	environment_release(&environment);
	(void)snprintf(text, sizeof(text),
	    "{\"handlerEnvironment\":{" FOLDERS
	    ",\"heartbeatFile\":\"/%04000d\"}}",
	    0);
	assert_non_null(decode(&environment, text));
	environment_release(&environment);
}

static void
it_is_read_from_the_handlers_directory(void **state)
{
	const char *path = ((struct stage *)*state)->path;
	struct environment environment;

	assert_non_null(environment_load(&environment, path));
	environment_release(&environment);
	stage_write(*state, ENVIRONMENT_NAME, "[" OBJECT "]");
	assert_null(environment_load(&environment, path));
	environment_release(&environment);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_an_object_or_an_array_of_one),
		cmocka_unit_test(
		    what_lacks_a_folder_or_has_an_odd_one_is_refused),
		cmocka_unit_test(a_folder_that_is_too_long_is_refused),
		cmocka_unit_test_setup_teardown(
		    it_is_read_from_the_handlers_directory, stage_open,
		    stage_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
