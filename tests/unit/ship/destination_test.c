/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/meters/minute.h"
#include "tests/unit/ship/whole.h"

static int
set_up(void **state)
{
	*state = whole_new();
	return 0;
}

static int
tear_down(void **state)
{
	whole_free(*state);
	return 0;
}

static void
what_was_there_and_what_comes_arrives(void **state)
{
	struct whole *f = *state;
	unsigned int i;

	for (i = 0; i < 200; i++)
		whole_scrape(f, 1);
	whole_start(f);
	(void)whole_live(f, 50);
	writer_rotate(&f->writer);
	(void)whole_live(f, 50);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	whole_expect_all(f);
	assert_true(whole_value(f, "\nwalship_acknowledged_segment{") == 1);
}

static void
a_scrape_leaves_at_its_deadline_at_the_latest(void **state)
{
	struct whole *f = *state;

	whole_start(f);
	whole_scrape(f, 1);
	(void)sim_run(f->sim, 4 * CLOCK_SEC);
	assert_int_equal(sim_requests(f->sim), 0);
	(void)sim_run(f->sim, 2 * CLOCK_SEC);
	assert_int_equal(sim_requests(f->sim), 1);
	whole_expect_all(f);
}

static void
nothing_to_do_takes_no_time(void **state)
{
	struct whole *f = *state;

	whole_start(f);
	whole_scrape(f, 1);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	/* But for the line that says so. */
	assert_int_equal(sim_run(f->sim, 60 * MINUTE_PERIOD), 60);
}

/* Each look costs system calls, and an answer says nothing of the log. */
static void
the_log_is_looked_at_only_when_it_may_have_grown(void **state)
{
	static const char read[] =
	    "\nprometheus_wal_watcher_records_read_total{"
	    "consumer=\"receiver\",type=\"series\"}";
	struct whole *f = *state;
	double before;

	whole_start(f);
	whole_scrape(f, 1);
	(void)sim_run(f->sim, 0);
	before = whole_value(f, read);
	/* Past the end that was met, and nobody was told. */
	writer_series(&f->writer, 999, "__name__", "later", NULL);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	whole_expect_all(f);
	assert_true(whole_value(f, read) == before);
	destination_poke(f->destination);
	(void)sim_run(f->sim, 0);
	assert_true(whole_value(f, read) == before + 1);
}

static void
errors_for_a_while_cost_nothing(void **state)
{
	struct whole *f = *state;

	whole_start(f);
	(void)whole_live(f, 10);
	f->answer.status = 500;
	(void)whole_live(f, 20);
	f->answer = whole_ok;
	(void)whole_live(f, 20);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	whole_expect_all(f);
	assert_true(
	    whole_value(
		f, "\nprometheus_remote_storage_samples_retried_total") > 0);
	assert_true(
	    whole_value(
		f, "\nprometheus_remote_storage_samples_failed_total") == 0);
}

static void
pauses_are_kept_and_cost_nothing(void **state)
{
	struct whole *f = *state;
	uint64_t before;

	whole_start(f);
	(void)whole_live(f, 10);
	f->answer.status = 429;
	f->answer.retry_after = "100";
	before = sim_requests(f->sim);
	(void)whole_live(f, 50);
	assert_in_range(sim_requests(f->sim) - before, 2, 4);
	f->answer = whole_ok;
	(void)whole_live(f, 50);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	whole_expect_all(f);
}

/* The window fills, reading stops, and the log keeps the rest. */
static void
a_dead_receiver_costs_neither_samples_nor_work(void **state)
{
	struct whole *f = *state;
	uint64_t events = 0;

	f->remote.queue.max_samples_per_send = WHOLE_SERIES;
	whole_start(f);
	(void)whole_live(f, 10);
	f->answer = whole_dead;
	events = whole_live(f, 720);
	assert_in_range(sim_requests(f->sim), 600, 1300);
	assert_true(events < 5 * 1300);
	assert_int_equal(
	    destination_unsettled(f->destination), 64 * WHOLE_SERIES);
	assert_true(whole_value(f,
			"\nwalship_oldest_unacknowledged_age_seconds{") > 3500);
	f->answer = whole_ok;
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	whole_expect_all(f);
	assert_true(whole_value(f,
			"\nwalship_oldest_unacknowledged_age_seconds{") == 0);
}

