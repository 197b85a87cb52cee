/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fifty hosts behind one rule of a workspace, which takes so many requests a
 * minute of all of them together: they do not send in step, and they come back
 * after an outage without a stampede.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/ship/hosts.h"

#define MINUTE 4u       /* Scrapes. */
#define LIVE_REQUESTS 4 /* Of a host, a minute. */

/* Once and a half of what all of them need live. */
#define QUOTA (HOSTS_MAX * LIVE_REQUESTS * 3 / 2)

static double
sum(struct hosts *hosts, const char *name, const char *label)
{
	double total = 0;
	unsigned int i;

	for (i = 0; i < hosts->len; i++)
		total += hosts_value(hosts->hosts[i], name, label);
	return total;
}

/* No host lacks anything at the workspace but what it counts. */
static void
expect_counted(struct hosts *hosts, double dropped)
{
	uint64_t missing = 0;
	unsigned int i;

	for (i = 0; i < hosts->len; i++) {
		missing += hosts_missing(hosts->hosts[i]);
		assert_int_equal(
		    destination_unsettled(hosts->hosts[i]->destination), 0);
	}
	assert_true((double)missing == dropped);
	assert_true(
	    sum(hosts, "prometheus_remote_storage_samples_dropped_total",
		"reason=") == dropped);
	assert_true(sum(hosts, "prometheus_remote_storage_samples_failed_total",
			"") == 0);
	assert_int_equal(workspace_dropped(&hosts->workspace), 0);
}

static void
hosts_that_live_alike_do_not_send_in_step(void **state)
{
	struct hosts *hosts = hosts_new(HOSTS_MAX, "");
	unsigned int from;

	(void)state;
	hosts_live(hosts, 2 * MINUTE);
	from = workspace_second(&hosts->workspace);
	hosts_live(hosts, 10 * MINUTE);
	/* 3.3 a second in the mean; in step there would be 50. */
	assert_true(workspace_peak(&hosts->workspace, from, 600) <= 10);
	assert_int_equal(
	    hosts->workspace.statuses[200], hosts->workspace.requests);
	(void)sim_run(hosts->sim, 60 * CLOCK_SEC);
	expect_counted(hosts, 0);
	hosts_free(hosts);
}

/* The age of the oldest sample that some host has not settled, in seconds. */
static double
lag_of(struct hosts *hosts)
{
	double lag = 0, one;
	unsigned int i;

	for (i = 0; i < hosts->len; i++) {
		one = hosts_value(hosts->hosts[i],
		    "walship_oldest_unacknowledged_age_seconds", "");
		if (lag < one)
			lag = one;
	}
	return lag;
}

/* How many minutes it takes until nothing is late. */
static unsigned int
minutes_until_all_is_well(struct hosts *hosts, unsigned int max)
{
	unsigned int minute = 0;

	do {
		assert_true(minute++ < max);
		hosts_live(hosts, MINUTE);
	} while (lag_of(hosts) > 60);
	return minute;
}

static void
after_an_outage_there_is_no_stampede(void **state)
{
	struct hosts *hosts = hosts_new(HOSTS_MAX, "");
	struct workspace *workspace = &hosts->workspace;
	unsigned int from, minutes;

	(void)state;
	workspace->requests_max = QUOTA;
	hosts_live(hosts, 2 * MINUTE);
	workspace->away = true;
	hosts_live(hosts, 10 * MINUTE);
	/* While nobody answers each tries twice or three times a minute. */
	from = workspace_second(workspace);
	assert_true(workspace_peak(workspace, from - 300, 300) <= 20);
	workspace->away = false;
	minutes = minutes_until_all_is_well(hosts, 15);
	assert_true(workspace_peak(workspace, from, minutes * 60) <= 20);
	assert_true(workspace->statuses[429] <= QUOTA / 2);
	hosts_live(hosts, 2 * MINUTE);
	(void)sim_run(hosts->sim, 60 * CLOCK_SEC);
	expect_counted(hosts, 0);
	hosts_free(hosts);
}

/* All are told the same, in the same minute: to come back in that second. */
static void
a_pause_for_all_does_not_end_for_all_at_once(void **state)
{
	struct hosts *hosts = hosts_new(HOSTS_MAX, "");
	struct workspace *workspace = &hosts->workspace;
	unsigned int from;

	(void)state;
	hosts_live(hosts, 2 * MINUTE);
	workspace->requests_max = 1;
	workspace->retry_after = "60";
	hosts_live(hosts, 2 * MINUTE);
	from = workspace_second(workspace);
	workspace->requests_max = QUOTA;
	(void)minutes_until_all_is_well(hosts, 15);
	assert_true(workspace_peak(workspace, from, 300) <= 20);
	(void)sim_run(hosts->sim, 60 * CLOCK_SEC);
	expect_counted(hosts, 0);
	hosts_free(hosts);
}

#define FEW 10u /* Hosts that send more than is taken. */

/* Less than is made is taken: what is sent is late by minutes, not by twenty. */
static void
lag_is_bounded_where_less_is_taken(const char *retry_after)
{
	struct hosts *hosts = hosts_new(FEW, "");
	struct workspace *workspace = &hosts->workspace;
	unsigned int minute;
	double lag;

	workspace->samples_max = FEW * MINUTE * HOSTS_SERIES * 7 / 10;
	workspace->retry_after = retry_after;
	for (minute = 0; minute < 60; minute++) {
		hosts_live(hosts, MINUTE);
		lag = lag_of(hosts);
		if (lag > 6 * 60)
			fail_msg("%g s behind after %u minutes", lag, minute);
	}
	assert_true(workspace->oldest < 6 * 60000);
	assert_true(workspace->statuses[429] > 0);
	/* What there was of the quota was used, but for pauses. */
	assert_true(workspace->taken > 60 * workspace->samples_max * 7 / 10);
	/* In steps, few of them. */
	assert_in_range(
	    (long)sum(hosts, "walship_lag_skips_total", ""), FEW, 15 * FEW);
	assert_true(
	    sum(hosts, "walship_lag_skipped_seconds_total", "") > 600 * FEW);
	workspace->samples_max = 0;
	hosts_live(hosts, 10 * MINUTE);
	(void)sim_run(hosts->sim, 60 * CLOCK_SEC);
	assert_true(lag_of(hosts) < 60);
	expect_counted(hosts,
	    sum(hosts, "prometheus_remote_storage_samples_dropped_total",
		"\"max_lag\""));
	hosts_free(hosts);
}

static void
a_quota_below_the_live_rate_bounds_the_lag(void **state)
{
	(void)state;
	lag_is_bounded_where_less_is_taken("20");
	lag_is_bounded_where_less_is_taken(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_that_live_alike_do_not_send_in_step),
		cmocka_unit_test(after_an_outage_there_is_no_stampede),
		cmocka_unit_test(a_pause_for_all_does_not_end_for_all_at_once),
		cmocka_unit_test(a_quota_below_the_live_rate_bounds_the_lag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
