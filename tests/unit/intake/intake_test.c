/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/intake/taking.h"

/* Whether it has come to what was written after the start. */
static bool
is_ready(const struct taking *f)
{
	struct buf why;
	bool ready;

	buf_init(&why, 1000);
	ready = intake_ready(f->intake, &why);
	buf_release(&why);
	return ready;
}

static void
samples_come_with_the_labels_of_their_series(void **state)
{
	struct taking *f = *state;
	struct wal_mark before;

	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 1234, 1);
	taking_open_intake(f);
	taking_expect(f, 0);
	before = f->record.end;
	taking_expect(f, 1);
	assert_int_equal(f->record.kept[0].time, 1234);
	assert_true(f->record.kept[0].value == UINT64_C(0x3ff0000000000000));
	taking_expect_label(f, 0, "__name__", "up");
	taking_expect_label(f, 0, "host", "h1");
	assert_int_equal(f->record.end.at.segment, 0);
	assert_int_equal(
	    f->record.end.at.offset, before.at.offset + f->record.stored);
	assert_int_equal(
	    intake_position(f->intake).offset, f->record.end.at.offset);
	assert_int_equal(taking_next(f), INTAKE_END);
	taking_assert_stat(f->meters.records[WAL_SERIES], 1);
	taking_assert_stat(f->meters.records[WAL_SAMPLES], 1);
	assert_true(stat_value(f->meters.highest) > 1.2339 &&
	    stat_value(f->meters.highest) < 1.2341);
}

static void
what_is_appended_is_read_on(void **state)
{
	struct taking *f = *state;

	taking_open_intake(f);
	assert_int_equal(taking_next(f), INTAKE_END);
	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 1, 1);
	taking_expect(f, 0);
	taking_expect(f, 1);
	writer_rotate(&f->writer);
	writer_sample(&f->writer, 7, 2, 1);
	taking_expect(f, 1);
	assert_int_equal(f->record.end.at.segment, 1);
	intake_measure(f->intake);
	taking_assert_stat(f->meters.current_segment, 1);
	taking_assert_stat(f->meters.series, 1);
}

static void
from_the_end_only_series_are_read_of_what_was_there(void **state)
{
	struct taking *f = *state;

	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 1, 1);
	taking_begin_now(f);
	assert_false(is_ready(f));
	assert_int_equal(taking_next(f), INTAKE_KNOWN);
	assert_int_equal(taking_next(f), INTAKE_KNOWN);
	assert_int_equal(taking_next(f), INTAKE_END);
	assert_true(is_ready(f));
	writer_sample(&f->writer, 7, 2, 1);
	taking_expect(f, 1);
	assert_int_equal(f->record.kept[0].time, 2);
}

static void
samples_before_a_time_are_not_sent(void **state)
{
	struct taking *f = *state;

	f->place.position.since = 100;
	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 99, 1);
	writer_sample(&f->writer, 7, 100, 1);
	taking_open_intake(f);
	taking_expect(f, 0);
	taking_expect(f, 0);
	taking_expect(f, 1);
	taking_assert_stat(
	    f->meters.kinds[KEPT_SAMPLE].dropped[DROP_UNKNOWN_SERIES], 0);
}

static void
samples_of_unknown_series_are_counted(void **state)
{
	struct taking *f = *state;

	writer_sample(&f->writer, 7, 1, 1);
	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 2, 1);
	taking_open_intake(f);
	taking_expect(f, 0);
	taking_expect(f, 0);
	taking_expect(f, 1);
	taking_assert_stat(
	    f->meters.kinds[KEPT_SAMPLE].dropped[DROP_UNKNOWN_SERIES], 1);
}

static void
a_ref_redefined_never_has_the_labels_it_had(void **state)
{
	struct taking *f = *state;

	writer_series(&f->writer, 7, "__name__", "old", NULL);
	writer_sample(&f->writer, 7, 1, 1);
	writer_series(&f->writer, 7, "__name__", "new", NULL);
	writer_sample(&f->writer, 7, 2, 1);
	taking_open_intake(f);
	taking_expect(f, 0);
	taking_expect(f, 1);
	taking_expect_label(f, 0, "__name__", "old");
	taking_expect(f, 0);
	taking_expect(f, 1);
	taking_expect_label(f, 0, "__name__", "new");
}

/* It has no labels. */
static void
nor_if_its_new_series_is_refused(void **state)
{
	struct taking *f = *state;

	writer_series(&f->writer, 7, "__name__", "old", NULL);
	writer_series(&f->writer, 7, NULL);
	writer_sample(&f->writer, 7, 1, 1);
	f->options.external_len = 0;
	taking_open_intake(f);
	taking_expect(f, 0);
	taking_expect(f, 0);
	taking_expect(f, 0);
	taking_assert_stat(f->meters.refused_series, 1);
	taking_assert_stat(
	    f->meters.kinds[KEPT_SAMPLE].dropped[DROP_REFUSED_SERIES], 1);
	taking_assert_stat(
	    f->meters.kinds[KEPT_SAMPLE].dropped[DROP_UNKNOWN_SERIES], 0);
}

/* Its refs are known, so no checkpoint is asked for them either. */
static void
a_series_that_a_rule_drops_is_not_unknown(void **state)
{
	struct taking *f = *state;
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
	taking_open_intake(f);
	taking_expect(f, 0);
	taking_expect(f, 0);
	taking_expect(f, 0);
	taking_expect(f, 1);
	taking_assert_stat(
	    f->meters.kinds[KEPT_SAMPLE].dropped[DROP_BY_RULE], 1);
	taking_assert_stat(
	    f->meters.kinds[KEPT_SAMPLE].dropped[DROP_UNKNOWN_SERIES], 0);
	taking_assert_stat(f->meters.refused_series, 0);
	intake_measure(f->intake);
	taking_assert_stat(f->meters.series, 1);
	taking_assert_stat(f->meters.relabel_limited, 0);
	intake_free(f->intake);
	f->intake = NULL;
	regex_free(rule.regex);
}

static void
records_of_types_yet_unknown_are_counted_and_passed_over(void **state)
{
	const uint8_t odd[] = { 99, 1, 2, 3 };
	struct taking *f = *state;

	writer_log(&f->writer, odd, sizeof(odd));
	writer_series(&f->writer, 7, "__name__", "up", NULL);
	taking_open_intake(f);
	taking_expect(f, 0);
	taking_expect(f, 0);
	taking_assert_stat(f->meters.records[0], 1);
	taking_assert_stat(f->meters.undecodable, 0);
}

static void
a_record_that_does_not_decode_is_counted_and_passed_over(void **state)
{
	const uint8_t series[] = { WAL_SERIES, 1, 2, 3 };
	const uint8_t samples[] = { WAL_SAMPLES, 1, 2, 3 };
	struct taking *f = *state;

	writer_log(&f->writer, series, sizeof(series));
	writer_log(&f->writer, samples, sizeof(samples));
	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 1, 1);
	taking_open_intake(f);
	taking_expect(f, 0);
	taking_expect(f, 0);
	taking_expect(f, 0);
	taking_expect(f, 1);
	taking_assert_stat(f->meters.undecodable, 2);
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
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, taking_set_up, taking_tear_down)
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
		TEST(freeing_nothing_does_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
