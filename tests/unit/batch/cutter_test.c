/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "agent/base/clock.h"
#include "tests/unit/batch/cutting.h"
#include "tests/unit/series/series.h"

static int
set_up(void **state)
{
	*state = cutting_new();
	return 0;
}

static int
tear_down(void **state)
{
	cutting_free(*state);
	return 0;
}

static void
a_batch_holds_as_many_whole_records_as_fit(void **state)
{
	struct cutting *f = *state;

	cutting_give(f, 0, 4);
	cutting_give(f, 4, 4);
	assert_true(cutting_none(f));
	cutting_give(f, 8, 3);
	cutting_settle(f, cutting_expect(f, 0, 8));
	assert_int_equal(cutting_position(f), 2);
	assert_true(cutting_none(f));
}

static void
a_full_batch_flies_at_once(void **state)
{
	struct cutting *f = *state;

	cutting_give(f, 0, 4);
	cutting_give(f, 4, 6);
	assert_int_equal(cutter_deadline(&f->cutter), CLOCK_NEVER);
	cutting_settle(f, cutting_expect(f, 0, 10));
	assert_int_equal(cutting_position(f), 2);
}

static void
a_larger_record_goes_in_consecutive_batches(void **state)
{
	struct cutting *f = *state;
	struct batch *first, *second, *third;

	cutting_give(f, 50, 3);
	cutting_give(f, 0, 24);
	cutting_settle(f, cutting_expect(f, 50, 3));
	assert_int_equal(cutting_position(f), 1);
	first = cutting_expect(f, 0, 10);
	second = cutting_expect(f, 10, 10);
	third = cutting_expect(f, 20, 4);
	cutting_settle(f, third);
	cutting_settle(f, first);
	assert_int_equal(cutting_position(f), 1);
	cutting_settle(f, second);
	assert_int_equal(cutting_position(f), 2);
}

static void
a_record_after_a_larger_one_is_in_a_range_of_its_own(void **state)
{
	struct cutting *f = *state;
	struct batch *first, *second;

	cutting_give(f, 0, 14);
	cutting_give(f, 20, 10);
	first = cutting_expect(f, 0, 10);
	second = cutting_expect(f, 10, 4);
	cutting_settle(f, cutting_expect(f, 20, 10));
	assert_int_equal(cutting_position(f), 0);
	cutting_settle(f, second);
	cutting_settle(f, first);
	assert_int_equal(cutting_position(f), 2);
}

static void
the_deadline_runs_from_the_first_sample(void **state)
{
	struct cutting *f = *state;
	struct kept_record record;

	assert_int_equal(cutter_deadline(&f->cutter), CLOCK_NEVER);
	record = cutting_record_of(f, 0, 0);
	assert_int_equal(cutter_take(&f->cutter, &record, 100), CUT_TAKEN);
	assert_int_equal(cutter_deadline(&f->cutter), CLOCK_NEVER);
	record = cutting_record_of(f, 0, 2);
	assert_int_equal(cutter_take(&f->cutter, &record, 200), CUT_TAKEN);
	record = cutting_record_of(f, 2, 2);
	assert_int_equal(cutter_take(&f->cutter, &record, 300), CUT_TAKEN);
	assert_int_equal(cutter_deadline(&f->cutter), 200 + CUTTING_PATIENCE);
	assert_int_equal(cutter_cut(&f->cutter), CUT_TAKEN);
	assert_int_equal(cutter_deadline(&f->cutter), CLOCK_NEVER);
	cutting_settle(f, cutting_expect(f, 0, 4));
	assert_int_equal(cutting_position(f), 3);
}

static void
records_of_which_nothing_is_kept_are_acknowledged_at_the_end(void **state)
{
	struct cutting *f = *state;

	cutting_give(f, 0, 0);
	cutting_give(f, 0, 0);
	assert_int_equal(cutting_position(f), 0);
	cutter_idle(&f->cutter);
	assert_int_equal(cutting_position(f), 2);
	assert_int_equal(f->window.used, 0);
}

