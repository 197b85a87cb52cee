/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "agent/series/labels.h"
#include "tests/unit/series/series.h"

/* Compare ${given} once tidied with ${want}: name=value, each with a comma. */
static void
assert_tidied(struct wal_label *labels, size_t len, const char *want)
{
	char text[256] = "";
	size_t i, at = 0;

	len = labels_tidy(labels, len);
	for (i = 0; i < len; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    "%.*s=%.*s,", (int)labels[i].name.len, labels[i].name.data,
		    (int)labels[i].value.len, labels[i].value.data);
	assert_string_equal(text, want);
}

static void
assert_tidied_text(const char *given, const char *want)
{
	struct series_labels labels = series_labels(given);

	assert_tidied(labels.labels, labels.len, want);
}

static void
names_are_sorted_by_bytes_the_shorter_first(void **state)
{
	(void)state;
	assert_tidied_text("b=1,\xc3\xa9=2,ab=3,a=4,B=5,__name__=6",
	    "B=5,__name__=6,a=4,ab=3,b=1,\xc3\xa9=2,");
	assert_tidied_text("a=1,b=2,c=3", "a=1,b=2,c=3,");
	assert_tidied_text("", "");
}

static void
labels_without_a_name_or_a_value_are_left_out(void **state)
{
	(void)state;
	assert_tidied_text("a=,b=2,c=", "b=2,");
	assert_tidied_text("c=,b=2,a=", "b=2,");
	assert_tidied_text("a=,b=", "");
	assert_tidied_text("=1,b=2", "b=2,");
}

/* Wherever the values lie in memory, and whichever was first. */
static void
of_several_with_one_name_the_least_value_counts(void **state)
{
	static const char memory[] = "xyxx";
	const struct wal_text name = { "a", 1 }, high = { memory, 2 };
	const struct wal_text low = { memory + 2, 2 }, none = { memory, 0 };
	struct wal_label first[] = { { name, none }, { name, high },
		{ name, low } };
	struct wal_label last[] = { { name, low }, { name, high },
		{ name, high } };

	(void)state;
	assert_tidied(first, 3, "a=xx,");
	assert_tidied(last, 3, "a=xx,");
}

static void
their_size_is_that_of_names_and_values(void **state)
{
	struct series_labels labels = series_labels("name=value,n=,a=1");

	(void)state;
	assert_int_equal(labels_size(labels.labels, labels.len), 9 + 1 + 2);
	assert_int_equal(labels_size(NULL, 0), 0);
}

static void
their_hash_tells_names_from_values(void **state)
{
	struct series_labels one = series_labels("a=b,c=d");
	struct series_labels same = series_labels("a=b,c=d");
	struct series_labels other = series_labels("a=d,c=b");

	(void)state;
	assert_int_equal(labels_hash(one.labels, one.len),
	    labels_hash(same.labels, same.len));
	assert_int_not_equal(labels_hash(one.labels, one.len),
	    labels_hash(other.labels, other.len));
	assert_int_not_equal(
	    labels_hash(one.labels, one.len), labels_hash(one.labels, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_sorted_by_bytes_the_shorter_first),
		cmocka_unit_test(labels_without_a_name_or_a_value_are_left_out),
		cmocka_unit_test(
		    of_several_with_one_name_the_least_value_counts),
		cmocka_unit_test(their_size_is_that_of_names_and_values),
		cmocka_unit_test(their_hash_tells_names_from_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
