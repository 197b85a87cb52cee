/* SPDX-License-Identifier: Apache-2.0 */
/* A destination whose series are kept from one life to the next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/log.h"
#include "agent/intake/memory.h"
#include "tests/unit/ship/whole.h"

static int
set_up(void **state)
{
	struct whole *f = whole_new();

	f->keeps = true;
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	whole_free(*state);
	return 0;
}

/* Delete segment ${number} of the log. */
static void
delete_segment(struct whole *f, unsigned int number)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%08u", f->scratch.wal, number);
	assert_int_equal(unlink(path), 0);
}

/* Live for some scrapes in segment ${number}, and stop cleanly. */
static void
live_and_stop(struct whole *f, unsigned int number)
{
	while (f->writer.number < number)
		writer_rotate(&f->writer);
	whole_start(f);
	(void)whole_live(f, 3);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	whole_stop(f);
	assert_int_equal(f->drained, 1);
	whole_end(f, true);
}

/* How many series the destination had from a snapshot. */
static unsigned int
recalled(struct whole *f)
{
	return (unsigned int)whole_value(
	    f, "walship_snapshot_recalled_series{");
}

/* Begin another life: the rest must arrive, so many series being recalled. */
static void
live_again(struct whole *f, unsigned int series)
{
	whole_start(f);
	(void)whole_live(f, 2);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	assert_int_equal(recalled(f), series);
	whole_expect_all(f);
}

/* The log has no series records any more: nothing else knows them. */
static void
the_next_life_knows_the_series_without_the_log(void **state)
{
	struct whole *f = *state;

	live_and_stop(f, 1);
	delete_segment(f, 0);
	live_again(f, WHOLE_SERIES);
	assert_int_equal(f->accepted, f->written);
}

static void
it_is_ready_when_they_are_known(void **state)
{
	struct whole *f = *state;
	struct buf why;

	live_and_stop(f, 1);
	whole_start(f);
	buf_init(&why, 1000);
	assert_false(destination_ready(f->destination, &why));
	assert_string_equal(
	    buf_text(&why), "receiver: recalling series, 0 so far.\n");
	buf_release(&why);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_true(destination_ready(f->destination, &why));
}

static void
without_a_snapshot_the_log_is_read(void **state)
{
	struct whole *f = *state;
	char path[128];

	live_and_stop(f, 1);
	(void)snprintf(path, sizeof(path), "%s/place.series", f->scratch.data);
	assert_int_equal(unlink(path), 0);
	live_again(f, 0);
}

static void
and_if_it_is_damaged(void **state)
{
	struct whole *f = *state;
	char path[128];

	live_and_stop(f, 1);
	(void)snprintf(path, sizeof(path), "%s/place.series", f->scratch.data);
	assert_int_equal(truncate(path, 1000), 0);
	live_again(f, 0);
}

/* The same refs stand for other series in it. */
static void
and_if_the_log_was_begun_anew(void **state)
{
	struct whole *f = *state;

	live_and_stop(f, 1);
	writer_close(&f->writer);
	scratch_empty(&f->scratch);
	writer_open_dir(&f->writer, f->scratch.wal, 0);
	whole_write_series(f, 2);
	whole_scrape(f, 2);
	whole_start(f);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	assert_int_equal(recalled(f), 0);
	whole_expect_all(f);
}

static void
and_if_a_segment_between_is_gone(void **state)
{
	struct whole *f = *state;

	live_and_stop(f, 1);
	whole_start(f);
	writer_rotate(&f->writer);
	whole_write_series(f, 1);
	(void)whole_live(f, 3);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	whole_end(f, false);
	delete_segment(f, 0);
	delete_segment(f, 1);
	live_again(f, 0);
}

/* What is still to be sent from before would go as another series. */
static void
and_if_a_ref_was_given_anew_since_the_position(void **state)
{
	struct whole *f = *state;

	whole_start(f);
	(void)whole_live(f, 3);
	lazy_work(&f->lazy);
	f->answer = whole_dead;
	writer_rotate(&f->writer);
	(void)whole_live(f, 2);
	whole_write_series(f, 2);
	whole_scrape(f, 2);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	whole_stop(f);
	assert_int_equal(f->drained, 0); /* But the series are kept. */
	assert_true(whole_value(f, "walship_snapshot_timestamp_seconds{") > 0);
	whole_end(f, true);
	f->answer = whole_ok;
	whole_start(f);
	(void)sim_run(f->sim, 600 * CLOCK_SEC);
	assert_int_equal(recalled(f), 0);
	whole_expect_all(f);
}

/* One given anew before that is no matter. */
static void
but_not_if_that_was_before_the_position(void **state)
{
	struct whole *f = *state;

	whole_start(f);
	(void)whole_live(f, 3);
	lazy_work(&f->lazy);
	whole_write_series(f, 2);
	writer_rotate(&f->writer);
	whole_scrape(f, 2);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	f->answer = whole_dead;
	whole_scrape(f, 2);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	whole_stop(f);
	whole_end(f, true);
	f->answer = whole_ok;
	delete_segment(f, 0);
	whole_start(f);
	(void)sim_run(f->sim, 600 * CLOCK_SEC);
	assert_int_equal(recalled(f), WHOLE_SERIES + 1);
	whole_expect_all(f);
}