static void
but_not_before_what_came_before_them(void **state)
{
	struct cutting *f = *state;
	struct batch *batch;

	cutting_give(f, 0, 10);
	cutting_give(f, 0, 0);
	cutter_idle(&f->cutter);
	assert_int_equal(cutting_position(f), 0);
	batch = cutting_expect(f, 0, 10);
	cutting_settle(f, batch);
	assert_int_equal(cutting_position(f), 2);
}

/* Of what is settled, but not by an entry that is of the future. */
static void
the_position_knows_the_last_time_that_had_come(void **state)
{
	struct cutting *f = *state;
	struct kept_record record = cutting_record_of(f, 0, 4);

	record.newest = 1002;
	assert_int_equal(cutter_take(&f->cutter, &record, 0), CUT_TAKEN);
	cutting_give(f, 4, 6);
	cutting_give(f, 10, 10);
	cutting_settle(f, cutting_expect(f, 0, 10));
	assert_int_equal(f->cutter.ranges.highest, 2005);
	record = cutting_record_of(f, 20, 10);
	record.newest = INT64_MIN;
	assert_int_equal(cutter_take(&f->cutter, &record, 0), CUT_TAKEN);
	cutting_settle(f, cutting_expect(f, 10, 10));
	cutting_settle(f, cutting_expect(f, 20, 10));
	assert_int_equal(f->cutter.ranges.highest, 3009);
}

static void
the_end_of_the_log_cuts_nothing_that_holds_a_sample(void **state)
{
	struct cutting *f = *state;

	cutting_give(f, 0, 1);
	cutter_idle(&f->cutter);
	assert_true(cutting_none(f));
	assert_int_equal(cutter_deadline(&f->cutter), CUTTING_PATIENCE);
}

static void
a_range_ends_after_so_many_bytes_of_the_log(void **state)
{
	struct cutting *f = *state;
	struct kept_record record = cutting_record_of(f, 0, 0);

	record.stored = CUTTER_RANGE_MAX - 1;
	assert_int_equal(cutter_take(&f->cutter, &record, 0), CUT_TAKEN);
	assert_int_equal(cutting_position(f), 0);
	cutting_give(f, 0, 0);
	assert_int_equal(cutting_position(f), 2);
}

/* Series of a mebibyte of labels each: eight fill a body. */
static void
a_batch_is_cut_by_its_plain_bytes(void **state)
{
	struct cutting *f = *state;
	struct final *large[CUTTING_SERIES];
	char *text = malloc((1 << 20) + 1);
	uint64_t wake = CLOCK_NEVER;
	struct kept_record record;
	struct batch *batch;
	unsigned int i;

	assert_non_null(text);
	memset(text, 'x', 1 << 20);
	text[1 << 20] = '\0';
	for (i = 0; i < 10; i++) {
		text[0] = 's';
		text[1] = '=';
		text[2] = (char)('0' + i);
		large[i] = series_take(f->finals, text);
		if (large[i] == NULL)
			abort();
		record = cutting_record_of(f, 0, 1);
		f->kept[0].final = large[i];
		record.plain = large[i]->packed_len + ENCODE_SAMPLE_ROOM;
		assert_int_equal(
		    cutter_take(&f->cutter, &record, 0), CUT_TAKEN);
	}
	batch = window_next(&f->window, 0, &wake);
	assert_non_null(batch);
	assert_int_equal(batch->samples, 7);
	free(text);
}

/* One record of ten such is cut in its middle. */
static void
a_record_is_cut_by_its_plain_bytes(void **state)
{
	struct cutting *f = *state;
	char *text = malloc((1 << 20) + 1);
	uint64_t wake = CLOCK_NEVER;
	struct kept_record record = cutting_record_of(f, 0, 10);
	struct batch *batch;
	unsigned int i;

	assert_non_null(text);
	memset(text, 'x', 1 << 20);
	text[1 << 20] = '\0';
	memcpy(text, "s=", 2);
	for (i = 0; i < 10; i++) {
		f->kept[i].final = series_take(f->finals, text);
		record.plain += 1 << 20;
	}
	assert_int_equal(cutter_take(&f->cutter, &record, 0), CUT_TAKEN);
	batch = window_next(&f->window, 0, &wake);
	assert_non_null(batch);
	assert_int_equal(batch->samples, 8);
	free(text);
}

