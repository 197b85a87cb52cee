/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "tests/unit/batch/cutting.h"
#include "tests/unit/series/body.h"
#include "tests/unit/series/series.h"

static int
set_up(void **state)
{
	*state = cutting_new();
	return 0;
}

/* What is gathered by its series first. */
static int
set_up_behind(void **state)
{
	struct cutting *f = cutting_new();

	f->cutter.behind = true;
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	cutting_free(*state);
	return 0;
}

static struct kept
sample(const struct cutting *f, unsigned int series, int64_t time, double value)
{
	struct kept kept = { .final = f->series[series], .time = time };

	memcpy(&kept.value, &value, sizeof(kept.value));
	return kept;
}

/* The next record has these ${len}. */
static void
give(struct cutting *f, const struct kept *kept, size_t len)
{
	struct kept_record record = {
		.kept = kept,
		.len = len,
		.end.at = { .segment = 1, .offset = ++f->records },
		.stored = 10,
		.newest = 1,
	};

	assert_int_equal(cutter_take(&f->cutter, &record, 0), CUT_TAKEN);
}

/* Have all that was taken cut, and fly; it is to be the samples of ${text}, in
 * the form "series: time=value time=value; ...". */
static void
expect(struct cutting *f, const char *text)
{
	uint64_t wake = CLOCK_NEVER;
	Remote__WriteRequest *message;
	Remote__TimeSeries *series;
	struct batch *batch;
	char got[1024] = "";
	size_t i, j, len = 0;

	while (cutter_cut(&f->cutter) == CUT_MORE)
		;
	assert_non_null(batch = window_next(&f->window, 0, &wake));
	message = body_unpack(batch->body, batch->body_len);
	for (i = 0; i < message->n_timeseries; i++) {
		series = message->timeseries[i];
		len += (size_t)snprintf(got + len, sizeof(got) - len,
		    "%s%u:", i > 0 ? "; " : "", body_number(series));
		for (j = 0; j < series->n_samples; j++)
			len += (size_t)snprintf(got + len, sizeof(got) - len,
			    " %d=%g", (int)series->samples[j]->timestamp,
			    series->samples[j]->value);
	}
	assert_string_equal(got, text);
	remote__write_request__free_unpacked(message, NULL);
	window_fly(&f->window, batch, 0);
	cutting_settle(f, batch);
}

static void
a_record_has_a_time_of_a_series_once(void **state)
{
	struct cutting *f = *state;
	const struct kept kept[] = { sample(f, 1, 10, 1), sample(f, 2, 10, 2),
		sample(f, 1, 10, 3), sample(f, 1, 11, 4), sample(f, 2, 10, 5) };

	give(f, kept, 5);
	expect(f, "1: 10=1; 2: 10=2; 1: 11=4");
	assert_int_equal(f->cutter.doubles.counts[KEPT_SAMPLE], 2);
}

static void
and_so_have_the_records_of_a_range(void **state)
{
	struct cutting *f = *state;
	const struct kept kept[] = { sample(f, 1, 10, 1), sample(f, 2, 10, 2),
		sample(f, 1, 20, 3), sample(f, 2, 15, 4), sample(f, 2, 10, 5),
		sample(f, 1, 20, 6) };

	give(f, kept, 2);
	give(f, kept + 2, 2);
	give(f, kept + 4, 2);
	expect(f, "1: 10=1; 2: 10=2; 1: 20=3; 2: 15=4");
	assert_int_equal(f->cutter.doubles.counts[KEPT_SAMPLE], 2);
	/* Another range is another request. */
	give(f, kept + 4, 1);
	expect(f, "2: 10=5");
	assert_int_equal(f->cutter.doubles.counts[KEPT_SAMPLE], 2);
}

static void
what_is_gathered_has_a_time_of_a_series_once(void **state)
{
	struct cutting *f = *state;
	const struct kept kept[] = { sample(f, 1, 10, 1), sample(f, 2, 10, 2),
		sample(f, 1, 20, 3), sample(f, 1, 15, 4), sample(f, 1, 20, 5),
		sample(f, 2, 10, 6), sample(f, 1, 15, 7), sample(f, 1, 30, 8),
		sample(f, 1, 30, 9) };
	unsigned int i;

	for (i = 0; i < 9; i++)
		give(f, &kept[i], 1);
	expect(f, "1: 10=1 20=3 15=4 30=8; 2: 10=2");
	assert_int_equal(f->cutter.doubles.counts[KEPT_SAMPLE], 4);
	give(f, kept, 1);
	expect(f, "1: 10=1");
	assert_int_equal(f->cutter.doubles.counts[KEPT_SAMPLE], 4);
}

