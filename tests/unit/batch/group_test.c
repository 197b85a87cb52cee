/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/clock.h"

#include "tests/unit/batch/cutting.h"
#include "tests/unit/series/body.h"

static int
set_up(void **state)
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

/* Have the range cut, in as many calls as it takes. */
static void
cut(struct cutting *f)
{
	enum cut_result result;

	do
		result = cutter_cut(&f->cutter);
	while (result == CUT_MORE);
	assert_int_equal(result, CUT_TAKEN);
}

/* The next batch to fly: so many series of so many samples each. */
static struct batch *
expect(struct cutting *f, unsigned int first, unsigned int series, size_t each)
{
	uint64_t wake = CLOCK_NEVER;
	struct batch *batch = window_next(&f->window, 0, &wake);
	Remote__WriteRequest *message;
	unsigned int i;

	assert_non_null(batch);
	message = body_unpack(batch->body, batch->body_len);
	assert_int_equal(batch->samples, series * each);
	assert_int_equal(message->n_timeseries, series);
	for (i = 0; i < series; i++) {
		assert_int_equal(
		    body_number(message->timeseries[i]), first + i);
		assert_int_equal(message->timeseries[i]->n_samples, each);
	}
	remote__write_request__free_unpacked(message, NULL);
	window_fly(&f->window, batch, 0);
	return batch;
}

static void
a_series_of_several_records_has_its_labels_once(void **state)
{
	struct cutting *f = *state;

	cutting_give(f, 0, 8);
	cutting_give(f, 0, 8);
	cutting_give(f, 0, 8);
	assert_true(cutting_none(f));
	cut(f);
	cutting_settle(f, expect(f, 0, 8, 3));
	assert_true(cutting_none(f));
	assert_int_equal(cutting_position(f), 3);
}

/* 25 samples a batch: eight series of three, and not the half of the ninth. */
static void
no_series_is_in_two_batches(void **state)
{
	struct cutting *f = *state;
	struct batch *batches[3];
	unsigned int i;

	for (i = 0; i < 3; i++)
		cutting_give(f, 0, 20);
	cut(f);
	batches[0] = expect(f, 0, 8, 3);
	batches[1] = expect(f, 8, 8, 3);
	batches[2] = expect(f, 16, 4, 3);
	cutting_settle(f, batches[2]);
	cutting_settle(f, batches[0]);
	assert_int_equal(cutting_position(f), 0);
	cutting_settle(f, batches[1]);
	assert_int_equal(cutting_position(f), 3);
}

/* The second of them waits for the first. */
static void
but_one_that_is_too_large_for_one(void **state)
{
	struct cutting *f = *state;
	struct batch *batch;
	unsigned int i;

	for (i = 0; i < 30; i++)
		cutting_give(f, 7, 1);
	cut(f);
	batch = expect(f, 7, 1, 25);
	assert_true(cutting_none(f));
	cutting_settle(f, batch);
	cutting_settle(f, expect(f, 7, 1, 5));
	assert_int_equal(cutting_position(f), 30);
}

static void
one_batch_is_made_in_a_call(void **state)
{
	struct cutting *f = *state;

	cutting_give(f, 0, 60);
	assert_int_equal(cutter_cut(&f->cutter), CUT_MORE);
	cutting_settle(f, expect(f, 0, 25, 1));
	assert_true(cutting_none(f));
	assert_int_equal(cutter_deadline(&f->cutter), 0);
	assert_int_equal(cutter_cut(&f->cutter), CUT_MORE);
	cutting_settle(f, expect(f, 25, 25, 1));
	assert_int_equal(cutting_position(f), 0);
	assert_int_equal(cutter_cut(&f->cutter), CUT_TAKEN);
	cutting_settle(f, expect(f, 50, 10, 1));
	assert_int_equal(cutting_position(f), 1);
	assert_true(cutter_deadline(&f->cutter) == CLOCK_NEVER);
}

