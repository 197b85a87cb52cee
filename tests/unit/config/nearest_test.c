/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/config/nearest.h"

static void
each_kind_of_slip_costs_one(void **state)
{
	(void)state;
	assert_int_equal(nearest_distance("", ""), 0);
	assert_int_equal(nearest_distance("url", "url"), 0);
	assert_int_equal(nearest_distance("URL", "url"), 0);
	assert_int_equal(nearest_distance("ul", "url"), 1);
	assert_int_equal(nearest_distance("uurl", "url"), 1);
	assert_int_equal(nearest_distance("uri", "url"), 1);
	assert_int_equal(nearest_distance("ulr", "url"), 1);
	assert_int_equal(nearest_distance("", "url"), 3);
	assert_int_equal(nearest_distance("abc", ""), 3);
	assert_int_equal(nearest_distance("kitten", "sitting"), 3);
	assert_int_equal(nearest_distance("abcdef", "badcfe"), 3);
}

static void
the_longest_word_is_measured_and_a_longer_one_is_not(void **state)
{
	static const char longest[] =
	    "abcdefghijabcdefghijabcdefghijabcdefghij";

	(void)state;
	assert_int_equal(sizeof(longest) - 1, NEAREST_WORD_MAX);
	assert_int_equal(nearest_distance(longest, longest), 0);
	assert_int_equal(nearest_distance(longest, ""), NEAREST_WORD_MAX);
	assert_int_equal(
	    nearest_distance("abcdefghijabcdefghijabcdefghijabcdefghijk", "a"),
	    SIZE_MAX);
	assert_false(nearest_likely(
	    "abcdefghijabcdefghijabcdefghijabcdefghijk", longest));
}

static void
only_near_words_are_likely_to_be_meant(void **state)
{
	(void)state;
	assert_true(nearest_likely("remote_wirte", "remote_write"));
	assert_true(nearest_likely("remotewrite", "remote_write"));
	assert_true(nearest_likely("remoteWrite", "remote_write"));
	assert_true(nearest_likely("headres", "headers"));
	assert_false(nearest_likely("global", "log"));
	assert_false(nearest_likely("scrape_configs", "headers"));
	assert_false(nearest_likely("x", "url"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_slip_costs_one),
		cmocka_unit_test(
		    the_longest_word_is_measured_and_a_longer_one_is_not),
		cmocka_unit_test(only_near_words_are_likely_to_be_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
