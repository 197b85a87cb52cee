/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "packaging/azure/extension/child.h"
#include "tests/unit/azure/stage.h"

#define SECONDS 60u

static void
its_status_and_its_words_are_kept(void **state)
{
	const char *const argv[] = { "say", "two words", NULL };
	struct child child;

	stage_program(*state, "say", "echo out; echo \"$1\" >&2; echo; exit 7");
	child_init(&child, CHILD_SAID_MAX);
	assert_int_equal(child_run(&child, SECONDS, argv), 7);
	assert_true(child_said(&child, "out\ntwo"));
	assert_false(child_said(&child, "three"));
	assert_string_equal(child_last_line(&child), "two words");
	child_release(&child);
}

static void
of_many_words_the_last_are_kept(void **state)
{
	const char *const argv[] = { "say", NULL };
	struct child child;

	stage_program(
	    *state, "say", "head -c 300000 /dev/zero | tr '\\0' x; echo end");
	child_init(&child, 100);
	assert_int_equal(child_run(&child, SECONDS, argv), 0);
	assert_int_equal(child.said.len, 100);
	assert_true(child_said(&child, "xxxend\n"));
	child_release(&child);
}

static void
what_cannot_be_run_is_told_from_what_fails(void **state)
{
	const char *const absent[] = { "no-such-program", NULL };
	const char *const killed[] = { "say", NULL };
	struct child child;

	stage_program(*state, "say", "kill -9 $$");
	child_init(&child, CHILD_SAID_MAX);
	assert_int_equal(child_run(&child, SECONDS, absent), CHILD_NOT_RUN);
	assert_int_equal(child_run(&child, SECONDS, killed), CHILD_KILLED);
	assert_string_equal(child_last_line(&child), "");
	assert_true(child_has("say"));
	assert_false(child_has("no-such-program"));
	child_release(&child);
}

static void
it_is_not_waited_for_without_end(void **state)
{
	const char *const late[] = { "late", NULL };
	const char *const leaving[] = { "leaving", NULL };
	struct child child;

	stage_program(*state, "late", "exec sleep 1000");
	/* What it leaves behind has its pipe, and is not waited for. */
	stage_program(*state, "leaving", "sleep 20 & echo gone");
	child_init(&child, CHILD_SAID_MAX);
	assert_int_equal(child_run(&child, 1, late), CHILD_LATE);
	assert_int_equal(child_run(&child, 15, leaving), 0);
	assert_string_equal(child_last_line(&child), "gone");
	child_release(&child);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    its_status_and_its_words_are_kept, stage_open, stage_close),
		cmocka_unit_test_setup_teardown(
		    of_many_words_the_last_are_kept, stage_open, stage_close),
		cmocka_unit_test_setup_teardown(
		    what_cannot_be_run_is_told_from_what_fails, stage_open,
		    stage_close),
		cmocka_unit_test_setup_teardown(
		    it_is_not_waited_for_without_end, stage_open, stage_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
