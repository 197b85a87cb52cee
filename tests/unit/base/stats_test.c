/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "agent/base/stats.h"

static const struct stat_def a_total = {
	.name = "a_total",
	.help = "All a.",
	.type = STAT_COUNTER,
};
static const struct stat_def b_now = {
	.name = "b_now",
	.help = "B\\C\nsaid \"d\".",
	.type = STAT_GAUGE,
};
static const double bounds[] = { 0.5, 1, 2.5 };
static const struct stat_def c_seconds = {
	.name = "c_seconds",
	.help = "How long.",
	.type = STAT_HISTOGRAM,
	.bounds = bounds,
	.bounds_len = 3,
};

static int
setup(void **state)
{
	*state = stats_new();
	return *state == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	stats_free(*state);
	return 0;
}

static void
check(struct stats *stats, const char *want)
{
	struct buf out;

	buf_init(&out, 100000);
	stats_write(stats, &out);
	assert_false(out.bad);
	assert_string_equal(buf_text(&out), want);
	buf_release(&out);
}

static struct stat *
add(struct stats *stats, const struct stat_def *def, const char *value)
{
	const char *const labels[] = { "l", value, NULL };
	struct stat *stat = stats_add(stats, def, labels);

	assert_non_null(stat);
	return stat;
}

static void
an_empty_registry_writes_nothing(void **state)
{
	check(*state, "");
}

static void
families_are_written_by_name_with_their_series(void **state)
{
	struct stat *b, *a1, *a2;

	b = stats_add(*state, &b_now, NULL);
	a1 = add(*state, &a_total, "1");
	a2 = add(*state, &a_total, "2");
	stat_set(b, -2.5);
	stat_inc(a1);
	stat_inc(a1);
	stat_add(a2, 3000000);
	check(*state,
	    "# HELP a_total All a.\n"
	    "# TYPE a_total counter\n"
	    "a_total{l=\"1\"} 2\n"
	    "a_total{l=\"2\"} 3000000\n"
	    "# HELP b_now B\\\\C\\nsaid \"d\".\n"
	    "# TYPE b_now gauge\n"
	    "b_now -2.5\n");
}

static void
label_values_are_escaped_and_several(void **state)
{
	const char *const labels[] = { "x", "a\\b\"c\nd\xff", "y", "", NULL };

	assert_non_null(stats_add(*state, &a_total, labels));
	check(*state,
	    "# HELP a_total All a.\n"
	    "# TYPE a_total counter\n"
	    "a_total{x=\"a\\\\b\\\"c\\nd\xef\xbf\xbd\",y=\"\"} 0\n");
}

static void
labels_are_copied(void **state)
{
	char value[] = "before";

	(void)add(*state, &a_total, value);
	value[0] = 'X';
	check(*state,
	    "# HELP a_total All a.\n"
	    "# TYPE a_total counter\n"
	    "a_total{l=\"before\"} 0\n");
}

static void
a_histogram_counts_cumulatively_up_to_inf(void **state)
{
	struct stat *c = add(*state, &c_seconds, "v");

	stat_observe(c, 0.5); /* A bound belongs to its bucket. */
	stat_observe(c, 0.6);
	stat_observe(c, 2);
	stat_observe(c, 1000);
	check(*state,
	    "# HELP c_seconds How long.\n"
	    "# TYPE c_seconds histogram\n"
	    "c_seconds_bucket{l=\"v\",le=\"0.5\"} 1\n"
	    "c_seconds_bucket{l=\"v\",le=\"1\"} 2\n"
	    "c_seconds_bucket{l=\"v\",le=\"2.5\"} 3\n"
	    "c_seconds_bucket{l=\"v\",le=\"+Inf\"} 4\n"
	    "c_seconds_sum{l=\"v\"} 1003.1\n"
	    "c_seconds_count{l=\"v\"} 4\n");
	assert_true(stat_value(c) == 4);
}

static void
a_histogram_without_labels_has_le_alone(void **state)
{
	struct stat *c = stats_add(*state, &c_seconds, NULL);

	stat_observe(c, (double)NAN);
	check(*state,
	    "# HELP c_seconds How long.\n"
	    "# TYPE c_seconds histogram\n"
	    "c_seconds_bucket{le=\"0.5\"} 0\n"
	    "c_seconds_bucket{le=\"1\"} 0\n"
	    "c_seconds_bucket{le=\"2.5\"} 0\n"
	    "c_seconds_bucket{le=\"+Inf\"} 1\n"
	    "c_seconds_sum NaN\n"
	    "c_seconds_count 1\n");
}

