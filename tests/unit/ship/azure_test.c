/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host that ships to an Azure Monitor workspace, on its worst days.  In the
 * end the workspace holds every sample that it could have taken, nothing was
 * sent that it drops in silence, and what it does not hold is exactly what
 * walship counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/ship/hosts.h"

#define MINUTE 4u /* Scrapes. */
#define DROPPED "prometheus_remote_storage_samples_dropped_total"
#define FAILED "prometheus_remote_storage_samples_failed_total"

/* How late a sample may be for the one that comes first after an outage, as
 * the age limit is: and how long the next attempt may take, in ms. */
#define AGE_LIMIT (19 * INT64_C(60000))
#define ATTEMPT INT64_C(32000)

/* What is missing at the workspace is counted here, and nothing else is. */
static void
expect_counted(struct hosts *hosts)
{
	struct host *host = hosts->hosts[0];
	double dropped = hosts_value(host, DROPPED, "reason=");

	assert_true(hosts_value(host, FAILED, "") == 0);
	if (dropped != (double)hosts_missing(host))
		fail_msg("%g counted, %llu missing", dropped,
		    (unsigned long long)hosts_missing(host));
	assert_int_equal(workspace_dropped(&hosts->workspace), 0);
	assert_int_equal(destination_unsettled(host->destination), 0);
}

/* Live through ${trouble} for so many ${minutes}, and then until all is well. */
static struct hosts *
live_through(unsigned int minutes,
    void (*trouble)(struct workspace *workspace, unsigned int minutes))
{
	struct hosts *hosts = hosts_new(1, "");

	hosts_live(hosts, 10 * MINUTE);
	assert_int_equal(
	    hosts->workspace.statuses[200], hosts->workspace.requests);
	hosts->workspace.first_taken = 0;
	trouble(&hosts->workspace, minutes);
	hosts_live(hosts, minutes * MINUTE);
	hosts->workspace.away = false;
	hosts_live(hosts, 30 * MINUTE);
	(void)sim_run(hosts->sim, 60 * CLOCK_SEC);
	expect_counted(hosts);
	return hosts;
}

static void
nobody_answers(struct workspace *workspace, unsigned int minutes)
{
	(void)minutes;
	workspace->away = true;
}

static void
the_role_is_not_there_yet(struct workspace *workspace, unsigned int minutes)
{
	workspace->forbidden =
	    sim_now(workspace->sim) + minutes * 60 * CLOCK_SEC;
}

static void
outages_cost_what_is_older_than_the_limit_and_no_more(void **state)
{
	static const unsigned int outages[] = { 5, 19, 25, 180 };
	struct hosts *hosts;
	struct host *host;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(outages) / sizeof(outages[0]); i++) {
		hosts = live_through(outages[i], nobody_answers);
		host = hosts->hosts[0];
		assert_true(hosts_newest_missing(host) <
		    hosts->workspace.first_taken - AGE_LIMIT + 1000);
		if (outages[i] < 19)
			assert_int_equal(hosts_missing(host), 0);
		assert_true(hosts_value(host, DROPPED, "\"too_old\"") ==
		    (double)hosts_missing(host));
		assert_true(hosts_missing(host) <=
		    (outages[i] > 18 ? outages[i] - 18 : 0) * MINUTE *
			HOSTS_SERIES);
		hosts_free(hosts);
	}
}

/* As long as a new role takes to apply. */
static void
half_an_hour_of_403_holds(void **state)
{
	struct hosts *hosts = live_through(30, the_role_is_not_there_yet);

	(void)state;
	assert_true(hosts->workspace.statuses[403] >= 30);
	assert_true(hosts->workspace.statuses[403] <= 60);
	assert_true(hosts_newest_missing(hosts->hosts[0]) <
	    hosts->workspace.first_taken - AGE_LIMIT + 1000);
	assert_true(
	    hosts_missing(hosts->hosts[0]) <= 13 * MINUTE * HOSTS_SERIES);
	hosts_free(hosts);
}

