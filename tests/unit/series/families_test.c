/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/series/families.h"
#include "tests/unit/series/series.h"

static int
set_up(void **state)
{
	*state = families_new();
	return *state == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	families_free(*state);
	return 0;
}

static struct wal_text
text(const char *word)
{
	return (struct wal_text){ word, strlen(word) };
}

static struct family
family(
    enum family_type type, const char *name, const char *help, const char *unit)
{
	return (struct family){ type, text(name), text(help), text(unit) };
}

static int
put(struct families *families, enum family_type type, const char *name,
    const char *help)
{
	struct family given = family(type, name, help, "");

	return families_put(families, &given);
}

static void
expect_text(struct wal_text got, const char *wanted)
{
	assert_int_equal(got.len, strlen(wanted));
	assert_memory_equal(got.data, wanted, got.len);
}

static void
expect(const struct families *families, size_t i, enum family_type type,
    const char *name, const char *help)
{
	struct family got = families_at(families, i);

	assert_int_equal(got.type, type);
	expect_text(got.name, name);
	expect_text(got.help, help);
}

static void
what_is_put_is_found_in_the_order_it_came(void **state)
{
	struct families *f = *state;
	struct family given =
	    family(FAMILY_STATESET, "b", "What b is.", "seconds");

	assert_int_equal(families_len(f), 0);
	assert_false(families_has(f, text("b")));
	assert_int_equal(families_put(f, &given), 0);
	assert_int_equal(put(f, FAMILY_GAUGE, "a", ""), 0);
	assert_int_equal(families_len(f), 2);
	expect(f, 0, FAMILY_STATESET, "b", "What b is.");
	expect_text(families_at(f, 0).unit, "seconds");
	expect(f, 1, FAMILY_GAUGE, "a", "");
	assert_true(families_has(f, text("a")));
	assert_false(families_has(f, text("ab")));
}

static void
the_newest_of_a_name_counts(void **state)
{
	struct families *f = *state;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		assert_int_equal(put(f, FAMILY_GAUGE, "a", "first"), 0);
		assert_int_equal(put(f, FAMILY_GAUGE, "b", "other"), 0);
		assert_int_equal(put(f, FAMILY_COUNTER, "a", "second"), 0);
		assert_int_equal(families_len(f), 2);
		expect(f, 0, FAMILY_COUNTER, "a", "second");
		expect(f, 1, FAMILY_GAUGE, "b", "other");
	}
}

static void
several_of_a_name_stand_beside_each_other(void **state)
{
	struct families *f = *state;
	struct family one = family(FAMILY_GAUGE, "a", "one", "");
	struct family two = family(FAMILY_GAUGE, "a", "two", "");

	assert_int_equal(families_add(f, &one), 0);
	assert_int_equal(families_add(f, &two), 0);
	assert_int_equal(families_len(f), 2);
	expect(f, 0, FAMILY_GAUGE, "a", "one");
	expect(f, 1, FAMILY_GAUGE, "a", "two");
	assert_true(families_has(f, text("a")));
}

static void
a_name_is_needed(void **state)
{
	struct families *f = *state;

	assert_int_equal(put(f, FAMILY_GAUGE, "", "help"), -1);
	assert_int_equal(families_len(f), 0);
}

static void
a_text_has_its_ceiling(void **state)
{
	char *large = malloc(FAMILIES_TEXT_MAX + 1);
	struct families *f = *state;
	struct family given;
	unsigned int i;

	assert_non_null(large);
	memset(large, 'x', FAMILIES_TEXT_MAX + 1);
	for (i = 0; i < 3; i++) {
		given = family(FAMILY_GAUGE, "name", "help", "unit");
		*(i == 0         ? &given.name
			: i == 1 ? &given.help
				 : &given.unit) =
		    (struct wal_text){ large, FAMILIES_TEXT_MAX + 1 };
		assert_int_equal(families_put(f, &given), -1);
		assert_int_equal(families_len(f), 0);
	}
	given.unit.len--;
	assert_int_equal(families_put(f, &given), 0);
	/* What was known stays. */
	given.unit.len++;
	assert_int_equal(families_put(f, &given), -1);
	assert_int_equal(families_at(f, 0).unit.len, FAMILIES_TEXT_MAX);
	free(large);
}

static void
their_number_has_a_ceiling(void **state)
{
	struct families *f = *state;
	char name[16];
	unsigned int i;

	for (i = 0; i < FAMILIES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "m%u", i);
		assert_int_equal(put(f, FAMILY_GAUGE, name, ""), 0);
	}
	assert_int_equal(put(f, FAMILY_GAUGE, "more", ""), -1);
	assert_int_equal(families_len(f), FAMILIES_MAX);
	/* Those that are known can still change. */
	assert_int_equal(put(f, FAMILY_GAUGE, "m77", "new"), 0);
	expect(f, 77, FAMILY_GAUGE, "m77", "new");
}

