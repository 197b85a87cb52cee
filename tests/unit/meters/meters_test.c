/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/meters/meters.h"

/* What ${stats} write, to be freed. */
static char *
written(struct stats *stats)
{
	struct buf out;
	char *text;

	buf_init(&out, 1 << 20);
	stats_write(stats, &out);
	text = strdup(buf_text(&out));
	buf_release(&out);
	assert_non_null(text);
	return text;
}

static void
assert_line(const char *text, const char *line)
{
	char whole[256];

	(void)snprintf(whole, sizeof(whole), "\n%s\n", line);
	if (strstr(text, whole) == NULL)
		fail_msg("no line %s", line);
}

/* Those that Prometheus's dashboard and alerts look for, and their labels. */
static void
dashboards_find_the_names_they_know(void **state)
{
	static const char *const remote[] = { "samples_total",
		"samples_failed_total", "samples_retried_total",
		"samples_pending", "exemplars_total", "exemplars_failed_total",
		"exemplars_retried_total", "exemplars_pending",
		"histograms_total", "histograms_failed_total",
		"histograms_retried_total", "histograms_pending", "bytes_total",
		"metadata_total", "metadata_failed_total",
		"metadata_retried_total", "metadata_bytes_total",
		"queue_highest_timestamp_seconds",
		"queue_highest_sent_timestamp_seconds", "shards", "shards_max",
		"shards_min", "shards_desired", "max_samples_per_send",
		"shard_capacity", "enqueue_retries_total",
		"sent_batch_duration_seconds_count" };
	static const char *const watcher[] = { "record_decode_failures_total",
		"samples_sent_pre_tailing_total", "current_segment" };
	struct stats *stats = stats_new();
	struct meters meters;
	char line[256], *text;
	size_t i;

	(void)state;
	assert_int_equal(meters_init(&meters, stats, "azure", "http://h/w"), 0);
	text = written(stats);
	for (i = 0; i < sizeof(remote) / sizeof(*remote); i++) {
		(void)snprintf(line, sizeof(line),
		    "prometheus_remote_storage_%s{remote_name=\"azure\","
		    "url=\"http://h/w\"} 0",
		    remote[i]);
		assert_line(text, line);
	}
	for (i = 0; i < sizeof(watcher) / sizeof(*watcher); i++) {
		(void)snprintf(line, sizeof(line),
		    "prometheus_wal_watcher_%s{consumer=\"azure\"} 0",
		    watcher[i]);
		assert_line(text, line);
	}
	free(text);
	meters_release(&meters);
	stats_free(stats);
}

static void
records_are_counted_by_prometheus_types(void **state)
{
	struct stats *stats = stats_new();
	struct meters meters;
	char line[256], *text;
	unsigned int type;

	(void)state;
	assert_int_equal(meters_init(&meters, stats, "azure", "u"), 0);
	stat_inc(meters.records[WAL_SAMPLES]);
	text = written(stats);
	for (type = 0; type < WAL_TYPES; type++) {
		(void)snprintf(line, sizeof(line),
		    "prometheus_wal_watcher_records_read_total{"
		    "consumer=\"azure\",type=\"%s\"} %d",
		    wal_type_name(type), type == WAL_SAMPLES);
		assert_line(text, line);
	}
	free(text);
	meters_release(&meters);
	stats_free(stats);
}

static void
drops_are_counted_by_reason(void **state)
{
	struct stats *stats = stats_new();
	struct meters meters;
	char *text;

	(void)state;
	assert_int_equal(meters_init(&meters, stats, "azure", "u"), 0);
	stat_inc(meters.kinds[KEPT_SAMPLE].dropped[DROP_UNKNOWN_SERIES]);
	stat_add(meters.kinds[KEPT_HISTOGRAM].dropped[DROP_CUSTOM_BUCKETS], 2);
	text = written(stats);
	assert_line(text,
	    "prometheus_remote_storage_samples_dropped_total{"
	    "remote_name=\"azure\",url=\"u\","
	    "reason=\"unintentionally_dropped_series\"} 1");
	assert_line(text,
	    "prometheus_remote_storage_histograms_dropped_total{"
	    "remote_name=\"azure\",url=\"u\","
	    "reason=\"nhcb_in_rw1_not_supported\"} 2");
	free(text);
	meters_release(&meters);
	stats_free(stats);
}