/* What was begun to be cut takes nothing more. */
static void
a_record_waits_until_the_range_before_it_is_made(void **state)
{
	struct cutting *f = *state;
	struct kept_record record;

	cutting_give(f, 0, 60);
	assert_int_equal(cutter_cut(&f->cutter), CUT_MORE);
	record = cutting_record_of(f, 60, 5);
	assert_int_equal(cutter_take(&f->cutter, &record, 0), CUT_MORE);
	assert_int_equal(cutter_take(&f->cutter, &record, 0), CUT_TAKEN);
	cutting_settle(f, expect(f, 0, 25, 1));
	cutting_settle(f, expect(f, 25, 25, 1));
	cutting_settle(f, expect(f, 50, 10, 1));
	assert_int_equal(cutting_position(f), 1);
	cut(f);
	cutting_settle(f, expect(f, 60, 5, 1));
	assert_int_equal(cutting_position(f), 2);
}

static void
having_caught_up_what_was_gathered_is_sent_at_once(void **state)
{
	struct cutting *f = *state;

	cutting_give(f, 0, 5);
	assert_true(cutting_none(f));
	cutter_idle(&f->cutter);
	cutting_settle(f, expect(f, 0, 5, 1));
	assert_int_equal(cutting_position(f), 1);
}

static void
it_is_cut_at_its_deadline(void **state)
{
	struct cutting *f = *state;
	int64_t oldest;

	cutting_give(f, 0, 5);
	assert_int_equal(cutter_deadline(&f->cutter), CUTTING_PATIENCE);
	assert_int_equal(cutter_gathered(&f->cutter, &oldest), 5);
	assert_int_equal(oldest, 1000);
	cut(f);
	assert_int_equal(cutter_gathered(&f->cutter, &oldest), 0);
	cutting_settle(f, expect(f, 0, 5, 1));
}

/* A series that the log redefines meanwhile is sent with its old labels. */
static void
a_series_that_is_dropped_meanwhile_is_sent(void **state)
{
	struct cutting *f = *state;

	cutting_give(f, 3, 1);
	cutting_drop(f, 3);
	cut(f);
	cutting_settle(f, expect(f, 3, 1, 1));
}

static void
a_window_that_is_full_ends_nothing(void **state)
{
	struct cutting *f = *state;
	struct batch *batches[WINDOW_SLOTS];
	unsigned int i;

	f->cutter.behind = false;
	for (i = 0; i < WINDOW_SLOTS; i++) {
		cutting_give(f, i, 1);
		assert_int_equal(cutter_cut(&f->cutter), CUT_TAKEN);
		batches[i] = cutting_expect(f, i, 1);
	}
	f->cutter.behind = true;
	cutting_give(f, 70, 30);
	assert_int_equal(cutter_cut(&f->cutter), CUT_FULL);
	assert_int_equal(cutter_cut(&f->cutter), CUT_FULL);
	cutting_settle(f, batches[0]);
	assert_int_equal(cutter_cut(&f->cutter), CUT_MORE);
	cutting_settle(f, expect(f, 70, 25, 1));
	cut(f);
	cutting_settle(f, expect(f, 95, 5, 1));
	for (i = 1; i < WINDOW_SLOTS; i++)
		cutting_settle(f, batches[i]);
	assert_int_equal(cutting_position(f), WINDOW_SLOTS + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_series_of_several_records_has_its_labels_once),
		TEST(no_series_is_in_two_batches),
		TEST(but_one_that_is_too_large_for_one),
		TEST(one_batch_is_made_in_a_call),
		TEST(a_record_waits_until_the_range_before_it_is_made),
		TEST(having_caught_up_what_was_gathered_is_sent_at_once),
		TEST(it_is_cut_at_its_deadline),
		TEST(a_series_that_is_dropped_meanwhile_is_sent),
		TEST(a_window_that_is_full_ends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
