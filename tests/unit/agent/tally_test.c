/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/tally.h"
#include "tests/unit/agent/entries.h"

struct fixture {
	struct tally *tally;
	struct entries log;
	char *table; /* As printed last. */
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->tally = tally_new();
	assert_non_null(f->tally);
	f->log.segment = 7;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	tally_free(f->tally);
	entries_release(&f->log);
	free(f->table);
	free(f);
	return 0;
}

/* Count the record that was composed. */
static enum wal_status
count(struct fixture *f)
{
	struct wal_entry entry = entries_take(&f->log);
	enum wal_status st = tally_entry(f->tally, &entry);

	entries_release(&f->log);
	return st;
}

static void
count_series(struct fixture *f, uint64_t ref, const char *labels)
{
	entries_series(&f->log, ref, labels);
	assert_int_equal(count(f), WAL_OK);
}

static void
count_sample(struct fixture *f, uint64_t ref, int64_t time)
{
	entries_samples(&f->log, ref, time, 1.0);
	assert_int_equal(count(f), WAL_OK);
}

static const char *
table(struct fixture *f)
{
	size_t len;
	FILE *file;

	free(f->table);
	f->table = NULL;
	file = open_memstream(&f->table, &len);
	assert_non_null(file);
	assert_int_equal(tally_print(f->tally, file), 0);
	assert_int_equal(fclose(file), 0);
	return f->table;
}

/* The table has the line ${want}, and has it once. */
static void
expect(struct fixture *f, const char *want)
{
	const char *found = strstr(table(f), want);

	if (found == NULL)
		fail_msg("no \"%s\" in\n%s", want, f->table);
	assert_null(strstr(found + 1, want));
}

static void
expect_not(struct fixture *f, const char *want)
{
	if (strstr(table(f), want) != NULL)
		fail_msg("there is \"%s\" in\n%s", want, f->table);
}

/* The lines after the heading ${heading} and its columns begin as ${want}. */
static void
expect_top(struct fixture *f, const char *heading, const char *want)
{
	const char *at = strstr(table(f), heading);

	assert_non_null(at);
	at = strchr(at, '\n') + 1;
	at = strchr(at, '\n') + 1;
	if (strncmp(at, want, strlen(want)) != 0)
		fail_msg("not first:\n%s\nbut\n%s", want, at);
}

static void
an_empty_log_is_a_table_without_times(void **state)
{
	expect(*state, "series             0\n");
	expect(*state, "samples            0\n");
	expect(*state,
	    "damage             0 places, 0 torn records, 0 segments "
	    "missing\n");
	expect_not(*state, "oldest");
	expect_not(*state, "segments  ");
	expect_not(*state, "checkpoint");
}

static void
each_kind_of_value_is_counted(void **state)
{
	struct fixture *f = *state;

	count_series(f, 1, "__name__=up");
	entries_samples(&f->log, 1, 5, 1.0);
	entries_more_samples(&f->log, 0, 1);
	assert_int_equal(count(f), WAL_OK);
	entries_samples_v2(&f->log, 1, 7, 0, 1.0);
	assert_int_equal(count(f), WAL_OK);
	entries_histogram(&f->log, 1, 8);
	assert_int_equal(count(f), WAL_OK);
	entries_float_histogram(&f->log, 1, 8);
	assert_int_equal(count(f), WAL_OK);
	entries_custom_histogram(&f->log, 1, 8);
	assert_int_equal(count(f), WAL_OK);
	entries_exemplar(&f->log, 1, 9, 1.0, "a=1");
	assert_int_equal(count(f), WAL_OK);
	expect(f, "series             1\n");
	expect(f, "metric names       1\n");
	expect(f, "samples            3\n");
	expect(f, "histograms         3\n");
	expect(f, "exemplars          1\n");
	expect_top(f, "the most samples", "           1              6  up\n");
	expect_not(f, "without a series");
}

static void
records_are_counted_by_type_with_their_bytes(void **state)
{
	struct fixture *f = *state;

	count_sample(f, 1, 5); /* 27 bytes, and 7 of a header. */
	count_sample(f, 1, 6);
	entries_begin(&f->log, 200);
	assert_int_equal(count(f), WAL_OK);
	expect(f,
	    "samples                                             2"
	    "             68             54\n");
	expect(f,
	    "unknown                                             1"
	    "              8              1\n");
}