static void
their_bytes_have_a_ceiling(void **state)
{
	char *large = malloc(FAMILIES_TEXT_MAX);
	struct families *f = *state;
	struct family given;
	char name[16];
	unsigned int i;

	assert_non_null(large);
	memset(large, 'x', FAMILIES_TEXT_MAX);
	given.type = FAMILY_GAUGE;
	given.unit = text("");
	for (i = 0; i < FAMILIES_BYTES_MAX / FAMILIES_TEXT_MAX; i++) {
		(void)snprintf(name, sizeof(name), "m%04u", i);
		given.name = text(name);
		given.help = (struct wal_text){ large, FAMILIES_TEXT_MAX - 5 };
		assert_int_equal(families_put(f, &given), 0);
	}
	/* It is full: nothing more, but what takes no more, and then again. */
	assert_int_equal(put(f, FAMILY_GAUGE, "a", ""), -1);
	given.help.len++;
	assert_int_equal(families_put(f, &given), -1);
	given.help.len -= 2;
	assert_int_equal(families_put(f, &given), 0);
	assert_int_equal(put(f, FAMILY_GAUGE, "a", ""), 0);
	assert_int_equal(put(f, FAMILY_GAUGE, "b", ""), -1);
	families_clear(f);
	assert_int_equal(put(f, FAMILY_GAUGE, "b", ""), 0);
	free(large);
}

static void
a_cleared_set_is_as_new(void **state)
{
	struct families *f = *state;

	assert_int_equal(put(f, FAMILY_GAUGE, "a", "one"), 0);
	families_clear(f);
	assert_int_equal(families_len(f), 0);
	assert_false(families_has(f, text("a")));
	assert_int_equal(put(f, FAMILY_GAUGE, "a", "two"), 0);
	expect(f, 0, FAMILY_GAUGE, "a", "two");
}

static void
a_series_is_of_the_family_that_its_type_says(void **state)
{
	static const struct {
		enum family_type type;
		const char *labels, *name;
	} cases[] = {
		{ FAMILY_COUNTER, "__name__=a_total,b=c", "a_total" },
		{ FAMILY_GAUGE, "__name__=a_count", "a_count" },
		{ FAMILY_UNKNOWN, "__name__=a_bucket,le=1", "a_bucket" },
		{ FAMILY_INFO, "__name__=a_info,b=c", "a" },
		{ FAMILY_INFO, "__name__=a", "a" },
		{ FAMILY_INFO, "__name__=a_sum", "a_sum" },
		{ FAMILY_STATESET, "__name__=a", "a" },
		{ FAMILY_HISTOGRAM, "__name__=a_bucket,le=+Inf", "a" },
		{ FAMILY_HISTOGRAM, "__name__=a_sum", "a" },
		{ FAMILY_HISTOGRAM, "__name__=a_count,b=c", "a" },
		{ FAMILY_HISTOGRAM, "__name__=a_native", "a_native" },
		{ FAMILY_HISTOGRAM, "__name__=a_bucket", "a_bucket" },
		{ FAMILY_HISTOGRAM, "__name__=a_sum_bucket,le=1", "a_sum" },
		{ FAMILY_HISTOGRAM, "__name__=_sum", "_sum" },
		{ FAMILY_GAUGE_HISTOGRAM, "__name__=a_bucket,le=1", "a" },
		{ FAMILY_GAUGE_HISTOGRAM, "__name__=a_gsum", "a" },
		{ FAMILY_GAUGE_HISTOGRAM, "__name__=a_gcount", "a" },
		{ FAMILY_GAUGE_HISTOGRAM, "__name__=a_count", "a_count" },
		{ FAMILY_SUMMARY, "__name__=a,quantile=0.5", "a" },
		{ FAMILY_SUMMARY, "__name__=a_count,quantile=0.5", "a_count" },
		{ FAMILY_SUMMARY, "__name__=a_count_count", "a_count" },
		{ FAMILY_SUMMARY, "__name__=a_sum", "a" },
		{ FAMILY_TYPES, "__name__=a_sum", "a_sum" },
		{ 255, "__name__=a_sum", "a_sum" },
		{ FAMILY_SUMMARY, "a=b", "" },
		{ FAMILY_SUMMARY, "", "" },
	};
	struct series_labels labels;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		labels = series_labels(cases[i].labels);
		expect_text(
		    families_name(cases[i].type, labels.labels, labels.len),
		    cases[i].name);
	}
}

static void
types_have_the_numbers_of_the_log(void **state)
{
	static const char *const names[FAMILY_TYPES] = {
		[FAMILY_UNKNOWN] = "unknown",
		[FAMILY_COUNTER] = "counter",
		[FAMILY_GAUGE] = "gauge",
		[FAMILY_HISTOGRAM] = "histogram",
		[FAMILY_GAUGE_HISTOGRAM] = "gaugehistogram",
		[FAMILY_SUMMARY] = "summary",
		[FAMILY_INFO] = "info",
		[FAMILY_STATESET] = "stateset",
	};
	uint8_t i;

	(void)state;
	for (i = 0; i < FAMILY_TYPES; i++)
		assert_string_equal(wal_metadata_type_name(i), names[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_put_is_found_in_the_order_it_came),
		TEST(the_newest_of_a_name_counts),
		TEST(several_of_a_name_stand_beside_each_other),
		TEST(a_name_is_needed),
		TEST(a_text_has_its_ceiling),
		TEST(their_number_has_a_ceiling),
		TEST(their_bytes_have_a_ceiling),
		TEST(a_cleared_set_is_as_new),
		cmocka_unit_test(a_series_is_of_the_family_that_its_type_says),
		cmocka_unit_test(types_have_the_numbers_of_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
