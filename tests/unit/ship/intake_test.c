/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/log.h"
#include "agent/ship/intake.h"
#include "agent/ship/resume.h"
#include "tests/unit/series/series.h"
#include "tests/unit/ship/scratch.h"
#include "tests/unit/ship/sim.h"
#include "tests/unit/wal/compose.h"
#include "tests/unit/wal/writer.h"

struct fixture {
	struct scratch scratch;
	struct writer writer;
	struct sim *sim;
	struct labelsets *sets;
	struct series_labels external;
	struct stats *stats;
	struct meters meters;
	struct place place; /* Not kept anywhere. */
	struct intake_options options;
	struct intake *intake;
	struct kept_record record;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	log_init(LOG_ERROR + 1, LOG_LOGFMT);
	scratch_open(&f->scratch);
	writer_open_dir(&f->writer, f->scratch.wal, 0);
	f->sim = sim_new(&(struct sim_receiver){ 0 });
	f->sets = labelsets_new();
	f->external = series_labels("host=h1");
	f->stats = stats_new();
	f->options = (struct intake_options){
		.clock = sim_clock(f->sim),
		.sets = f->sets,
		.meters = &f->meters,
		.name = "receiver",
		.wal_dir = f->scratch.wal,
		.data_dir = f->scratch.data,
		.external = f->external.labels,
		.external_len = f->external.len,
		.position = &f->place.position,
	};
	f->place.position.since = INT64_MIN;
	*state = f;
	return meters_init(&f->meters, f->stats, "receiver", "url");
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	intake_free(f->intake);
	meters_release(&f->meters);
	stats_free(f->stats);
	labelsets_free(f->sets);
	sim_free(f->sim);
	writer_close(&f->writer);
	scratch_close(&f->scratch);
	free(f);
	return 0;
}

static void
open_intake(struct fixture *f)
{
	f->intake = intake_new(&f->options);
	assert_non_null(f->intake);
}

/* Begin as a new destination does by default. */
static void
begin_now(struct fixture *f)
{
	const struct config config = { .start.kind = CONFIG_START_NOW };
	const struct wal_log log = { .path = f->scratch.wal };

	assert_int_equal(
	    resume(&f->place, &config, &log, SIM_WALL), RESUME_NEW);
	open_intake(f);
}

/* Whether it has come to what was written after the start. */
static bool
is_ready(const struct fixture *f)
{
	struct buf why;
	bool ready;

	buf_init(&why, 1000);
	ready = intake_ready(f->intake, &why);
	buf_release(&why);
	return ready;
}

/* Read on, waiting for the disk if need be. */
static enum intake_result
next(struct fixture *f)
{
	enum intake_result result;

	while ((result = intake_next(f->intake, &f->record)) == INTAKE_WAIT)
		(void)usleep(100);
	return result;
}

/* The next record must be one of which ${len} entries are kept. */
static void
expect(struct fixture *f, size_t len)
{
	assert_int_equal(next(f), INTAKE_RECORD);
	assert_int_equal(f->record.len, len);
}

/* The packed labels of what is kept as number ${i} hold these texts. */
static void
expect_label(struct fixture *f, size_t i, const char *name, const char *value)
{
	const struct final *final = f->record.kept[i].final;

	assert_non_null(
	    memmem(final->packed, final->packed_len, name, strlen(name)));
	assert_non_null(
	    memmem(final->packed, final->packed_len, value, strlen(value)));
}

static void
assert_stat(const struct stat *stat, double want)
{
	if (stat_value(stat) != want) /* Whole numbers. */
		fail_msg("%g is not %g", stat_value(stat), want);
}

static void
samples_come_with_the_labels_of_their_series(void **state)
{
	struct fixture *f = *state;
	struct wal_mark before;

	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 1234, 1);
	open_intake(f);
	expect(f, 0);
	before = f->record.end;
	expect(f, 1);
	assert_int_equal(f->record.kept[0].time, 1234);
	assert_true(f->record.kept[0].value == UINT64_C(0x3ff0000000000000));
	expect_label(f, 0, "__name__", "up");
	expect_label(f, 0, "host", "h1");
	assert_int_equal(f->record.end.at.segment, 0);
	assert_int_equal(
	    f->record.end.at.offset, before.at.offset + f->record.stored);
	assert_int_equal(
	    intake_position(f->intake).offset, f->record.end.at.offset);
	assert_int_equal(next(f), INTAKE_END);
	assert_stat(f->meters.records[WAL_SERIES], 1);
	assert_stat(f->meters.records[WAL_SAMPLES], 1);
	assert_true(stat_value(f->meters.highest) > 1.2339 &&
	    stat_value(f->meters.highest) < 1.2341);
}