/* The map was read further than what was acknowledged. */
static void
a_place_ahead_of_the_position_will_do(void **state)
{
	struct whole *f = *state;

	whole_start(f);
	writer_rotate(&f->writer);
	(void)whole_live(f, 3);
	lazy_work(&f->lazy);
	f->answer = whole_dead;
	(void)whole_live(f, 2);
	writer_rotate(&f->writer);
	(void)whole_live(f, 2);
	whole_stop(f);
	whole_end(f, true);
	f->answer = whole_ok;
	delete_segment(f, 0);
	whole_start(f);
	(void)sim_run(f->sim, 600 * CLOCK_SEC);
	assert_int_equal(recalled(f), WHOLE_SERIES);
	whole_expect_all(f);
}

/* A snapshot may have forgotten what only what came before it is of. */
static void
a_position_older_than_the_snapshot_has_the_log_read(void **state)
{
	struct whole *f = *state;
	char path[128], copy[128];

	live_and_stop(f, 0);
	(void)snprintf(path, sizeof(path), "%s/place", f->scratch.data);
	(void)snprintf(copy, sizeof(copy), "%s/older", f->scratch.data);
	scratch_copy(path, copy);
	whole_start(f);
	(void)whole_live(f, 3);
	whole_stop(f);
	whole_end(f, true);
	assert_int_equal(rename(copy, path), 0);
	f->mixes = true;
	live_again(f, 0);
}

static void
after_ten_minutes_they_are_kept_anew(void **state)
{
	static const char time[] = "walship_snapshot_timestamp_seconds{";
	struct whole *f = *state;
	double first;

	whole_start(f);
	(void)whole_live(f, 1);
	lazy_work(&f->lazy); /* There was none: at once. */
	first = whole_value(f, time);
	assert_true(first > 0);
	assert_true(whole_value(f, "walship_snapshot_size_bytes{") > 0);
	(void)whole_live(f, 100);
	lazy_work(&f->lazy);
	assert_true(whole_value(f, time) == first);
	(void)whole_live(f, 30);
	lazy_work(&f->lazy);
	assert_true(whole_value(f, time) >= first + 600);
	writer_rotate(&f->writer);
	(void)whole_live(f, 1);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	whole_end(f, false);
	live_again(f, WHOLE_SERIES);
}

static void
a_stop_waits_until_they_are_kept(void **state)
{
	struct whole *f = *state;

	whole_start(f);
	(void)whole_live(f, 3);
	lazy_work(&f->lazy);
	(void)whole_live(f, 1);
	destination_stop(f->destination);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	assert_int_equal(f->drained, 0);
	lazy_work(&f->lazy);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->drained, 1);
}

/* As at a reload, or past the deadline of a stop. */
static void
it_can_end_while_they_are_being_kept(void **state)
{
	struct whole *f = *state;

	live_and_stop(f, 1);
	whole_start(f);
	(void)whole_live(f, 3);
	destination_stop(f->destination);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_non_null(f->lazy.first);
	whole_end(f, true);
	delete_segment(f, 0);
	live_again(f, WHOLE_SERIES);
}

static void
what_cannot_be_kept_costs_nothing_but_time(void **state)
{
	struct whole *f = *state;

	whole_start(f);
	free(f->place->series);
	f->place->series = strdup("/nonexistent/1.series");
	(void)whole_live(f, 3);
	lazy_work(&f->lazy);
	assert_int_equal(
	    (int)whole_value(f, "walship_snapshot_failures_total{"), 1);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	whole_expect_all(f);
	whole_stop(f);
	assert_int_equal(f->drained, 1);
	assert_int_equal(
	    (int)whole_value(f, "walship_snapshot_failures_total{"), 2);
	assert_true(whole_value(f, "walship_snapshot_timestamp_seconds{") < 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(the_next_life_knows_the_series_without_the_log),
		TEST(it_is_ready_when_they_are_known),
		TEST(without_a_snapshot_the_log_is_read),
		TEST(and_if_it_is_damaged),
		TEST(and_if_the_log_was_begun_anew),
		TEST(and_if_a_segment_between_is_gone),
		TEST(and_if_a_ref_was_given_anew_since_the_position),
		TEST(but_not_if_that_was_before_the_position),
		TEST(a_place_ahead_of_the_position_will_do),
		TEST(a_position_older_than_the_snapshot_has_the_log_read),
		TEST(after_ten_minutes_they_are_kept_anew),
		TEST(a_stop_waits_until_they_are_kept),
		TEST(it_can_end_while_they_are_being_kept),
		TEST(what_cannot_be_kept_costs_nothing_but_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