static void
unknown_records_come_last(void **state)
{
	struct fixture *f = *state;
	const char *unknown;

	entries_begin(&f->log, 200);
	assert_int_equal(count(f), WAL_OK);
	entries_begin(&f->log, WAL_TOMBSTONES);
	assert_int_equal(count(f), WAL_OK);
	unknown = strstr(table(f), "\nunknown");
	assert_non_null(unknown);
	assert_true(strstr(f->table, "\ntombstones") < unknown);
}

static void
segments_and_the_checkpoint_are_told(void **state)
{
	struct fixture *f = *state;

	f->log.checkpoint = true;
	f->log.segment = 6;
	count_series(f, 1, "__name__=up");
	f->log.checkpoint = false;
	f->log.segment = 7;
	count_sample(f, 1, 5);
	count_sample(f, 1, 6);
	f->log.segment = 9;
	count_sample(f, 1, 7);
	expect(f, "segments           2 (7 to 9)\n");
	expect(f, "checkpoint         6\n");
}

static void
times_are_the_first_and_the_last_wherever_they_stand(void **state)
{
	struct fixture *f = *state;

	count_sample(f, 1, 1767323045678 + 60000);
	count_sample(f, 1, 1767323045678);
	count_sample(f, 1, 1767323045678 + 30000);
	expect(f, "oldest             2026-01-02T03:04:05Z\n");
	expect(f, "newest             2026-01-02T03:05:05Z\n");
	expect(f, "time span          60.0 s\n");
	expect(f, "samples a day      4320\n");
}

static void
extremes_of_time_do_no_harm(void **state)
{
	struct fixture *f = *state;

	count_sample(f, 1, INT64_MIN);
	count_sample(f, 1, INT64_MAX);
	expect(f, "time span          18446744073709552.0 s\n");
}

static void
one_moment_is_no_span(void **state)
{
	struct fixture *f = *state;

	count_sample(f, 1, 5);
	expect(f, "oldest             1970-01-01T00:00:00Z\n");
	expect_not(f, "time span");
	expect_not(f, "a day");
}

static void
series_of_the_checkpoint_are_not_new(void **state)
{
	struct fixture *f = *state;

	f->log.checkpoint = true;
	count_series(f, 1, "__name__=up");
	f->log.checkpoint = false;
	count_series(f, 1, "__name__=up");
	count_series(f, 2, "__name__=down");
	count_sample(f, 1, 0);
	count_sample(f, 1, 1800000);
	expect(f, "series             2\n");
	expect(f, "new series an hour 2\n");
}

static void
values_of_an_unknown_ref_are_told(void **state)
{
	struct fixture *f = *state;

	count_sample(f, 1, 5);
	count_sample(f, 2, 5);
	expect(f, "samples            2\n");
	expect(f, "without a series   2 samples\n");
}

static void
a_ref_that_gets_another_name_counts_there(void **state)
{
	struct fixture *f = *state;

	count_series(f, 1, "__name__=old");
	count_sample(f, 1, 5);
	count_series(f, 1, "__name__=new");
	count_sample(f, 1, 6);
	count_sample(f, 1, 7);
	expect(f, "series             1\n");
	expect_top(f, "the most series",
	    "           1              2  new\n"
	    "           0              1  old\n");
}

static void
a_log_begun_anew_adds_to_the_count(void **state)
{
	struct fixture *f = *state;

	count_series(f, 1, "__name__=up");
	tally_forget(f->tally);
	count_sample(f, 1, 5);
	count_series(f, 1, "__name__=up");
	expect(f, "series             2\n");
	expect(f, "without a series   1 samples\n");
	expect_top(f, "the most series", "           2              0  up\n");
}

static void
a_series_without_a_name_has_an_empty_one(void **state)
{
	struct fixture *f = *state;

	count_series(f, 1, "job=a");
	count_series(f, 2, "");
	count_series(f, 3, "__name_=x,__name__s=y");
	expect(f, "metric names       1\n");
	expect_top(f, "the most series", "           3              0  \"\"\n");
}

static void
a_name_from_outside_is_escaped_and_cut(void **state)
{
	struct fixture *f = *state;
	char labels[10 + 2000];

	count_series(f, 1, "__name__=a\x1b[31m\nb");
	expect_top(f, "the most series",
	    "           1              0  \"a\\u001b[31m\\nb\"\n");
	memset(labels, 'x', sizeof(labels));
	memcpy(labels, "__name__=", 9);
	labels[sizeof(labels) - 1] = '\0';
	count_series(f, 2, labels);
	memset(labels, 'x', 600);
	labels[600] = '\0';
	expect_not(f, labels);
}