static void
what_is_appended_is_read_on(void **state)
{
	struct fixture *f = *state;

	open_intake(f);
	assert_int_equal(next(f), INTAKE_END);
	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 1, 1);
	expect(f, 0);
	expect(f, 1);
	writer_rotate(&f->writer);
	writer_sample(&f->writer, 7, 2, 1);
	expect(f, 1);
	assert_int_equal(f->record.end.at.segment, 1);
	intake_measure(f->intake);
	assert_stat(f->meters.current_segment, 1);
	assert_stat(f->meters.series, 1);
}

static void
from_the_end_only_series_are_read_of_what_was_there(void **state)
{
	struct fixture *f = *state;

	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 1, 1);
	begin_now(f);
	assert_false(is_ready(f));
	assert_int_equal(next(f), INTAKE_KNOWN);
	assert_int_equal(next(f), INTAKE_KNOWN);
	assert_int_equal(next(f), INTAKE_END);
	assert_true(is_ready(f));
	writer_sample(&f->writer, 7, 2, 1);
	expect(f, 1);
	assert_int_equal(f->record.kept[0].time, 2);
}

static void
samples_before_a_time_are_not_sent(void **state)
{
	struct fixture *f = *state;

	f->place.position.since = 100;
	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 99, 1);
	writer_sample(&f->writer, 7, 100, 1);
	open_intake(f);
	expect(f, 0);
	expect(f, 0);
	expect(f, 1);
	assert_stat(
	    f->meters.kinds[KEPT_SAMPLE].dropped[DROP_UNKNOWN_SERIES], 0);
}

static void
samples_of_unknown_series_are_counted(void **state)
{
	struct fixture *f = *state;

	writer_sample(&f->writer, 7, 1, 1);
	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 2, 1);
	open_intake(f);
	expect(f, 0);
	expect(f, 0);
	expect(f, 1);
	assert_stat(
	    f->meters.kinds[KEPT_SAMPLE].dropped[DROP_UNKNOWN_SERIES], 1);
}

static void
a_ref_redefined_never_has_the_labels_it_had(void **state)
{
	struct fixture *f = *state;

	writer_series(&f->writer, 7, "__name__", "old", NULL);
	writer_sample(&f->writer, 7, 1, 1);
	writer_series(&f->writer, 7, "__name__", "new", NULL);
	writer_sample(&f->writer, 7, 2, 1);
	open_intake(f);
	expect(f, 0);
	expect(f, 1);
	expect_label(f, 0, "__name__", "old");
	expect(f, 0);
	expect(f, 1);
	expect_label(f, 0, "__name__", "new");
}

/* It has no labels. */
static void
nor_if_its_new_series_is_refused(void **state)
{
	struct fixture *f = *state;

	writer_series(&f->writer, 7, "__name__", "old", NULL);
	writer_series(&f->writer, 7, NULL);
	writer_sample(&f->writer, 7, 1, 1);
	f->options.external_len = 0;
	open_intake(f);
	expect(f, 0);
	expect(f, 0);
	expect(f, 0);
	assert_stat(f->meters.refused_series, 1);
	assert_stat(
	    f->meters.kinds[KEPT_SAMPLE].dropped[DROP_REFUSED_SERIES], 1);
	assert_stat(
	    f->meters.kinds[KEPT_SAMPLE].dropped[DROP_UNKNOWN_SERIES], 0);
}

/* Its refs are known, so no checkpoint is asked for them either. */
static void
a_series_that_a_rule_drops_is_not_unknown(void **state)
{
	struct fixture *f = *state;
	struct regex_fault fault;
	char *source = (char[]){ "__name__" };
	struct config_rule rule = {
		.action = CONFIG_DROP,
		.sources = &source,
		.sources_len = 1,
		.separator = (char[]){ ";" },
		.target = (char[]){ "" },
		.replacement = (char[]){ "$1" },
		.regex = regex_new("go_.*", &fault),
	};

	assert_non_null(rule.regex);
	f->options.rules = &rule;
	f->options.rules_len = 1;
	writer_series(&f->writer, 7, "__name__", "go_x", NULL);
	writer_series(&f->writer, 8, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 1, 1);
	writer_sample(&f->writer, 8, 1, 1);
	open_intake(f);
	expect(f, 0);
	expect(f, 0);
	expect(f, 0);
	expect(f, 1);
	assert_stat(f->meters.kinds[KEPT_SAMPLE].dropped[DROP_BY_RULE], 1);
	assert_stat(
	    f->meters.kinds[KEPT_SAMPLE].dropped[DROP_UNKNOWN_SERIES], 0);
	assert_stat(f->meters.refused_series, 0);
	intake_measure(f->intake);
	assert_stat(f->meters.series, 1);
	assert_stat(f->meters.relabel_limited, 0);
	intake_free(f->intake);
	f->intake = NULL;
	regex_free(rule.regex);
}

