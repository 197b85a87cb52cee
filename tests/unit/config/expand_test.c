/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/config/expand.h"

#define OUT_MAX 4096u /* Bytes of a value. */

static const struct facts facts = {
	.text = { [FACT_VM_ID] = "id-1", [FACT_VM_NAME] = "vm-1" },
};

/* That ${text} becomes ${wanted}, and varies or not. */
static void
assert_becomes(const char *text, const char *wanted, bool varies)
{
	struct expanded expanded;
	struct buf out;

	buf_init(&out, OUT_MAX);
	expanded = expand_put(text, &facts, &out);
	assert_string_equal(expanded.fault, "");
	assert_string_equal(buf_text(&out), wanted);
	assert_int_equal(expanded.varies, varies);
	buf_release(&out);
}

/* That ${text} is refused for ${wanted}. */
static void
assert_refused(const char *text, const char *wanted)
{
	struct expanded expanded;
	struct buf out;

	buf_init(&out, OUT_MAX);
	expanded = expand_put(text, &facts, &out);
	assert_string_equal(expanded.fault, wanted);
	buf_release(&out);
}

/* As Prometheus's own test of it demands. */
static void
variables_are_put_in_in_both_ways_of_writing(void **state)
{
	(void)state;
	assert_int_equal(setenv("WALSHIP_T_1", "Value", 1), 0);
	assert_becomes("${WALSHIP_T_1}", "Value", true);
	assert_becomes("foo${WALSHIP_T_1}bar", "fooValuebar", true);
	assert_becomes("$WALSHIP_T_1-$WALSHIP_T_1.", "Value-Value.", true);
	assert_becomes("foo$${WALSHIP_T_1}", "foo${WALSHIP_T_1}", false);
	assert_becomes("foo$$bar", "foo$bar", false);
	assert_becomes("${$}", "$", false);
	/* What a variable holds is not looked into once more. */
	assert_int_equal(setenv("WALSHIP_T_1", "$$HOME", 1), 0);
	assert_becomes("$WALSHIP_T_1", "$$HOME", true);
	assert_int_equal(unsetenv("WALSHIP_T_1"), 0);
}

static void
a_dollar_before_no_name_is_itself(void **state)
{
	(void)state;
	assert_becomes("", "", false);
	assert_becomes("x$", "x$", false);
	assert_becomes("$ $.$/", "$ $.$/", false);
	assert_becomes("a$\xc3\xa9", "a$\xc3\xa9", false);
}

static void
a_variable_that_is_not_set_is_missed(void **state)
{
	(void)state;
	assert_int_equal(unsetenv("WALSHIP_T_1"), 0);
	assert_refused("x${WALSHIP_T_1}",
	    "WALSHIP_T_1 is not set in walship's environment; set it there, "
	    "or write $$ for a dollar sign");
	assert_int_equal(setenv("WALSHIP_T_1", "", 1), 0);
	assert_refused("$WALSHIP_T_1",
	    "WALSHIP_T_1 is not set in walship's environment; set it there, "
	    "or write $$ for a dollar sign");
	assert_refused("$1",
	    "1 is not set in walship's environment; set it there, or write "
	    "$$ for a dollar sign");
	assert_refused("${a\n\x1b}",
	    "a?? is not set in walship's environment; set it there, or write "
	    "$$ for a dollar sign");
}

static void
a_name_of_any_length_is_looked_for(void **state)
{
	char text[600];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[0] = '$';
	text[sizeof(text) - 1] = '\0';
	assert_refused(text,
	    "the variable is not set in walship's environment; set it there, "
	    "or write $$ for a dollar sign");
}

static void
braces_must_be_whole(void **state)
{
	static const char *const why = "a '${' without a name and '}'; write "
				       "a variable as ${NAME}, and $$ for a "
				       "dollar sign";

	(void)state;
	assert_refused("${", why);
	assert_refused("${HOSTNAME", why);
	assert_refused("x${}", why);
}

static void
the_host_and_what_azure_says_of_it_are_known(void **state)
{
	char host[256] = "", wanted[600];

	(void)state;
	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	(void)snprintf(wanted, sizeof(wanted), "a-%s-%s", host, host);
	assert_becomes("a-$HOSTNAME-${HOSTNAME}", wanted, true);
	assert_becomes(
	    "${vmId}/$vmName/${resourceId}${scaleSet}", "id-1/vm-1/", true);
}

static void
without_facts_nothing_stands_for_them(void **state)
{
	struct expanded expanded;
	struct buf out;

	(void)state;
	buf_init(&out, OUT_MAX);
	expanded = expand_put("a${vmId}b", NULL, &out);
	assert_string_equal(expanded.fault, "");
	assert_true(expanded.facts && expanded.varies);
	assert_string_equal(buf_text(&out), "ab");
	buf_release(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables_are_put_in_in_both_ways_of_writing),
		cmocka_unit_test(a_dollar_before_no_name_is_itself),
		cmocka_unit_test(a_variable_that_is_not_set_is_missed),
		cmocka_unit_test(a_name_of_any_length_is_looked_for),
		cmocka_unit_test(braces_must_be_whole),
		cmocka_unit_test(the_host_and_what_azure_says_of_it_are_known),
		cmocka_unit_test(without_facts_nothing_stands_for_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
