/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/meters/minute.h"
#include "tests/unit/http/sim.h"

#define TITLE "msg=\"Metric packets published in last 1 minute\" "

struct fixture {
	struct sim *sim;
	struct stats *stats;
	struct meters meters;
	struct config_remote remote;
	struct minute *minute;
	FILE *log;
	char text[4096];
};

static struct sim_answer
nobody(void *arg, uint64_t number, const struct http_request *request)
{
	(void)arg;
	(void)number;
	(void)request;
	fail_msg("a request");
	return (struct sim_answer){ 0 };
}

static int
set_up(void **state)
{
	static char name[] = "r";
	static struct fixture f;

	f = (struct fixture){
		.sim = sim_new(&(struct sim_receiver){ .begin = nobody }),
		.stats = stats_new(),
		.remote.name = name,
		.log = tmpfile(),
	};
	*state = &f;
	if (f.stats == NULL || f.log == NULL ||
	    meters_init(&f.meters, f.stats, "r", "u") != 0)
		return -1;
	log_init(LOG_INFO, LOG_LOGFMT);
	log_to(fileno(f.log));
	stat_set(f.meters.kinds[KEPT_SAMPLE].total, 1000);
	meters_answer(&f.meters, 200);
	f.minute = minute_new(&(struct minute_options){
	    .clock = sim_clock(f.sim),
	    .remote = &f.remote,
	    .meters = &f.meters,
	    .stats = f.stats,
	});
	return f.minute == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	minute_free(f->minute);
	log_to(STDERR_FILENO);
	(void)fclose(f->log);
	stats_free(f->stats);
	sim_free(f->sim);
	return 0;
}

/* What was logged in ${time}, without what comes before the message. */
static const char *
said(struct fixture *f, uint64_t time)
{
	const char *line;
	size_t len;

	rewind(f->log);
	assert_int_equal(ftruncate(fileno(f->log), 0), 0);
	(void)sim_run(f->sim, time);
	rewind(f->log);
	len = fread(f->text, 1, sizeof(f->text) - 1, f->log);
	f->text[len] = '\0';
	line = strstr(f->text, "msg=");
	return line != NULL ? line : "";
}

static void
a_minute_without_anything_is_told_as_well(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(said(f, MINUTE_PERIOD - 1), "");
	assert_string_equal(said(f, 1),
	    TITLE "remote=r avgBytesPerRequest=0 avgRequestDurationInSec=0 "
		  "failedPublishing=0 successfullyPublished=0 samples=0 "
		  "retried=0 dropped=0 given_up=0 pending=0 lag_seconds=0\n");
}

static void
what_happened_in_it_is_summed_up(void **state)
{
	struct fixture *f = *state;
	struct kind_meters *samples = &f->meters.kinds[KEPT_SAMPLE];
	struct kind_meters *histograms = &f->meters.kinds[KEPT_HISTOGRAM];

	meters_answer(&f->meters, 200);
	meters_answer(&f->meters, 204);
	meters_answer(&f->meters, 400);
	meters_answer(&f->meters, 503);
	meters_answer(&f->meters, 0);
	stat_add(f->meters.bytes, 3001);
	stat_observe(f->meters.duration, .5);
	stat_observe(f->meters.duration, .25);
	stat_add(samples->total, 70);
	stat_add(histograms->total, 7);
	stat_add(samples->retried, 5);
	stat_add(samples->failed, 4);
	stat_add(samples->dropped[DROP_TOO_OLD], 2);
	stat_add(histograms->dropped[DROP_LARGE], 1);
	stat_add(samples->dropped[DROP_BY_RULE], 100);
	stat_set(samples->pending, 8);
	stat_set(histograms->pending, 1);
	stat_set(f->meters.lag, 12.5);
	assert_string_equal(said(f, MINUTE_PERIOD),
	    TITLE "remote=r avgBytesPerRequest=1500 "
		  "avgRequestDurationInSec=0.375 failedPublishing=3 "
		  "successfullyPublished=2 samples=77 retried=5 dropped=3 "
		  "given_up=4 pending=9 lag_seconds=12\n");
	/* In the next, it is past. */
	assert_non_null(strstr(
	    said(f, MINUTE_PERIOD), "successfullyPublished=0 samples=0 "));
}

static void
meters_that_begin_anew_are_no_less_than_nothing(void **state)
{
	static char name[] = "s";
	struct config_remote remote = { .name = name };
	struct fixture *f = *state;

	meters_answer(&f->meters, 200);
	(void)said(f, MINUTE_PERIOD);
	minute_tune(f->minute, &remote);
	meters_release(&f->meters);
	assert_int_equal(meters_init(&f->meters, f->stats, "s", "u"), 0);
	meters_answer(&f->meters, 200);
	stat_set(f->meters.kinds[KEPT_SAMPLE].total, 3);
	assert_non_null(strstr(said(f, MINUTE_PERIOD),
	    "remote=s avgBytesPerRequest=0 avgRequestDurationInSec=0 "
	    "failedPublishing=0 successfullyPublished=1 samples=3 "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_minute_without_anything_is_told_as_well),
		TEST(what_happened_in_it_is_summed_up),
		TEST(meters_that_begin_anew_are_no_less_than_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