static void
records_of_types_yet_unknown_are_counted_and_passed_over(void **state)
{
	const uint8_t odd[] = { 99, 1, 2, 3 };
	struct fixture *f = *state;

	writer_log(&f->writer, odd, sizeof(odd));
	writer_series(&f->writer, 7, "__name__", "up", NULL);
	open_intake(f);
	expect(f, 0);
	expect(f, 0);
	assert_stat(f->meters.records[0], 1);
	assert_stat(f->meters.undecodable, 0);
}

static void
a_record_that_does_not_decode_is_counted_and_passed_over(void **state)
{
	const uint8_t series[] = { WAL_SERIES, 1, 2, 3 };
	const uint8_t samples[] = { WAL_SAMPLES, 1, 2, 3 };
	struct fixture *f = *state;

	writer_log(&f->writer, series, sizeof(series));
	writer_log(&f->writer, samples, sizeof(samples));
	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 1, 1);
	open_intake(f);
	expect(f, 0);
	expect(f, 0);
	expect(f, 0);
	expect(f, 1);
	assert_stat(f->meters.undecodable, 2);
}

static void
damage_is_counted_and_passed_over(void **state)
{
	const uint8_t data[] = { WAL_SAMPLES, 0 };
	struct fixture *f = *state;

	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_fragment(&f->writer, WRITER_LAST, data, sizeof(data));
	writer_end(&f->writer);
	writer_sample(&f->writer, 7, 1, 1);
	open_intake(f);
	expect(f, 0);
	expect(f, 1);
	assert_stat(f->meters.damaged, 1);
}

static void
a_segment_that_ends_within_a_record_is_counted(void **state)
{
	const uint8_t data[] = { WAL_SAMPLES, 0 };
	struct fixture *f = *state;

	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_fragment(&f->writer, WRITER_FIRST, data, sizeof(data));
	writer_end(&f->writer);
	writer_crash(&f->writer);
	writer_sample(&f->writer, 7, 1, 1);
	open_intake(f);
	expect(f, 0);
	expect(f, 1);
	assert_stat(f->meters.torn, 1);
}

static void
a_log_begun_anew_has_refs_of_its_own(void **state)
{
	struct fixture *f = *state;

	writer_close(&f->writer);
	writer_open_dir(&f->writer, f->scratch.wal, 5);
	writer_series(&f->writer, 7, "__name__", "old", NULL);
	writer_series(&f->writer, 8, "__name__", "other", NULL);
	open_intake(f);
	expect(f, 0);
	expect(f, 0);
	assert_int_equal(next(f), INTAKE_END);
	writer_close(&f->writer);
	scratch_empty(&f->scratch);
	writer_open_dir(&f->writer, f->scratch.wal, 0);
	writer_series(&f->writer, 7, "__name__", "new", NULL);
	writer_sample(&f->writer, 7, 1, 1);
	writer_sample(&f->writer, 8, 1, 1);
	expect(f, 0);
	expect(f, 1);
	expect_label(f, 0, "__name__", "new");
	expect(f, 0);
	assert_stat(f->meters.restarts, 1);
	assert_stat(
	    f->meters.kinds[KEPT_SAMPLE].dropped[DROP_UNKNOWN_SERIES], 1);
	/* Those it had are let go. */
	while (intake_tidy(f->intake, 0))
		;
	assert_int_equal(labelsets_count(f->sets), 1);
}

/* A checkpoint of the segments up to ${number}, with one series. */
static void
write_checkpoint(struct fixture *f, uint64_t number, uint64_t ref)
{
	struct writer writer = { .codec = WAL_PLAIN };
	char dir[128];

	(void)snprintf(dir, sizeof(dir), "%s/checkpoint.%08u", f->scratch.wal,
	    (unsigned int)number);
	assert_int_equal(mkdir(dir, 0700), 0);
	writer_open_dir(&writer, dir, 0);
	writer_series(&writer, ref, "__name__", "found", NULL);
	writer_close(&writer);
}

