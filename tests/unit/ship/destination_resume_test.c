/* SPDX-License-Identifier: Apache-2.0 */
/* A destination's next life: what it sends, what it sends again, and what not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/log.h"
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

/* All samples must have come, and as many again as ${again}. */
static void
expect_all_and(struct whole *f, uint64_t again)
{
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	whole_expect_all(f);
	assert_int_equal(f->accepted, f->written + again);
}

static void
after_a_clean_stop_nothing_comes_again_and_nothing_is_left_out(void **state)
{
	struct whole *f = *state;

	whole_start(f);
	(void)whole_live(f, 5);
	destination_stop(f->destination);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->drained, 1);
	whole_end(f, true);
	whole_scrape(f, 1);
	writer_rotate(&f->writer);
	whole_scrape(f, 1);
	whole_start(f);
	(void)whole_live(f, 5);
	expect_all_and(f, 0);
}

static void
nor_after_a_kill_while_nothing_is_on_its_way(void **state)
{
	struct whole *f = *state;

	whole_start(f);
	(void)whole_live(f, 5);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	whole_end(f, false);
	whole_scrape(f, 1);
	whole_start(f);
	expect_all_and(f, 0);
}

/* By the configuration alone, it would begin at the end. */
static void
the_saved_position_goes_before_the_configured_start(void **state)
{
	struct whole *f = *state;
	unsigned int i;

	f->config.start.kind = CONFIG_START_NOW;
	whole_scrape(f, 1);
	for (i = 0; i < WHOLE_SERIES; i++)
		f->had[i] = f->first[i] = f->made[i];
	f->accepted = f->written;
	whole_start(f);
	whole_end(f, false); /* Before anything was read. */
	whole_scrape(f, 1);
	whole_start(f);
	expect_all_and(f, 0);
}

/* Their answers are lost with the life: they come again, as they were. */
static void
what_was_on_the_wire_comes_again_in_the_same_requests(void **state)
{
	struct whole *f = *state;

	f->remote.queue.max_samples_per_send = 30; /* Two batches a scrape. */
	whole_start(f);
	(void)whole_live(f, 5);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	f->answer.latency = 20 * CLOCK_SEC;
	whole_scrape(f, 1);
	(void)sim_run(f->sim, 6 * CLOCK_SEC);
	assert_int_equal(sim_flying(f->sim), 2);
	whole_end(f, false);
	f->remote.queue.max_samples_per_send = 7;
	f->answer = whole_ok;
	whole_scrape(f, 1);
	whole_start(f);
	expect_all_and(f, WHOLE_SERIES);
}

/* The next request does not come back; all others are delivered. */
static struct sim_answer
delay_one(struct whole *whole)
{
	struct sim_answer answer = whole_ok;

	answer.latency = 25 * CLOCK_SEC;
	whole->choose = NULL;
	return answer;
}

static void
what_was_delivered_behind_one_that_was_not_is_not_sent_again(void **state)
{
	struct whole *f = *state;
	unsigned int i;

	f->remote.queue.max_samples_per_send = 10; /* Of the record. */
	whole_start(f);
	(void)whole_live(f, 5); /* Then more than one may be on the wire. */
	f->choose = delay_one;
	whole_scrape_some(f, 1, 0, 10);
	(void)sim_run(f->sim, CLOCK_SEC);
	for (i = 0; i < 10; i++) {
		whole_scrape_some(f, 1, 20, 10);
		(void)sim_run(f->sim, CLOCK_SEC);
	}
	assert_int_equal(f->accepted, f->written);
	assert_int_equal(sim_flying(f->sim), 1);
	whole_end(f, false);
	whole_start(f);
	expect_all_and(f, 10);
}

static void
a_place_that_is_damaged_costs_no_sample(void **state)
{
	struct whole *f = *state;
	char path[128];

	whole_start(f);
	(void)whole_live(f, 5);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	whole_end(f, true);
	(void)snprintf(path, sizeof(path), "%s/place", f->scratch.data);
	assert_int_equal(truncate(path, 100), 0);
	f->config.start.kind = CONFIG_START_NOW;
	f->mixes = true;
	whole_scrape(f, 1);
	whole_start(f);
	expect_all_and(f, 5 * WHOLE_SERIES);
}

static void
the_position_is_exposed_at_once(void **state)
{
	struct whole *f = *state;

	whole_start(f);
	(void)whole_live(f, 5);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	whole_end(f, true);
	whole_start(f);
	assert_true(whole_value(f, "walship_acknowledged_offset_bytes{") > 0);
}

