/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/meters/vitals.h"
#include "agent/spool/gauges.h"

struct fixture {
	struct stats *stats;
	struct meters meters;
	struct gauges gauges;
	struct vital vitals[VITALS_MAX];
	size_t len;
};

static int
set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .stats = stats_new() };
	*state = &f;
	return f.stats == NULL || meters_init(&f.meters, f.stats, "r", "u") != 0
	    ? -1
	    : 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	stats_free(f->stats);
	return 0;
}

/* The value that ${name} has; there is one such. */
static double
value_of(struct fixture *f, const char *name)
{
	size_t i, found = VITALS_MAX;

	f->len = vitals_read(&f->meters, f->stats, f->vitals);
	assert_true(f->len <= VITALS_MAX);
	for (i = 0; i < f->len; i++) {
		if (strcmp(f->vitals[i].name, name) != 0)
			continue;
		assert_int_equal(found, VITALS_MAX);
		found = i;
	}
	assert_int_not_equal(found, VITALS_MAX);
	return f->vitals[found].value;
}

static void
expect(struct fixture *f, const char *name, unsigned int want)
{
	assert_int_equal(value_of(f, name), want);
}

static void
what_there_is_not_is_nought(void **state)
{
	struct fixture *f = *state;

	expect(f, "walship_build_info", 1);
	assert_string_equal(f->vitals[0].version, PACKAGE_VERSION);
	assert_null(f->vitals[1].version);
	expect(f, "walship_start_time_seconds", 0);
	expect(f, "walship_spool_pinned_bytes", 0);
	expect(f, "walship_spool_lost_segments_total", 0);
	assert_int_equal(f->len, 15);
}

static void
meters_are_told_as_they_are(void **state)
{
	struct fixture *f = *state;

	stat_set(f->meters.lag, 3);
	stat_set(f->meters.acknowledged_segment, 4);
	stat_set(f->meters.acknowledged_offset, 5);
	stat_set(f->meters.damaged, 6);
	stat_set(f->meters.gap, 7);
	stat_set(f->meters.clock_offset, 8);
	expect(f, "walship_oldest_unacknowledged_age_seconds", 3);
	expect(f, "walship_acknowledged_segment", 4);
	expect(f, "walship_acknowledged_offset_bytes", 5);
	expect(f, "walship_wal_damaged_total", 6);
	expect(f, "walship_wal_gap_segments_total", 7);
	expect(f, "walship_clock_offset_seconds", 8);
}

static void
histograms_are_samples(void **state)
{
	struct fixture *f = *state;
	struct kind_meters *samples = &f->meters.kinds[KEPT_SAMPLE];
	struct kind_meters *histograms = &f->meters.kinds[KEPT_HISTOGRAM];
	struct kind_meters *exemplars = &f->meters.kinds[KEPT_EXEMPLAR];

	stat_set(samples->total, 100);
	stat_set(histograms->total, 10);
	stat_set(exemplars->total, 1);
	stat_set(samples->failed, 20);
	stat_set(histograms->failed, 2);
	stat_set(samples->retried, 30);
	stat_set(histograms->retried, 3);
	expect(f, "walship_samples_total", 110);
	expect(f, "walship_samples_failed_total", 22);
	expect(f, "walship_samples_retried_total", 33);
}

static void
what_a_rule_drops_is_not_missed(void **state)
{
	struct fixture *f = *state;
	struct kind_meters *samples = &f->meters.kinds[KEPT_SAMPLE];
	struct kind_meters *histograms = &f->meters.kinds[KEPT_HISTOGRAM];

	stat_set(samples->dropped[DROP_BY_RULE], 1000);
	stat_set(histograms->dropped[DROP_BY_RULE], 1000);
	stat_set(samples->dropped[DROP_UNKNOWN_SERIES], 1);
	stat_set(samples->dropped[DROP_MAX_LAG], 2);
	stat_set(histograms->dropped[DROP_CUSTOM_BUCKETS], 4);
	expect(f, "walship_samples_dropped_total", 7);
}

static void
what_goes_for_all_is_found(void **state)
{
	static const struct stat_def start = {
		.name = "process_start_time_seconds",
		.help = "h",
		.type = STAT_GAUGE,
	};
	static const struct stat_def reload = {
		.name = "walship_config_last_reload_successful",
		.help = "h",
		.type = STAT_GAUGE,
	};
	static const char *const none[] = { NULL };
	struct fixture *f = *state;

	stat_set(stats_add(f->stats, &start, none), 11);
	stat_set(stats_add(f->stats, &reload, none), 1);
	assert_int_equal(gauges_init(&f->gauges, f->stats), 0);
	stat_set(f->gauges.pinned, 12);
	gauges_let_go(&f->gauges, SPOOL_READ);
	gauges_let_go(&f->gauges, SPOOL_AGE);
	gauges_let_go(&f->gauges, SPOOL_MAX_BYTES);
	gauges_let_go(&f->gauges, SPOOL_MISSING);
	expect(f, "walship_start_time_seconds", 11);
	expect(f, "walship_config_last_reload_successful", 1);
	expect(f, "walship_spool_pinned_bytes", 12);
	expect(f, "walship_spool_lost_segments_total", 2);
	gauges_release(&f->gauges);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_there_is_not_is_nought),
		TEST(meters_are_told_as_they_are),
		TEST(histograms_are_samples),
		TEST(what_a_rule_drops_is_not_missed),
		TEST(what_goes_for_all_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
