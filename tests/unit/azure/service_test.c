/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "packaging/azure/extension/service.h"
#include "tests/unit/azure/stage.h"

#define UNIT SERVICE_UNITS "/" SERVICE_WATCH

/* What systemctl was told since it was asked last, a line each. */
static void
must_have_run(void **state, const char *lines)
{
	char *ran = stage_read(*state, "ran");

	assert_string_equal(ran != NULL ? ran : "", lines);
	free(ran);
	stage_write(*state, "ran", "");
}

static int
set_up(void **state)
{
	(void)stage_open(state);
	stage_program(*state, "systemctl",
	    "test -e $STAGE/fails && { echo no such unit; exit 1; }; "
	    "echo \"$*\" >>$STAGE/ran");
	return 0;
}

static int
start_watch(void **state, uint32_t sequence, struct outcome *outcome)
{
	return service_watch(((struct stage *)*state)->path, "/h/walship",
	    sequence, 10, outcome);
}

static void
walship_is_started_anew_only_if_something_changed(void **state)
{
	struct outcome outcome = { 0 };

	assert_int_equal(service_start(false, &outcome), 0);
	must_have_run(state, "enable walship.service\nstart walship.service\n");
	assert_int_equal(service_start(true, &outcome), 0);
	must_have_run(
	    state, "enable walship.service\nrestart walship.service\n");
	stage_write(*state, "fails", "");
	assert_int_equal(service_start(true, &outcome), -1);
	assert_non_null(strstr(outcome.message, "no such unit"));
	/* What is not there is stopped. */
	assert_int_equal(service_stop(&outcome), 0);
}

static void
one_who_watches_already_goes_on(void **state)
{
	struct outcome outcome = { 0 };
	char *unit;

	assert_int_equal(start_watch(state, 3, &outcome), 0);
	must_have_run(state, "daemon-reload\nrestart " SERVICE_WATCH "\n");
	unit = stage_read(*state, UNIT);
	assert_non_null(
	    strstr(unit, "\nExecStart=/h/walship watch 3 10 --root /tmp/"));
	free(unit);
	assert_int_equal(start_watch(state, 3, &outcome), 0);
	must_have_run(state, "start " SERVICE_WATCH "\n");
	assert_int_equal(start_watch(state, 4, &outcome), 0);
	must_have_run(state, "daemon-reload\nrestart " SERVICE_WATCH "\n");
	service_unwatch(((struct stage *)*state)->path);
	must_have_run(state, "stop " SERVICE_WATCH "\ndaemon-reload\n");
	assert_false(stage_has(*state, UNIT));
	service_unwatch(((struct stage *)*state)->path);
	must_have_run(state, "");
}

static void
a_path_that_a_unit_would_read_otherwise_is_refused(void **state)
{
	static const char *const odd[] = { "/a b", "/a%b", "/a\nExecStart=/b",
		"/$a", "/a\"" };
	struct outcome outcome = { 0 };
	size_t i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		assert_int_equal(service_watch(((struct stage *)*state)->path,
				     odd[i], 1, 1, &outcome),
		    -1);
	assert_false(stage_has(*state, UNIT));
}

#define ON_STAGE(test_) \
	cmocka_unit_test_setup_teardown(test_, set_up, stage_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_STAGE(walship_is_started_anew_only_if_something_changed),
		ON_STAGE(one_who_watches_already_goes_on),
		ON_STAGE(a_path_that_a_unit_would_read_otherwise_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