/* Fill the window but for ${slots}, with batches of no series here. */
static void
fill_window(struct cutting *f, unsigned int slots)
{
	while (f->window.used < WINDOW_SLOTS - slots)
		window_fly(&f->window, window_open(&f->window), 0);
}

static struct batch *
some_filler(struct cutting *f)
{
	unsigned int i;

	for (i = 0; i < WINDOW_SLOTS; i++)
		if (f->window.slots[i].range == NULL &&
		    f->window.slots[i].state == BATCH_FLYING)
			return &f->window.slots[i];
	return NULL;
}

static void
a_record_that_finds_the_window_full_goes_on_where_it_was(void **state)
{
	struct cutting *f = *state;
	struct kept_record record = cutting_record_of(f, 0, 25);
	struct batch *first;

	fill_window(f, 1);
	assert_int_equal(cutter_take(&f->cutter, &record, 0), CUT_FULL);
	first = cutting_expect(f, 0, 10);
	assert_int_equal(cutter_take(&f->cutter, &record, 0), CUT_FULL);
	cutting_settle(f, first);
	assert_int_equal(cutting_position(f), 0);
	assert_int_equal(cutter_take(&f->cutter, &record, 0), CUT_FULL);
	cutting_settle(f, cutting_expect(f, 10, 10));
	assert_int_equal(cutter_take(&f->cutter, &record, 0), CUT_TAKEN);
	cutting_settle(f, cutting_expect(f, 20, 5));
	assert_int_equal(cutting_position(f), 1);
}

static void
between_two_tries_at_a_record_nothing_is_cut(void **state)
{
	struct cutting *f = *state;
	struct kept_record record = cutting_record_of(f, 0, 25);

	fill_window(f, 1);
	assert_int_equal(cutter_take(&f->cutter, &record, 0), CUT_FULL);
	assert_int_equal(cutter_cut(&f->cutter), CUT_TAKEN);
	cutter_idle(&f->cutter);
	assert_int_equal(cutter_deadline(&f->cutter), CLOCK_NEVER);
	cutting_settle(f, cutting_expect(f, 0, 10));
	assert_int_equal(cutting_position(f), 0);
}

static void
nor_before_the_first_of_it_was_taken(void **state)
{
	struct cutting *f = *state;
	struct kept_record record = cutting_record_of(f, 0, 5);

	fill_window(f, 0);
	assert_int_equal(cutter_take(&f->cutter, &record, 0), CUT_FULL);
	assert_int_equal(cutter_cut(&f->cutter), CUT_TAKEN);
	cutter_idle(&f->cutter);
	assert_int_equal(cutting_position(f), 0);
	window_settle(&f->window, some_filler(f));
	assert_int_equal(cutter_take(&f->cutter, &record, 0), CUT_TAKEN);
	assert_int_equal(cutter_cut(&f->cutter), CUT_TAKEN);
	cutting_settle(f, cutting_expect(f, 0, 5));
	assert_int_equal(cutting_position(f), 1);
}

static void
a_later_batch_settled_first_does_not_move_the_position(void **state)
{
	struct cutting *f = *state;
	struct batch *first, *second;

	cutting_give(f, 0, 10);
	cutting_give(f, 10, 10);
	first = cutting_expect(f, 0, 10);
	second = cutting_expect(f, 10, 10);
	cutting_settle(f, second);
	assert_int_equal(cutting_position(f), 0);
	cutting_settle(f, first);
	assert_int_equal(cutting_position(f), 2);
}

/* Smaller batches, after ${patience}, from ${now} on. */
static void
tune(struct cutting *f, uint64_t patience, uint64_t now)
{
	struct cutter_options options = f->cutter.options;

	options.entries_max = 3;
	options.grouped_max = 30;
	options.patience = patience;
	cutter_tune(&f->cutter, &options, now);
}