static void
large_and_odd_values_are_written_as_prometheus_reads_them(void **state)
{
	static const struct {
		double value;
		const char *want;
	} cases[] = {
		{ 9007199254740992.0,
		    "# HELP b_now B\\\\C\\nsaid \"d\".\n# TYPE b_now gauge\n"
		    "b_now 9007199254740992\n" },
		{ (double)NAN,
		    "# HELP b_now B\\\\C\\nsaid \"d\".\n# TYPE b_now gauge\n"
		    "b_now NaN\n" },
		{ -(double)INFINITY,
		    "# HELP b_now B\\\\C\\nsaid \"d\".\n# TYPE b_now gauge\n"
		    "b_now -Inf\n" },
	};
	struct stat *b = stats_add(*state, &b_now, NULL);
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		stat_set(b, cases[i].value);
		check(*state, cases[i].want);
	}
}

static void
a_family_goes_with_its_last_series(void **state)
{
	struct stat *a1 = add(*state, &a_total, "1");
	struct stat *a2 = add(*state, &a_total, "2");

	stats_remove(a1);
	check(*state,
	    "# HELP a_total All a.\n"
	    "# TYPE a_total counter\n"
	    "a_total{l=\"2\"} 0\n");
	stats_remove(a2);
	check(*state, "");
	stats_remove(NULL);
}

static void
values_can_be_read_back(void **state)
{
	struct stat *a = add(*state, &a_total, "1");

	stat_add(a, 1.5);
	stat_inc(a);
	assert_true(stat_value(a) == 2.5);
	assert_true(stat_value(NULL) == 0);
	stat_inc(NULL);
	stat_add(NULL, 1);
	stat_set(NULL, 1);
	stat_observe(NULL, 1);
}

static void
bring_up_to_date(void *arg)
{
	stat_add(arg, 1);
}

static void
refreshers_run_at_the_head_of_each_write_until_forgotten(void **state)
{
	struct stat *b = stats_add(*state, &b_now, NULL);
	struct stat *a = add(*state, &a_total, "1");

	assert_int_equal(stats_refresh(*state, bring_up_to_date, b), 0);
	assert_int_equal(stats_refresh(*state, bring_up_to_date, a), 0);
	check(*state,
	    "# HELP a_total All a.\n# TYPE a_total counter\n"
	    "a_total{l=\"1\"} 1\n"
	    "# HELP b_now B\\\\C\\nsaid \"d\".\n# TYPE b_now gauge\n"
	    "b_now 1\n");
	stats_forget(*state, bring_up_to_date, b);
	stats_forget(*state, bring_up_to_date, b); /* Not there: nothing. */
	check(*state,
	    "# HELP a_total All a.\n# TYPE a_total counter\n"
	    "a_total{l=\"1\"} 2\n"
	    "# HELP b_now B\\\\C\\nsaid \"d\".\n# TYPE b_now gauge\n"
	    "b_now 1\n");
}

static void
a_series_is_found_by_its_labels(void **state)
{
	static const char *const none[] = { NULL };
	const char *const both[] = { "l", "\"1\"", "m", "2", NULL };
	struct stat *first = add(*state, &a_total, "1");
	struct stat *plain = stats_add(*state, &a_total, none);
	struct stat *other = stats_add(*state, &b_now, both);
	const char *const one[] = { "l", "1", NULL };

	assert_ptr_equal(stats_find(*state, "a_total", one), first);
	assert_ptr_equal(stats_find(*state, "a_total", none), plain);
	assert_ptr_equal(stats_find(*state, "b_now", both), other);
	assert_null(stats_find(*state, "b_now", none));
	assert_null(stats_find(*state, "a_total", both));
	assert_null(stats_find(*state, "c_seconds", none));
}

static void
refreshers_run_when_asked(void **state)
{
	struct stat *a = add(*state, &a_total, "1");

	assert_int_equal(stats_refresh(*state, bring_up_to_date, a), 0);
	stats_update(*state);
	stats_update(*state);
	assert_int_equal(stat_value(a), 2);
	stats_forget(*state, bring_up_to_date, a);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_registry_writes_nothing),
		TEST(families_are_written_by_name_with_their_series),
		TEST(label_values_are_escaped_and_several),
		TEST(labels_are_copied),
		TEST(a_histogram_counts_cumulatively_up_to_inf),
		TEST(a_histogram_without_labels_has_le_alone),
		TEST(large_and_odd_values_are_written_as_prometheus_reads_them),
		TEST(a_family_goes_with_its_last_series),
		TEST(values_can_be_read_back),
		TEST(refreshers_run_at_the_head_of_each_write_until_forgotten),
		TEST(a_series_is_found_by_its_labels),
		TEST(refreshers_run_when_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
