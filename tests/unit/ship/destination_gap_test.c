/* SPDX-License-Identifier: Apache-2.0 */
/* What a destination sends of segments that were deleted before it read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

/* Whose data directory it is. */
static void
make_server(struct whole *f)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/chunks_head", f->scratch.data);
	assert_int_equal(mkdir(path, 0700), 0);
}

/* Fold segment ${number}, and those before it, into a checkpoint. */
static void
fold(struct whole *f, unsigned int number)
{
	char from[160], to[192];
	unsigned int i;

	(void)snprintf(
	    to, sizeof(to), "%s/checkpoint.%08u", f->scratch.wal, number);
	assert_int_equal(mkdir(to, 0700), 0);
	for (i = 0; i <= number; i++) {
		(void)snprintf(
		    from, sizeof(from), "%s/%08u", f->scratch.wal, i);
		(void)snprintf(to, sizeof(to), "%s/checkpoint.%08u/%08u",
		    f->scratch.wal, number, i);
		assert_int_equal(rename(from, to), 0);
	}
}

/* Scrape ${count} times, with time between, while nobody reads. */
static void
scrape_unread(struct whole *f, unsigned int count)
{
	for (; count > 0; count--) {
		(void)sim_run(f->sim, WHOLE_SCRAPE);
		whole_scrape(f, 1);
	}
}

/* What was written is missing up to now, but what was accepted. */
static void
lose_all(struct whole *f)
{
	unsigned int i;

	for (i = 0; i < WHOLE_SERIES; i++)
		f->had[i] = f->first[i] = f->made[i];
}

static void
what_the_checkpoint_holds_of_a_gap_is_sent_once(void **state)
{
	struct whole *f = *state;

	make_server(f);
	whole_start(f);
	(void)whole_live(f, 3);
	whole_stop(f);
	whole_end(f, true);
	scrape_unread(f, 2);
	writer_rotate(&f->writer);
	scrape_unread(f, 2);
	writer_rotate(&f->writer);
	fold(f, 1);
	whole_start(f);
	(void)whole_live(f, 3);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	whole_expect_all(f);
	assert_int_equal(f->accepted, f->written);
	assert_true(whole_value(f, "walship_wal_gap_segments_total{") == 2);
	assert_true(
	    whole_value(f, "walship_wal_gap_recovered_samples_total{") ==
	    4 * WHOLE_SERIES);
	/* From one scrape to the next, a stop between them. */
	assert_in_range(
	    whole_value(f, "walship_wal_gap_seconds_total{"), 10, 11);
}

static void
an_agents_checkpoint_is_not_sent(void **state)
{
	struct whole *f = *state;

	whole_start(f);
	(void)whole_live(f, 3);
	whole_stop(f);
	whole_end(f, true);
	scrape_unread(f, 2);
	writer_rotate(&f->writer);
	scrape_unread(f, 2);
	writer_rotate(&f->writer);
	fold(f, 1);
	lose_all(f);
	whole_start(f);
	(void)whole_live(f, 3);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	whole_expect_all(f);
	assert_int_equal(f->accepted, f->written - 4 * WHOLE_SERIES);
	assert_true(whole_value(f, "walship_wal_gap_segments_total{") == 2);
	assert_true(
	    whole_value(f, "walship_wal_gap_recovered_samples_total{") == 0);
	assert_in_range(
	    whole_value(f, "walship_wal_gap_seconds_total{"), 25, 26);
}

/* Between any two requests of it. */
static void
a_kill_while_a_checkpoint_is_sent_costs_and_repeats_nothing(void **state)
{
	struct whole *f = *state;
	unsigned int kills = 0, inside = 0;
	int64_t last;

	f->remote.queue.max_samples_per_send = 10;
	f->remote.queue.max_samples_given = true;
	f->remote.queue.max_shards = 1;
	make_server(f);
	whole_start(f);
	(void)whole_live(f, 3);
	last = clock_wall(sim_clock(f->sim)) -
	    (int64_t)(WHOLE_SCRAPE / CLOCK_MSEC);
	whole_stop(f);
	whole_end(f, true);
	scrape_unread(f, 2);
	writer_rotate(&f->writer);
	scrape_unread(f, 5);
	writer_rotate(&f->writer);
	fold(f, 1);
	for (; kills < 50 && f->accepted < f->written; kills++) {
		whole_start(f);
		(void)sim_run(f->sim, 130 * CLOCK_MSEC);
		if (f->place->position.mark.inside != 0) {
			assert_true(f->place->position.after == last);
			inside++;
		}
		whole_end(f, false);
	}
	assert_in_range(kills, 3, 49);
	assert_true(inside > 1);
	whole_start(f);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	whole_expect_all(f);
}

/* Scrape without a word to its destination, as when its window is full. */
static void
scrape_unnoticed(struct whole *f, uint64_t base)
{
	struct destination *destination = f->destination;

	f->destination = NULL;
	whole_scrape(f, base);
	f->destination = destination;
}

/*
 * The log is wiped, and begun anew with other refs; when it is looked at again,
 * it has a checkpoint and, of ${rotations}, no segment that was there before.
 */
static void
expect_own_refs(struct whole *f, unsigned int rotations)
{
	unsigned int i;

	make_server(f);
	whole_start(f);
	(void)whole_live(f, 3);
	writer_close(&f->writer);
	scratch_empty(&f->scratch);
	f->writer = (struct writer){ 0 };
	writer_open_dir(&f->writer, f->scratch.wal, 0);
	whole_write_series(f, 7);
	for (i = 0; i < rotations; i++) {
		(void)sim_run(f->sim, CLOCK_MSEC);
		scrape_unnoticed(f, 7);
		writer_rotate(&f->writer);
	}
	fold(f, rotations - 1);
	for (i = 0; rotations == 1 && i < WHOLE_SERIES; i++)
		f->had[i] = f->first[i] = f->made[i];
	whole_scrape(f, 7);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	whole_expect_all(f);
}

/* Of the one that may be missing, nobody can tell. */
static void
another_log_that_grew_to_the_next_segment_has_refs_of_its_own(void **state)
{
	expect_own_refs(*state, 1);
}

static void
another_log_that_grew_further_has_refs_of_its_own(void **state)
{
	expect_own_refs(*state, 3);
}

static void
a_destination_that_began_now_is_sent_nothing_from_before(void **state)
{
	struct whole *f = *state;

	make_server(f);
	whole_scrape(f, 1);
	(void)sim_run(f->sim, WHOLE_SCRAPE);
	f->config.start.kind = CONFIG_START_NOW;
	lose_all(f);
	f->accepted = f->written;
	whole_start(f);
	(void)sim_run(f->sim, CLOCK_SEC);
	whole_end(f, false); /* Nothing came. */
	scrape_unread(f, 1);
	writer_rotate(&f->writer);
	fold(f, 0);
	whole_start(f);
	(void)whole_live(f, 2);
	(void)sim_run(f->sim, 60 * CLOCK_SEC);
	whole_expect_all(f);
	assert_int_equal(f->accepted, f->written);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_the_checkpoint_holds_of_a_gap_is_sent_once),
		TEST(an_agents_checkpoint_is_not_sent),
		TEST(
		    a_kill_while_a_checkpoint_is_sent_costs_and_repeats_nothing),
		TEST(
		    another_log_that_grew_to_the_next_segment_has_refs_of_its_own),
		TEST(another_log_that_grew_further_has_refs_of_its_own),
		TEST(a_destination_that_began_now_is_sent_nothing_from_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