static void
the_position_is_that_of_what_is_settled(void **state)
{
	struct whole *f = *state;
	double offset;

	whole_start(f);
	(void)sim_run(f->sim, CLOCK_SEC);
	offset = whole_value(f, "\nwalship_acknowledged_offset_bytes{");
	assert_true(offset == (double)f->writer.size); /* Series only. */
	(void)whole_live(f, 10);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	offset = whole_value(f, "\nwalship_acknowledged_offset_bytes{");
	assert_true(offset == (double)f->writer.size);
	f->answer = whole_dead;
	(void)whole_live(f, 10);
	assert_true(
	    whole_value(f, "\nwalship_acknowledged_offset_bytes{") == offset);
}

static void
a_stop_sends_all_at_once(void **state)
{
	struct whole *f = *state;

	whole_start(f);
	(void)whole_live(f, 10);
	whole_scrape(f, 1);
	whole_scrape(f, 1);
	destination_stop(f->destination);
	(void)sim_run(f->sim, CLOCK_SEC);
	whole_expect_all(f);
	assert_int_equal(f->drained, 1);
}

static void
a_stop_with_nothing_left_is_over_at_once(void **state)
{
	struct whole *f = *state;

	whole_start(f);
	(void)whole_live(f, 1);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	destination_stop(f->destination);
	(void)sim_run(f->sim, 0);
	assert_int_equal(f->drained, 1);
	assert_int_equal(sim_run(f->sim, 3600 * CLOCK_SEC), 0);
	destination_poke(f->destination);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->drained, 1);
}

static void
a_stop_waits_for_a_receiver_that_comes_back(void **state)
{
	struct whole *f = *state;

	whole_start(f);
	(void)whole_live(f, 10);
	f->answer = whole_dead;
	(void)whole_live(f, 100);
	destination_stop(f->destination);
	(void)sim_run(f->sim, 4 * CLOCK_SEC);
	assert_int_equal(f->drained, 0);
	assert_true(destination_unsettled(f->destination) > 0);
	f->answer = whole_ok;
	(void)sim_run(f->sim, 20 * CLOCK_SEC);
	assert_int_equal(f->drained, 1);
	whole_expect_all(f);
}

static void
a_stop_gets_past_a_pause(void **state)
{
	struct whole *f = *state;

	whole_start(f);
	f->answer.status = 429;
	f->answer.retry_after = "600";
	(void)whole_live(f, 3);
	f->answer = whole_ok;
	destination_stop(f->destination);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->drained, 1);
	whole_expect_all(f);
}

/* Its memory is the leak checker's to look at. */
static void
it_can_be_freed_with_all_on_its_way(void **state)
{
	struct whole *f = *state;

	whole_start(f);
	f->answer.latency = 20 * CLOCK_SEC;
	(void)whole_live(f, 100);
	assert_true(sim_flying(f->sim) > 0);
	whole_end(f, true);
	assert_int_equal(sim_flying(f->sim), 0);
	destination_free(NULL);
}

/* Scrape, then begin as ${start} says: so many scrapes are not to be sent. */
static void
begin_with(struct whole *f, struct config_start start, uint64_t left_out)
{
	unsigned int i;

	(void)whole_live(f, 20);
	f->config.start = start;
	for (i = 0; i < WHOLE_SERIES; i++)
		f->first[i] = f->had[i] = left_out;
	whole_start(f);
	(void)sim_run(f->sim, CLOCK_SEC);
	(void)whole_live(f, 5);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	whole_expect_all(f);
}

static void
from_now_on_only_what_comes_is_sent(void **state)
{
	const struct config_start now = { .kind = CONFIG_START_NOW };

	begin_with(*state, now, 20);
}

/* Ten scrapes and a half. */
static void
from_a_while_ago_only_younger_samples_are_sent(void **state)
{
	const struct config_start ago = {
		.kind = CONFIG_START_AGO,
		.ago = 52500,
	};

	begin_with(*state, ago, 10);
}