/* As many names as there are not places, each with some series. */
static void
only_twenty_names_are_listed_equals_by_name(void **state)
{
	struct fixture *f = *state;
	char labels[32], line[64], want[4096] = "";
	unsigned int i, ref = 0;

	for (i = 25; i > 0; i--) {
		(void)snprintf(labels, sizeof(labels), "__name__=m%02u,a=1", i);
		count_series(f, ++ref, labels);
	}
	count_series(f, ++ref, "__name__=m24,a=2");
	(void)strcat(want, "           2              0  m24\n");
	for (i = 1; i < 20; i++) {
		(void)snprintf(line, sizeof(line),
		    "           1              0  m%02u\n", i);
		(void)strcat(want, line);
	}
	(void)strcat(want, "\n");
	expect_top(f, "the most series", want);
}

static void
names_are_listed_by_samples_too(void **state)
{
	struct fixture *f = *state;

	count_series(f, 1, "__name__=many,a=1");
	count_series(f, 2, "__name__=many,a=2");
	count_series(f, 3, "__name__=busy");
	count_series(f, 4, "__name__=busyer");
	count_sample(f, 3, 1);
	count_sample(f, 4, 1);
	expect_top(f, "the most series",
	    "           2              0  many\n"
	    "           1              1  busy\n"
	    "           1              1  busyer\n");
	expect_top(f, "the most samples",
	    "           1              1  busy\n"
	    "           1              1  busyer\n"
	    "           2              0  many\n");
}

static void
damage_is_counted_by_kind(void **state)
{
	static const struct wal_notice notices[] = {
		{ .kind = WAL_DAMAGED },
		{ .kind = WAL_DAMAGED },
		{ .kind = WAL_UNREADABLE, .count = 13 },
		{ .kind = WAL_TORN, .count = 100 },
		{ .kind = WAL_GAP, .count = 5 },
		{ .kind = WAL_GAP, .count = 2 },
		{ .kind = WAL_RESTARTED },
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(notices) / sizeof(*notices); i++)
		tally_notice(f->tally, &notices[i]);
	expect(f,
	    "damage             3 places, 1 torn records, 7 segments "
	    "missing\n");
}

static void
a_record_that_does_not_decode_counts_as_a_record_only(void **state)
{
	struct fixture *f = *state;

	count_series(f, 1, "__name__=up");
	count_sample(f, 1, 5);
	entries_samples(&f->log, 1, 6, 1.0);
	f->log.record.len--;
	assert_int_equal(count(f), WAL_CORRUPT);
	entries_histogram(&f->log, 1, 6);
	f->log.record.len--;
	assert_int_equal(count(f), WAL_CORRUPT);
	entries_exemplar(&f->log, 1, 6, 1.0, "a=1");
	f->log.record.len--;
	assert_int_equal(count(f), WAL_CORRUPT);
	entries_series(&f->log, 2, "__name__=down");
	f->log.record.len--;
	assert_int_equal(count(f), WAL_CORRUPT);
	expect(f, "series             1\n");
	expect(f, "samples            1\n");
	expect(f, "histograms         0\n");
	expect(f, "exemplars          0\n");
	expect_not(f, "without a series");
	expect(f,
	    "samples                                             2"
	    "             67             53\n");
}

static void
free_does_nothing_to_null(void **state)
{
	(void)state;
	tally_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(an_empty_log_is_a_table_without_times),
		TEST(each_kind_of_value_is_counted),
		TEST(records_are_counted_by_type_with_their_bytes),
		TEST(unknown_records_come_last),
		TEST(segments_and_the_checkpoint_are_told),
		TEST(times_are_the_first_and_the_last_wherever_they_stand),
		TEST(extremes_of_time_do_no_harm),
		TEST(one_moment_is_no_span),
		TEST(series_of_the_checkpoint_are_not_new),
		TEST(values_of_an_unknown_ref_are_told),
		TEST(a_ref_that_gets_another_name_counts_there),
		TEST(a_log_begun_anew_adds_to_the_count),
		TEST(a_series_without_a_name_has_an_empty_one),
		TEST(a_name_from_outside_is_escaped_and_cut),
		TEST(only_twenty_names_are_listed_equals_by_name),
		TEST(names_are_listed_by_samples_too),
		TEST(damage_is_counted_by_kind),
		TEST(a_record_that_does_not_decode_counts_as_a_record_only),
		TEST(free_does_nothing_to_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