/* As of a target that shows the time of its samples, again and again. */
static void
what_repeats_a_sample_is_left_out_and_no_loss(void **state)
{
	struct cutting *f = *state;
	const struct kept kept[] = { sample(f, 1, 10, 1), sample(f, 2, 10, 2),
		sample(f, 1, 10, 1), sample(f, 2, 10, 2), sample(f, 1, 10, 3) };

	give(f, kept, 2);
	give(f, kept + 2, 2);
	assert_int_equal(f->cutter.doubles.naming.series, 0);
	give(f, kept + 4, 1);
	expect(f, "1: 10=1; 2: 10=2");
	assert_int_equal(f->cutter.doubles.counts[KEPT_SAMPLE], 1);
	assert_int_equal(f->cutter.doubles.naming.series, 1);
}

/* A piece of a large record is a batch, but all of them are one range. */
static void
a_record_of_several_batches_has_it_once(void **state)
{
	struct cutting *f = *state;
	struct kept kept[25];
	unsigned int i;

	for (i = 0; i < 25; i++)
		kept[i] = sample(f, i % 15, 10, i);
	give(f, kept, 25);
	expect(f,
	    "0: 10=0; 1: 10=1; 2: 10=2; 3: 10=3; 4: 10=4; 5: 10=5; 6: 10=6; "
	    "7: 10=7; 8: 10=8; 9: 10=9");
	expect(f, "10: 10=10; 11: 10=11; 12: 10=12; 13: 10=13; 14: 10=14");
	assert_true(cutting_none(f));
	assert_int_equal(f->cutter.doubles.counts[KEPT_SAMPLE], 10);
}

/* Exemplars may share a time; and a sample does not stand for one. */
static void
exemplars_are_left_as_they_are(void **state)
{
	struct cutting *f = *state;
	struct wal_exemplar exemplars[2] = { { .time = 10 }, { .time = 10 } };
	struct wal_exemplar_list list = { .exemplars = exemplars, .len = 2 };
	struct kept kept[] = { sample(f, 1, 10, 1), sample(f, 1, 10, 2) };
	struct kept_record record = {
		.kept = kept,
		.len = 2,
		.end.at = { .segment = 1, .offset = 9 },
		.exemplars = &list,
	};

	give(f, kept, 1);
	kept[0].kind = kept[1].kind = KEPT_EXEMPLAR;
	kept[1].index = 1;
	assert_int_equal(cutter_take(&f->cutter, &record, 0), CUT_TAKEN);
	assert_int_equal(f->cutter.doubles.naming.series, 0);
}

static void
they_are_counted_and_their_metrics_named(void **state)
{
	struct finals *finals = finals_new(NULL, 0);
	struct meters meters = { 0 };
	struct stats *stats = stats_new();
	struct kept kept = {
		.final = series_take(finals, "__name__=up,job=a"),
		.kind = KEPT_HISTOGRAM,
	};
	struct doubles doubles = { 0 };
	struct twice twice = { 0 };
	FILE *log = tmpfile();
	char text[4096] = "";

	(void)state;
	assert_non_null(log);
	assert_int_equal(
	    meters_init(&meters, stats, "receiver", "http://x/"), 0);
	log_init(LOG_INFO, LOG_LOGFMT);
	log_to(fileno(log));
	doubles_say(&doubles, "receiver", &meters, 5);
	doubles_add(&doubles, &twice, &kept);
	doubles_add(&doubles, &twice, &kept);
	doubles_say(&doubles, "receiver", &meters, 5);
	doubles_add(&doubles, &twice, &kept);
	doubles_say(&doubles, "receiver", &meters, 6);
	log_to(STDERR_FILENO);
	rewind(log);
	assert_true(fread(text, 1, sizeof(text) - 1, log) > 0);
	(void)fclose(log);
	assert_non_null(strstr(text, "remote=receiver metrics=up samples=2\n"));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	assert_true(
	    stat_value(meters.kinds[KEPT_HISTOGRAM].dropped[DROP_TWICE]) == 3);
	meters_release(&meters);
	stats_free(stats);
	finals_free(finals);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define BEHIND(name) \
	cmocka_unit_test_setup_teardown(name, set_up_behind, tear_down)
		TEST(a_record_has_a_time_of_a_series_once),
		TEST(and_so_have_the_records_of_a_range),
		TEST(what_repeats_a_sample_is_left_out_and_no_loss),
		BEHIND(what_repeats_a_sample_is_left_out_and_no_loss),
		TEST(a_record_of_several_batches_has_it_once),
		TEST(exemplars_are_left_as_they_are),
		BEHIND(what_is_gathered_has_a_time_of_a_series_once),
		BEHIND(exemplars_are_left_as_they_are),
		cmocka_unit_test(they_are_counted_and_their_metrics_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
