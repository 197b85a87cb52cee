/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wal/record.h"

static void
types_have_the_names_that_prometheus_gives_them(void **state)
{
	(void)state;
	assert_string_equal(wal_type_name(WAL_SERIES), "series");
	assert_string_equal(wal_type_name(2), "samples");
	assert_string_equal(wal_type_name(5), "mmapmarkers");
	assert_string_equal(
	    wal_type_name(10), "custom_buckets_float_histogram_samples");
	assert_string_equal(wal_type_name(11), "samples_v2");
	assert_string_equal(wal_type_name(13), "float_histogram_samples_v2");
}

static void
each_known_type_has_a_name_of_its_own(void **state)
{
	unsigned int a, b;

	(void)state;
	for (a = 1; a < WAL_TYPES; a++)
		for (b = 0; b < a; b++)
			assert_string_not_equal(
			    wal_type_name(a), wal_type_name(b));
}

static void
other_numbers_are_unknown(void **state)
{
	(void)state;
	assert_string_equal(wal_type_name(0), "unknown");
	assert_string_equal(wal_type_name(WAL_TYPES), "unknown");
	assert_string_equal(wal_type_name(255), "unknown");
	assert_string_equal(wal_type_name(UINT32_MAX), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    types_have_the_names_that_prometheus_gives_them),
		cmocka_unit_test(each_known_type_has_a_name_of_its_own),
		cmocka_unit_test(other_numbers_are_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
