/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/config/facts.h"

static void
each_fact_is_found_by_its_name(void **state)
{
	enum fact fact;

	(void)state;
	for (fact = 0; fact < FACTS; fact++)
		assert_int_equal(
		    fact_find(fact_name(fact), strlen(fact_name(fact))), fact);
	assert_string_equal(fact_name(FACT_SCALE_SET), "scaleSet");
}

static void
what_is_none_is_not_found(void **state)
{
	(void)state;
	assert_int_equal(fact_find("vmid", 4), FACTS);
	assert_int_equal(fact_find("vmIdx", 5), FACTS);
	assert_int_equal(fact_find("vmIdx", 4), FACT_VM_ID);
	assert_int_equal(fact_find("", 0), FACTS);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fact_is_found_by_its_name),
		cmocka_unit_test(what_is_none_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