static void
what_is_given_up_is_counted_by_kind_and_reason(void **state)
{
	struct stats *stats = stats_new();
	struct meters meters;
	char *text;

	(void)state;
	assert_int_equal(meters_init(&meters, stats, "azure", "u"), 0);
	stat_inc(meters.kinds[KEPT_EXEMPLAR].given_up[FAIL_REFUSED]);
	stat_add(meters.kinds[KEPT_SAMPLE].given_up[FAIL_DUPLICATE], 2);
	text = written(stats);
	assert_line(text,
	    "walship_given_up_total{remote_name=\"azure\",url=\"u\","
	    "kind=\"exemplars\",reason=\"refused\"} 1");
	assert_line(text,
	    "walship_given_up_total{remote_name=\"azure\",url=\"u\","
	    "kind=\"samples\",reason=\"duplicate_or_refused\"} 2");
	free(text);
	meters_release(&meters);
	stats_free(stats);
}

/* However odd the receiver, there are never more series of it. */
static void
answers_are_counted_by_a_bounded_set_of_codes(void **state)
{
	static const struct {
		const char *code;
		int value;
	} want[] = { { "none", 1 }, { "200", 1 }, { "504", 1 }, { "2xx", 97 },
		{ "3xx", 96 }, { "4xx", 90 }, { "5xx", 96 } };
	struct stats *stats = stats_new();
	struct meters meters;
	char line[256], *text;
	int status;
	size_t i;

	(void)state;
	assert_int_equal(meters_init(&meters, stats, "azure", "u"), 0);
	meters_answer(&meters, 0);
	for (status = 200; status <= 599; status++)
		meters_answer(&meters, status);
	text = written(stats);
	for (i = 0; i < sizeof(want) / sizeof(*want); i++) {
		(void)snprintf(line, sizeof(line),
		    "walship_responses_total{remote_name=\"azure\",url=\"u\","
		    "code=\"%s\"} %d",
		    want[i].code, want[i].value);
		assert_line(text, line);
	}
	free(text);
	meters_release(&meters);
	stats_free(stats);
}

static void
two_destinations_have_each_their_own(void **state)
{
	struct stats *stats = stats_new();
	struct meters a, b;
	char *text;

	(void)state;
	assert_int_equal(meters_init(&a, stats, "a", "u"), 0);
	assert_int_equal(meters_init(&b, stats, "b", "u"), 0);
	stat_add(a.kinds[KEPT_SAMPLE].total, 5);
	meters_release(&b);
	text = written(stats);
	assert_line(text,
	    "prometheus_remote_storage_samples_total{"
	    "remote_name=\"a\",url=\"u\"} 5");
	assert_null(strstr(text, "remote_name=\"b\""));
	assert_null(strstr(text, "consumer=\"b\""));
	free(text);
	meters_release(&a);
	text = written(stats);
	assert_string_equal(text, "");
	free(text);
	stats_free(stats);
}

static void
released_twice_or_never_made_they_do_no_harm(void **state)
{
	struct stats *stats = stats_new();
	struct meters meters = { 0 };

	(void)state;
	meters_release(&meters);
	assert_int_equal(meters_init(&meters, stats, "a", "u"), 0);
	meters_release(&meters);
	meters_release(&meters);
	stats_free(stats);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dashboards_find_the_names_they_know),
		cmocka_unit_test(records_are_counted_by_prometheus_types),
		cmocka_unit_test(drops_are_counted_by_reason),
		cmocka_unit_test(
		    what_is_given_up_is_counted_by_kind_and_reason),
		cmocka_unit_test(answers_are_counted_by_a_bounded_set_of_codes),
		cmocka_unit_test(two_destinations_have_each_their_own),
		cmocka_unit_test(released_twice_or_never_made_they_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