/* What may be there already is refused, in one way or the other. */
static void
lost_answers_lose_nothing(void **state)
{
	static const int statuses[] = { 422, 409, 400 };
	struct hosts *hosts;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		hosts = hosts_new(1, "");
		hosts->workspace.lost = 3;
		hosts->workspace.duplicate = statuses[i];
		hosts_live(hosts, 30 * MINUTE);
		hosts->workspace.lost = 0;
		hosts_live(hosts, 5 * MINUTE);
		(void)sim_run(hosts->sim, 120 * CLOCK_SEC);
		assert_int_equal(hosts_missing(hosts->hosts[0]), 0);
		assert_true(hosts->workspace.statuses[statuses[i]] > 0);
		/* They came again, were refused, and count as what they are. */
		assert_true(
		    hosts_value(hosts->hosts[0], "walship_given_up_total",
			"\"duplicate_or_refused\"") ==
		    hosts_value(hosts->hosts[0], FAILED, ""));
		assert_int_equal(
		    hosts->workspace.dropped[WORKSPACE_OUT_OF_ORDER], 0);
		assert_int_equal(
		    destination_unsettled(hosts->hosts[0]->destination), 0);
		hosts_free(hosts);
	}
}

static void
a_clock_that_is_wrong_is_corrected(void **state)
{
	static const int64_t skews[] = { -8 * 60000, 8 * 60000 };
	struct hosts *hosts;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		hosts = hosts_new(1, "");
		hosts->workspace.skew = skews[i];
		hosts_live(hosts, 10 * MINUTE);
		hosts->workspace.away = true;
		hosts_live(hosts, 15 * MINUTE);
		hosts->workspace.away = false;
		hosts_live(hosts, 30 * MINUTE);
		(void)sim_run(hosts->sim, 60 * CLOCK_SEC);
		expect_counted(hosts);
		if (skews[i] < 0)
			assert_int_equal(hosts_missing(hosts->hosts[0]), 0);
		hosts_free(hosts);
	}
}

/* What is with it in a request arrives, live and from a backlog. */
static void
a_series_that_is_refused_costs_no_other(void **state)
{
	struct hosts *hosts = hosts_new(1, "");
	struct host *host = hosts->hosts[0];

	(void)state;
	hosts->workspace.unwanted = "s3";
	hosts_live(hosts, 10 * MINUTE);
	hosts->workspace.away = true;
	hosts_live(hosts, 10 * MINUTE);
	hosts->workspace.away = false;
	hosts_live(hosts, 30 * MINUTE);
	(void)sim_run(hosts->sim, 120 * CLOCK_SEC);
	assert_int_equal(hosts_missing(host), host->scrapes);
	assert_true(hosts_value(host, FAILED, "") == (double)host->scrapes);
	assert_true(hosts->workspace.oldest < 11 * 60000);
	assert_int_equal(workspace_dropped(&hosts->workspace), 0);
	hosts_free(hosts);
}

/* Whatever is in the log, the workspace has nothing to drop in silence. */
static void
what_a_workspace_drops_is_not_sent(void **state)
{
	struct hosts *hosts = hosts_new(1, "");
	struct host *host = hosts->hosts[0];
	int64_t now = clock_wall(sim_clock(hosts->sim));

	(void)state;
	writer_series(
	    &host->writer, 100, "Job", "a", "__name__", "up", "job", "b", NULL);
	writer_sample(&host->writer, 100, now, 0);
	writer_sample(&host->writer, 1, now + 1140001 + 60000, 0);
	writer_sample(&host->writer, 2, now - 1140001, 0);
	hosts_live(hosts, 5 * MINUTE);
	(void)sim_run(hosts->sim, 60 * CLOCK_SEC);
	assert_int_equal(workspace_dropped(&hosts->workspace), 0);
	assert_int_equal(hosts_missing(host), 0);
	assert_true(hosts_value(host, DROPPED, "\"label_limits\"") == 1);
	assert_true(hosts_value(host, DROPPED, "\"future\"") == 1);
	assert_true(hosts_value(host, DROPPED, "\"too_old\"") == 1);
	hosts_free(hosts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    outages_cost_what_is_older_than_the_limit_and_no_more),
		cmocka_unit_test(half_an_hour_of_403_holds),
		cmocka_unit_test(lost_answers_lose_nothing),
		cmocka_unit_test(a_clock_that_is_wrong_is_corrected),
		cmocka_unit_test(a_series_that_is_refused_costs_no_other),
		cmocka_unit_test(what_a_workspace_drops_is_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
