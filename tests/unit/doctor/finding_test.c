/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/doctor/finding.h"

static struct finding finding;

static void
expect(enum finding_result result, const char *found, const char *mend)
{
	assert_int_equal(finding.result, result);
	assert_string_equal(finding.found, found);
	assert_string_equal(finding.mend, mend);
}

static void
test_each_replaces_what_was(void **state)
{
	(void)state;
	finding_fail(&finding, "mend it", "%d is broken", 7);
	expect(FINDING_FAIL, "7 is broken", "mend it");
	finding_warn(&finding, "look", "%s", "hm");
	expect(FINDING_WARN, "hm", "look");
	finding_mend(&finding, "do %d", 3);
	expect(FINDING_WARN, "hm", "do 3");
	finding_ok(&finding, "%s", "well");
	expect(FINDING_OK, "well", "");
	finding_skip(&finding, "because of %s", "it");
	expect(FINDING_SKIP, "because of it", "");
}

static void
test_what_to_do_is_behind_the_last_semicolon(void **state)
{
	(void)state;
	finding_split(&finding, "this; that; do it", "other");
	expect(FINDING_FAIL, "this; that", "do it");
	finding_split(&finding, "this;that", "other");
	expect(FINDING_FAIL, "this;that", "other");
}

static void
test_long_texts_are_cut(void **state)
{
	char text[2 * FINDING_TEXT_MAX];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	finding_fail(&finding, text, "%s", text);
	assert_int_equal(strlen(finding.found), FINDING_TEXT_MAX - 1);
	assert_int_equal(strlen(finding.mend), FINDING_TEXT_MAX - 1);
}

static void
test_each_result_has_its_word(void **state)
{
	(void)state;
	assert_string_equal(finding_word(FINDING_OK), "ok");
	assert_string_equal(finding_word(FINDING_WARN), "warn");
	assert_string_equal(finding_word(FINDING_FAIL), "fail");
	assert_string_equal(finding_word(FINDING_SKIP), "skip");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_replaces_what_was),
		cmocka_unit_test(test_what_to_do_is_behind_the_last_semicolon),
		cmocka_unit_test(test_long_texts_are_cut),
		cmocka_unit_test(test_each_result_has_its_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