static void
from_a_time_only_samples_from_then_on_are_sent(void **state)
{
	const struct config_start time = {
		.kind = CONFIG_START_TIME,
		.time = SIM_WALL + 25000,
	};

	begin_with(*state, time, 5);
}

static void
it_is_ready_when_it_has_read_the_series(void **state)
{
	struct whole *f = *state;
	struct buf why;

	buf_init(&why, 4096);
	f->config.start.kind = CONFIG_START_NOW;
	whole_start(f);
	assert_false(destination_ready(f->destination, &why));
	assert_string_equal(
	    buf_text(&why), "receiver: reading series, at segment 0.\n");
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_true(destination_ready(f->destination, &why));
	buf_release(&why);
}

static void
a_log_that_appears_later_is_read_from_its_first_byte(void **state)
{
	struct whole *f = *state;

	writer_close(&f->writer);
	scratch_empty(&f->scratch);
	f->config.start.kind = CONFIG_START_NOW;
	whole_start(f);
	(void)sim_run(f->sim, 3600 * CLOCK_SEC);
	writer_open_dir(&f->writer, f->scratch.wal, 0);
	whole_write_series(f, 1);
	(void)whole_live(f, 10);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	whole_expect_all(f);
}

/* The same series come back while their samples are on their way. */
static void
a_log_begun_anew_keeps_the_order_of_its_series(void **state)
{
	struct whole *f = *state;
	unsigned int i;

	f->remote.queue.max_samples_per_send = WHOLE_SERIES;
	writer_rotate(&f->writer);
	whole_start(f);
	for (i = 0; i < 20; i++)
		(void)whole_live(f, 1);
	f->answer.latency = 10 * CLOCK_SEC;
	f->answer.status = 500;
	for (i = 0; i < 8; i++)
		whole_scrape(f, 1);
	(void)sim_run(f->sim, CLOCK_SEC);
	f->answer = whole_ok;
	writer_close(&f->writer);
	scratch_empty(&f->scratch);
	writer_open_dir(&f->writer, f->scratch.wal, 0);
	whole_write_series(f, 1000);
	for (i = 0; i < 8; i++)
		whole_scrape(f, 1000);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	whole_expect_all(f);
}

static void
a_dead_receiver_does_not_hold_another_back(void **state)
{
	static char name[] = "dead", url[] = WHOLE_DEAD_URL;
	struct whole *f = *state;
	struct config_remote other = f->remote;
	struct place *place = whole_place(f, "other");
	struct destination *second;
	unsigned int i;

	other.name = name;
	other.url = url;
	whole_start(f);
	second = whole_make(f, &other, place);
	for (i = 0; i < 100; i++) {
		destination_poke(second);
		(void)whole_live(f, 1);
	}
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	whole_expect_all(f);
	assert_true(destination_unsettled(second) > 0);
	destination_free(second);
	place_free(place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_was_there_and_what_comes_arrives),
		TEST(a_scrape_leaves_at_its_deadline_at_the_latest),
		TEST(nothing_to_do_takes_no_time),
		TEST(the_log_is_looked_at_only_when_it_may_have_grown),
		TEST(errors_for_a_while_cost_nothing),
		TEST(pauses_are_kept_and_cost_nothing),
		TEST(a_dead_receiver_costs_neither_samples_nor_work),
		TEST(the_position_is_that_of_what_is_settled),
		TEST(a_stop_sends_all_at_once),
		TEST(a_stop_with_nothing_left_is_over_at_once),
		TEST(a_stop_waits_for_a_receiver_that_comes_back),
		TEST(a_stop_gets_past_a_pause),
		TEST(it_can_be_freed_with_all_on_its_way),
		TEST(from_now_on_only_what_comes_is_sent),
		TEST(from_a_while_ago_only_younger_samples_are_sent),
		TEST(from_a_time_only_samples_from_then_on_are_sent),
		TEST(it_is_ready_when_it_has_read_the_series),
		TEST(a_log_that_appears_later_is_read_from_its_first_byte),
		TEST(a_log_begun_anew_keeps_the_order_of_its_series),
		TEST(a_dead_receiver_does_not_hold_another_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
