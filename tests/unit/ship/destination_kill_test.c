/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A destination that is killed at random moments, in troubles of all kinds,
 * and begins again, with the series that were kept at such moments or without.
 * Whatever the seed, each series arrives in order and whole, and what comes
 * again comes in the requests in which it came before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/ship/whole.h"

#define SEEDS 60u
#define SCRAPES 150u
#define REFS 60u /* Series are given refs from one of so many on. */

static uint64_t base;        /* The first ref of the series. */
static unsigned int recalls; /* Lives that had series from a snapshot. */

/* An answer that may be lost, or bad. */
static struct sim_answer
choose(struct whole *whole)
{
	struct draw *draw = &whole->draw;
	struct sim_answer answer = whole->answer;

	answer.latency = 1 + draw_below(draw, 3 * CLOCK_SEC);
	if (answer.outcome != HTTP_ANSWERED || draw_below(draw, 5) != 0)
		return answer;
	switch (draw_below(draw, 4)) {
	case 0:
		answer.status = 500;
		break;
	case 1:
		answer.outcome = HTTP_BROKEN;
		break;
	case 2:
		answer.outcome = HTTP_TIMED_OUT;
		break;
	default:
		answer.outcome = HTTP_UNREACHED;
		break;
	}
	return answer;
}

/* Scrape all series, or some. */
static void
scrape(struct whole *whole)
{
	unsigned int first = draw_below(&whole->draw, WHOLE_SERIES);

	if (draw_below(&whole->draw, 2) == 0)
		whole_scrape(whole, base);
	else
		whole_scrape_some(whole, base, first,
		    1 + draw_below(&whole->draw, WHOLE_SERIES - first));
}

/* Have the series kept, and what was kept perhaps lost or damaged. */
static void
keep_series(struct whole *whole)
{
	struct draw *draw = &whole->draw;
	char path[128];

	(void)snprintf(
	    path, sizeof(path), "%s/place.series", whole->scratch.data);
	recalls += whole_value(whole, "walship_snapshot_recalled_series{") > 0;
	if (draw_below(draw, 3) == 0) {
		destination_stop(whole->destination);
		(void)sim_run(whole->sim, draw_below(draw, 2 * CLOCK_SEC));
	}
	if (draw_below(draw, 3) > 0)
		lazy_work(&whole->lazy);
	if (draw_below(draw, 10) == 0)
		(void)unlink(path);
	if (draw_below(draw, 10) == 0 && access(path, F_OK) == 0)
		assert_int_equal(truncate(path, draw_below(draw, 3000)), 0);
}

/* End, often by a kill, and begin again with other settings. */
static void
die_and_live(struct whole *whole)
{
	struct draw *draw = &whole->draw;
	struct config_queue *queue = &whole->remote.queue;

	keep_series(whole);
	whole_end(whole, draw_below(draw, 4) == 0);
	while (draw_below(draw, 3) == 0)
		scrape(whole);
	if (draw_below(draw, 3) == 0)
		writer_rotate(&whole->writer);
	whole->behind = draw_below(draw, 2000);
	queue->max_shards = 1 + draw_below(draw, 16);
	queue->max_samples_given = draw_below(draw, 2) == 0;
	queue->max_samples_per_send = 1 + draw_below(draw, 3 * WHOLE_SERIES);
	queue->batch_send_deadline = 1 + draw_below(draw, 10 * CLOCK_SEC);
	whole_start(whole);
}

/* Something happens, or nothing. */
static void
happen(struct whole *whole)
{
	switch (draw_below(&whole->draw, 20)) {
	case 0:
		writer_rotate(&whole->writer);
		break;
	case 1:
		writer_crash(&whole->writer);
		break;
	case 2:
		whole->answer = whole_dead;
		break;
	case 3:
	case 4:
	case 5:
		die_and_live(whole);
		break;
	case 6:
		if (draw_below(&whole->draw, 4) != 0)
			break;
		base = 1 + draw_below(&whole->draw, REFS);
		whole_write_series(whole, base);
		break;
	case 7:
	case 8:
		whole->answer = whole_ok;
		break;
	default:
		break;
	}
}

static void
run(uint64_t seed)
{
	struct whole *whole = whole_new();
	unsigned int i;

	whole->draw = draw_from(seed);
	whole->choose = choose;
	base = 1;
	whole->keeps = true;
	whole_start(whole);
	for (i = 0; i < SCRAPES; i++) {
		scrape(whole);
		(void)sim_run(
		    whole->sim, draw_below(&whole->draw, 2 * WHOLE_SCRAPE));
		happen(whole);
	}
	whole->answer = whole_ok;
	(void)sim_run(whole->sim, 36000 * CLOCK_SEC);
	whole_expect_all(whole);
	whole_free(whole);
}

static void
whenever_it_is_killed_all_samples_arrive_in_order(void **state)
{
	uint64_t count = SEEDS, first = draw_first(&count), i;

	(void)state;
	for (i = 0; i < count; i++)
		run(first + i);
	assert_true(recalls > 0 || count < SEEDS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    whenever_it_is_killed_all_samples_arrive_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