static void
an_unknown_series_is_looked_up_in_the_newest_checkpoint(void **state)
{
	struct fixture *f = *state;

	writer_series(&f->writer, 7, "__name__", "up", NULL);
	open_intake(f);
	expect(f, 0);
	assert_int_equal(next(f), INTAKE_END);
	write_checkpoint(f, 0, 8);
	writer_rotate(&f->writer);
	writer_sample(&f->writer, 7, 1, 1);
	writer_sample(&f->writer, 8, 2, 1);
	writer_sample(&f->writer, 9, 3, 1);
	expect(f, 1);
	expect(f, 1);
	expect_label(f, 0, "__name__", "found");
	assert_int_equal(f->record.kept[0].time, 2);
	expect(f, 0);
	assert_stat(
	    f->meters.kinds[KEPT_SAMPLE].dropped[DROP_UNKNOWN_SERIES], 1);
	assert_stat(f->meters.records[WAL_SAMPLES], 3);
}

/* A later life learns what was read, and is given what follows. */
static void
from_a_mark_what_follows_it_is_given(void **state)
{
	struct fixture *f = *state;

	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 1, 1);
	writer_sample(&f->writer, 7, 2, 1);
	open_intake(f);
	expect(f, 0);
	expect(f, 1);
	f->place.position.begun = true;
	f->place.position.mark = f->record.end;
	intake_free(f->intake);
	open_intake(f);
	assert_int_equal(next(f), INTAKE_KNOWN);
	assert_int_equal(next(f), INTAKE_KNOWN);
	expect(f, 1);
	assert_int_equal(f->record.kept[0].time, 2);
	assert_false(f->record.doubtful);
	assert_int_equal(next(f), INTAKE_END);
}

/* The mark is of a segment that has other records by now. */
static void
what_comes_from_a_segment_written_anew_is_doubtful(void **state)
{
	struct fixture *f = *state;

	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 1, 1);
	open_intake(f);
	expect(f, 0);
	expect(f, 1);
	f->place.position.begun = true;
	f->place.position.mark = f->record.end;
	intake_free(f->intake);
	writer_close(&f->writer);
	scratch_empty(&f->scratch);
	writer_open_dir(&f->writer, f->scratch.wal, 0);
	writer_series(&f->writer, 7, "__name__", "other", NULL);
	writer_sample(&f->writer, 7, 5, 1);
	writer_rotate(&f->writer);
	writer_sample(&f->writer, 7, 6, 1);
	open_intake(f);
	expect(f, 0);
	expect(f, 1);
	assert_true(f->record.doubtful);
	expect(f, 1);
	assert_false(f->record.doubtful);
	assert_int_equal(f->record.kept[0].time, 6);
}

static void
a_log_that_is_not_there_yet_is_waited_for(void **state)
{
	struct fixture *f = *state;

	writer_close(&f->writer);
	scratch_empty(&f->scratch);
	begin_now(f);
	assert_int_equal(next(f), INTAKE_END);
	assert_true(intake_waiting(f->intake));
	writer_open_dir(&f->writer, f->scratch.wal, 0);
	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 1, 1);
	expect(f, 0);
	assert_false(intake_waiting(f->intake));
	expect(f, 1);
}

static void
freeing_nothing_does_nothing(void **state)
{
	(void)state;
	intake_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(samples_come_with_the_labels_of_their_series),
		TEST(what_is_appended_is_read_on),
		TEST(from_the_end_only_series_are_read_of_what_was_there),
		TEST(samples_before_a_time_are_not_sent),
		TEST(samples_of_unknown_series_are_counted),
		TEST(a_ref_redefined_never_has_the_labels_it_had),
		TEST(nor_if_its_new_series_is_refused),
		TEST(a_series_that_a_rule_drops_is_not_unknown),
		TEST(records_of_types_yet_unknown_are_counted_and_passed_over),
		TEST(a_record_that_does_not_decode_is_counted_and_passed_over),
		TEST(damage_is_counted_and_passed_over),
		TEST(a_segment_that_ends_within_a_record_is_counted),
		TEST(a_log_begun_anew_has_refs_of_its_own),
		TEST(an_unknown_series_is_looked_up_in_the_newest_checkpoint),
		TEST(from_a_mark_what_follows_it_is_given),
		TEST(what_comes_from_a_segment_written_anew_is_doubtful),
		TEST(a_log_that_is_not_there_yet_is_waited_for),
		cmocka_unit_test(freeing_nothing_does_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