/* Of which only the one before it tells which log it is. */
static void
now_is_the_end_also_where_the_last_segment_is_empty(void **state)
{
	struct whole *f = *state;
	unsigned int i;

	f->config.start.kind = CONFIG_START_NOW;
	whole_scrape(f, 1);
	writer_rotate(&f->writer);
	for (i = 0; i < WHOLE_SERIES; i++)
		f->had[i] = f->first[i] = f->made[i];
	f->accepted = f->written;
	whole_start(f);
	whole_scrape(f, 1);
	expect_all_and(f, 0);
}

/* The next request fails, and is not tried again for long. */
static struct sim_answer
fail_one(struct whole *whole)
{
	whole->choose = NULL;
	return whole_dead;
}

/* Make a checkpoint of segment 0, in a server's directory. */
static void
make_checkpoint(struct whole *f)
{
	char from[160], to[192];

	(void)snprintf(from, sizeof(from), "%s/chunks_head", f->scratch.data);
	assert_int_equal(mkdir(from, 0700), 0);
	(void)snprintf(
	    to, sizeof(to), "%s/checkpoint.00000000", f->scratch.wal);
	assert_int_equal(mkdir(to, 0700), 0);
	(void)snprintf(from, sizeof(from), "%s/00000000", f->scratch.wal);
	(void)snprintf(
	    to, sizeof(to), "%s/checkpoint.00000000/00000000", f->scratch.wal);
	assert_int_equal(rename(from, to), 0);
}

/* What was delivered from the segments after it is no reason to pass it over. */
static void
what_a_checkpoint_holds_is_sent_by_the_next_life(void **state)
{
	struct whole *f = *state;

	f->remote.queue.max_samples_per_send = 10;
	f->remote.queue.min_backoff = f->remote.queue.max_backoff =
	    100 * CLOCK_SEC;
	whole_scrape_some(f, 1, 0, 10);
	writer_rotate(&f->writer);
	make_checkpoint(f);
	f->choose = fail_one;
	whole_start(f);
	whole_scrape_some(f, 1, 20, 10);
	(void)sim_run(f->sim, 2 * CLOCK_SEC);
	assert_int_equal(f->accepted, 10);
	whole_end(f, false);
	whole_start(f);
	(void)sim_run(f->sim, 300 * CLOCK_SEC);
	whole_expect_all(f);
}

/* A repair deletes the segment above, which is then begun again. */
static void
what_was_delivered_of_a_segment_begun_again_says_nothing(void **state)
{
	struct whole *f = *state;
	char path[128];
	unsigned int i;

	f->remote.queue.max_samples_per_send = 10;
	whole_start(f);
	(void)whole_live(f, 5);
	f->choose = delay_one;
	whole_scrape_some(f, 1, 0, 10);
	(void)sim_run(f->sim, CLOCK_SEC);
	writer_rotate(&f->writer);
	for (i = 0; i < 10; i++) {
		whole_scrape_some(f, 1, 20, 10);
		(void)sim_run(f->sim, CLOCK_SEC);
	}
	assert_int_equal(sim_flying(f->sim), 1);
	whole_end(f, false);
	(void)snprintf(path, sizeof(path), "%s/00000001", f->scratch.wal);
	writer_close(&f->writer);
	assert_int_equal(unlink(path), 0);
	f->writer = (struct writer){ 0 };
	writer_open_dir(&f->writer, f->scratch.wal, 1);
	whole_scrape_some(f, 1, 30, 10);
	whole_scrape_some(f, 1, 30, 10);
	whole_start(f);
	(void)sim_run(f->sim, 300 * CLOCK_SEC);
	whole_expect_all(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(
		    after_a_clean_stop_nothing_comes_again_and_nothing_is_left_out),
		TEST(nor_after_a_kill_while_nothing_is_on_its_way),
		TEST(the_saved_position_goes_before_the_configured_start),
		TEST(what_was_on_the_wire_comes_again_in_the_same_requests),
		TEST(
		    what_was_delivered_behind_one_that_was_not_is_not_sent_again),
		TEST(a_place_that_is_damaged_costs_no_sample),
		TEST(now_is_the_end_also_where_the_last_segment_is_empty),
		TEST(what_a_checkpoint_holds_is_sent_by_the_next_life),
		TEST(what_was_delivered_of_a_segment_begun_again_says_nothing),
		TEST(the_position_is_exposed_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