/* From the next batch on, and as to time, at once; it never waits longer. */
static void
sizes_and_patience_can_be_changed(void **state)
{
	struct cutting *f = *state;

	cutting_give(f, 0, 4);
	tune(f, 10 * CUTTING_PATIENCE, 100);
	assert_int_equal(cutter_deadline(&f->cutter), CUTTING_PATIENCE);
	tune(f, CUTTING_PATIENCE / 10, 100);
	assert_int_equal(
	    cutter_deadline(&f->cutter), 100 + CUTTING_PATIENCE / 10);
	cutting_give(f, 4, 6);
	cutting_settle(f, cutting_expect(f, 0, 10));
	tune(f, CUTTING_PATIENCE, 100);
	assert_int_equal(cutter_deadline(&f->cutter), CLOCK_NEVER);
	cutting_give(f, 10, 3);
	cutting_settle(f, cutting_expect(f, 10, 3));
}

/* Whenever it begins, a range is cut at the host's own moment. */
static void
hosts_cut_at_moments_of_their_own(void **state)
{
	static const uint64_t moments[] = { 0, 1, 299, 300, 301, 999, 1000,
		1299, 1300, 12345678 };
	struct cutting *f = *state;
	uint64_t deadline;
	size_t i;

	f->cutter.options.patience = 1000;
	f->cutter.options.phased = true;
	f->cutter.options.phase = 300;
	for (i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		struct kept_record record = cutting_record_of(f, 0, 4);

		assert_int_equal(
		    cutter_take(&f->cutter, &record, moments[i]), CUT_TAKEN);
		deadline = cutter_deadline(&f->cutter);
		assert_int_equal(deadline % 1000, 300);
		assert_in_range(deadline, moments[i] + 1, moments[i] + 1000);
		assert_int_equal(cutter_cut(&f->cutter), CUT_TAKEN);
		cutting_settle(f, cutting_expect(f, 0, 4));
	}
}

/* A record of samples of ${time} and on. */
static void
give_at(struct cutting *f, int64_t time)
{
	struct kept_record record = cutting_record_of(f, 0, 4);
	unsigned int i;

	for (i = 0; i < 4; i++)
		f->kept[i].time = time + i;
	assert_int_equal(cutter_take(&f->cutter, &record, 0), CUT_TAKEN);
}

/* It would only wait: it gathers, as long as it may be, and not by the clock. */
static void
what_has_to_wait_gathers_more(void **state)
{
	struct cutting *f = *state;

	f->cutter.options.span = 1000;
	f->cutter.stalled = true;
	give_at(f, 5000);
	cutter_idle(&f->cutter);
	assert_int_equal(cutter_deadline(&f->cutter), CLOCK_NEVER);
	give_at(f, 5900);
	cutter_idle(&f->cutter);
	assert_true(cutting_none(f));
	/* This one makes it long enough. */
	give_at(f, 6000);
	assert_false(cutting_none(f));
	assert_int_equal(f->window.used, 1);
	give_at(f, 7000);
	assert_int_equal(f->window.used, 1);
	/* Now it would fly. */
	f->cutter.stalled = false;
	assert_int_not_equal(cutter_deadline(&f->cutter), CLOCK_NEVER);
	cutter_idle(&f->cutter);
	assert_int_equal(f->window.used, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_batch_holds_as_many_whole_records_as_fit),
		TEST(a_full_batch_flies_at_once),
		TEST(a_larger_record_goes_in_consecutive_batches),
		TEST(a_record_after_a_larger_one_is_in_a_range_of_its_own),
		TEST(the_deadline_runs_from_the_first_sample),
		TEST(sizes_and_patience_can_be_changed),
		TEST(hosts_cut_at_moments_of_their_own),
		TEST(what_has_to_wait_gathers_more),
		TEST(
		    records_of_which_nothing_is_kept_are_acknowledged_at_the_end),
		TEST(but_not_before_what_came_before_them),
		TEST(the_position_knows_the_last_time_that_had_come),
		TEST(the_end_of_the_log_cuts_nothing_that_holds_a_sample),
		TEST(a_range_ends_after_so_many_bytes_of_the_log),
		TEST(a_batch_is_cut_by_its_plain_bytes),
		TEST(a_record_is_cut_by_its_plain_bytes),
		TEST(a_record_that_finds_the_window_full_goes_on_where_it_was),
		TEST(between_two_tries_at_a_record_nothing_is_cut),
		TEST(nor_before_the_first_of_it_was_taken),
		TEST(a_later_batch_settled_first_does_not_move_the_position),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
