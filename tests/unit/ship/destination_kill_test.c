/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A destination that is killed at random moments, in troubles of all kinds,
 * and begins again.  Whatever the seed, each series arrives in order and
 * whole, and what comes again comes in the requests in which it came before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/ship/whole.h"

#define SEEDS 60u
#define SCRAPES 150u

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
		whole_scrape(whole, 1);
	else
		whole_scrape_some(whole, 1, first,
		    1 + draw_below(&whole->draw, WHOLE_SERIES - first));
}

/* End, often by a kill, and begin again with other settings. */
static void
die_and_live(struct whole *whole)
{
	struct draw *draw = &whole->draw;
	struct config_queue *queue = &whole->remote.queue;

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
