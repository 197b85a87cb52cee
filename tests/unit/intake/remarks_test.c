/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/intake/remarks.h"
#include "tests/unit/http/sim.h"

struct fixture {
	struct sim *sim;
	struct stats *stats;
	struct meters meters;
	struct remarks remarks;
	FILE *log;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL || (f->log = tmpfile()) == NULL)
		return -1;
	log_init(LOG_INFO, LOG_LOGFMT);
	log_to(fileno(f->log));
	f->sim = sim_new(&(struct sim_receiver){ 0 });
	f->stats = stats_new();
	f->remarks = (struct remarks){
		.clock = sim_clock(f->sim),
		.meters = &f->meters,
		.name = "receiver",
	};
	*state = f;
	return meters_init(&f->meters, f->stats, "receiver", "url");
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	log_to(STDERR_FILENO);
	(void)fclose(f->log);
	meters_release(&f->meters);
	stats_free(f->stats);
	sim_free(f->sim);
	free(f);
	return 0;
}

/* How many lines of the log hold ${text}. */
static unsigned int
lines_with(struct fixture *f, const char *text)
{
	unsigned int count = 0;
	char line[LOG_LINE_MAX + 1];

	rewind(f->log);
	while (fgets(line, sizeof(line), f->log) != NULL)
		count += strstr(line, text) != NULL;
	return count;
}

static void
assert_stat(const struct stat *stat, double want)
{
	if (stat_value(stat) != want) /* Whole numbers. */
		fail_msg("%g is not %g", stat_value(stat), want);
}

static struct wal_notice
notice(enum wal_notice_kind kind)
{
	return (struct wal_notice){
		.kind = kind,
		.at = { 7, 1234 },
		.count = 3,
		.reason = "the reason",
	};
}

static void
remark(struct fixture *f, enum wal_notice_kind kind)
{
	struct wal_notice said = notice(kind);

	remarks_notice(&f->remarks, &said);
}

static void
each_notice_is_counted_and_logged_with_its_place(void **state)
{
	struct fixture *f = *state;

	remark(f, WAL_DAMAGED);
	assert_stat(f->meters.damaged, 1);
	assert_int_equal(lines_with(f, "segment=7 offset=1234"), 1);
	assert_int_equal(lines_with(f, "the reason"), 1);
	remark(f, WAL_TORN);
	assert_stat(f->meters.torn, 1);
	assert_int_equal(lines_with(f, "bytes=3"), 1);
	remark(f, WAL_GAP);
	assert_stat(f->meters.gap, 3);
	assert_int_equal(lines_with(f, "from_segment=7 segments=3"), 1);
	remark(f, WAL_RESTARTED);
	assert_stat(f->meters.restarts, 1);
	remark(f, WAL_REPEATED);
	assert_int_equal(lines_with(f, "sent twice"), 1);
	remark(f, WAL_UNREADABLE);
	assert_stat(f->meters.damaged, 2);
	assert_int_equal(lines_with(f, "checkpoint=7"), 1);
	assert_int_equal(lines_with(f, "remote=receiver"), 6);
}

static void
a_gap_that_is_crossed_is_told_with_what_is_missing(void **state)
{
	struct fixture *f = *state;

	remarks_crossed(&f->remarks, &(struct gap_report){ 12, 5000, 20000 });
	assert_stat(f->meters.gap_seconds, 15);
	assert_int_equal(
	    lines_with(f, "samples_recovered=12 seconds_missing=15"), 1);
	assert_int_equal(lines_with(f, "from_ms=5000 to_ms=20000"), 1);
	/* Nothing was read before, or nothing is missing. */
	remarks_crossed(
	    &f->remarks, &(struct gap_report){ 12, INT64_MIN, 20000 });
	remarks_crossed(&f->remarks, &(struct gap_report){ 12, 21000, 20000 });
	assert_stat(f->meters.gap_seconds, 15);
}

static void
patience_with_a_disk_has_an_end(void **state)
{
	struct fixture *f = *state;

	assert_false(remarks_failing(&f->remarks, EIO));
	assert_stat(f->meters.read_failures, 1);
	(void)sim_run(f->sim, REMARKS_PATIENCE - CLOCK_SEC);
	assert_false(remarks_failing(&f->remarks, EIO));
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_true(remarks_failing(&f->remarks, EIO));
	/* A right that is missing can be given. */
	assert_false(remarks_failing(&f->remarks, EACCES));
	assert_stat(f->meters.read_failures, 4);
}

static void
of_what_there_can_be_much_a_line_comes_now_and_then(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < 50; i++)
		remark(f, WAL_DAMAGED);
	assert_stat(f->meters.damaged, 50);
	assert_int_equal(lines_with(f, "damaged here"), 1);
	(void)sim_run(f->sim, REMARKS_LOG_PERIOD);
	remark(f, WAL_DAMAGED);
	assert_int_equal(lines_with(f, "damaged here"), 2);
	assert_int_equal(lines_with(f, "unsaid=49"), 1);
}

static void
a_record_that_does_not_decode_is_told_of_with_where_it_begins(void **state)
{
	const struct wal_entry entry = { .end = { 5, 100 }, .stored = 40 };
	struct fixture *f = *state;

	remarks_undecodable(&f->remarks, &entry);
	assert_stat(f->meters.undecodable, 1);
	assert_stat(f->meters.damaged, 1);
	assert_int_equal(lines_with(f, "segment=5 offset=60"), 1);
}

static void
no_unknown_samples_are_not_worth_a_line(void **state)
{
	const struct wal_entry entry = { .end = { 5, 100 } };
	struct fixture *f = *state;

	remarks_unknown(&f->remarks, &entry, 0);
	assert_int_equal(lines_with(f, "does not describe"), 0);
	remarks_unknown(&f->remarks, &entry, 12);
	assert_int_equal(lines_with(f, "samples=12"), 1);
}

static void
searches_given_up_are_told_of_when_there_are_more(void **state)
{
	struct fixture *f = *state;

	remarks_limited(&f->remarks, 0, 3);
	assert_int_equal(lines_with(f, "too many"), 0);
	remarks_limited(&f->remarks, 2, 3);
	remarks_limited(&f->remarks, 2, 3);
	assert_int_equal(lines_with(f, "searches=2"), 1);
	remarks_limited(&f->remarks, 5, 3);
	assert_int_equal(lines_with(f, "searches=3"), 1);
	assert_int_equal(lines_with(f, "rule=write_relabel_configs[3]"), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(each_notice_is_counted_and_logged_with_its_place),
		TEST(a_gap_that_is_crossed_is_told_with_what_is_missing),
		TEST(patience_with_a_disk_has_an_end),
		TEST(of_what_there_can_be_much_a_line_comes_now_and_then),
		TEST(
		    a_record_that_does_not_decode_is_told_of_with_where_it_begins),
		TEST(no_unknown_samples_are_not_worth_a_line),
		TEST(searches_given_up_are_told_of_when_there_are_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
