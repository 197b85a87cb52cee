/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "packaging/azure/extension/outcome.h"

static void
a_failure_has_a_status_and_words_that_fit(void **state)
{
	struct outcome outcome = { 0 };
	char text[OUTCOME_MAX * 2];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(
	    outcome_fail(&outcome, OUTCOME_LACKING, "%s: %d", "a", 7), -1);
	assert_int_equal(outcome.code, 52);
	assert_string_equal(outcome.message, "a: 7");
	(void)outcome_fail(&outcome, OUTCOME_FAILED, "%s", text);
	assert_int_equal(strlen(outcome.message), OUTCOME_MAX - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failure_has_a_status_and_words_that_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
