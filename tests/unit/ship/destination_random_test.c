/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A destination through troubles of all kinds at random, at the receiver and
 * in the log.  Whatever the seed, each series arrives in order and whole, the
 * work is bounded, and at a stop it is drained once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/ship/whole.h"

#define SEEDS 60u
#define SCRAPES 150u

/* How the receiver is now: each comes at random, and lasts for some scrapes. */
static struct sim_answer
choose(struct whole *whole)
{
	static const int statuses[] = { 500, 503, 408, 429, 502 };
	static const char *const waits[] = { NULL, "3", "soon" };
	struct draw *draw = &whole->draw;
	struct sim_answer answer = whole->answer;

	answer.latency = 1 + draw_below(draw, CLOCK_SEC);
	if (answer.outcome != HTTP_ANSWERED || answer.status != 200 ||
	    draw_below(draw, 5) != 0)
		return answer;
	answer.outcome = HTTP_ANSWERED + draw_below(draw, 6);
	answer.status = statuses[draw_below(draw, 5)];
	answer.retry_after = waits[draw_below(draw, 3)];
	return answer;
}

/* The log was deleted, all of it read, and a new one is begun. */
static void
begin_anew(struct whole *whole, uint64_t *base)
{
	whole->answer = whole_ok;
	(void)sim_run(whole->sim, 3600 * CLOCK_SEC);
	whole_expect_all(whole);
	/* Some of the last are on their way when it happens. */
	whole_scrape(whole, *base);
	whole_scrape(whole, *base);
	(void)sim_run(whole->sim, 100 * CLOCK_MSEC);
	writer_close(&whole->writer);
	scratch_empty(&whole->scratch);
	writer_open_dir(&whole->writer, whole->scratch.wal, 0);
	*base = 1 + draw_below(&whole->draw, 100000);
	whole_write_series(whole, *base);
}

/* Something happens, or nothing. */
static void
happen(struct whole *whole, uint64_t *base)
{
	switch (draw_below(&whole->draw, 30)) {
	case 0:
		writer_rotate(&whole->writer);
		break;
	case 1:
		writer_crash(&whole->writer);
		break;
	case 2:
	case 3:
		whole->answer = whole_dead;
		break;
	case 4:
	case 5:
		whole->answer.status = 500;
		break;
	case 6:
		if (whole->writer.number > 0)
			begin_anew(whole, base);
		break;
	case 7: /* The series are given other refs. */
		*base += WHOLE_SERIES;
		whole_write_series(whole, *base);
		break;
	case 8:
	case 9:
	case 10:
	case 11:
	case 12:
		whole->answer = whole_ok;
		break;
	default:
		break;
	}
}

static void
configure(struct whole *whole)
{
	struct draw *draw = &whole->draw;
	struct config_queue *queue = &whole->remote.queue;

	queue->max_shards = 1 + draw_below(draw, 16);
	queue->max_samples_per_send = 1 + draw_below(draw, 3 * WHOLE_SERIES);
	queue->batch_send_deadline = 1 + draw_below(draw, 10 * CLOCK_SEC);
	queue->max_backoff =
	    queue->min_backoff + draw_below(draw, 10 * CLOCK_SEC);
	whole->choose = choose;
}

static void
run(uint64_t seed)
{
	struct whole *whole = whole_new();
	uint64_t base = 1, events = 0;
	unsigned int i;

	whole->draw = draw_from(seed);
	configure(whole);
	whole_start(whole);
	for (i = 0; i < SCRAPES; i++) {
		whole_scrape(whole, base);
		events += sim_run(
		    whole->sim, draw_below(&whole->draw, 2 * WHOLE_SCRAPE));
		happen(whole, &base);
	}
	destination_stop(whole->destination);
	events += sim_run(whole->sim, CLOCK_SEC);
	whole->answer = whole_ok;
	events += sim_run(whole->sim, 36000 * CLOCK_SEC);
	whole_expect_all(whole);
	draw_check(&whole->draw, whole->drained == 1);
	draw_check(
	    &whole->draw, events < 20 * (SCRAPES + sim_requests(whole->sim)));
	whole_free(whole);
}

static void
whatever_happens_all_samples_arrive_in_order(void **state)
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
		cmocka_unit_test(whatever_happens_all_samples_arrive_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
