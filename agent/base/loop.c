/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "agent/base/loop.h"

struct loop_clock {
	struct clock clock; /* At the head: what callers hold. */
	sd_event *event;
};

/*
 * A moment to come is the kernel's to wait for.  One that has passed needs no
 * kernel, of which setting and reading a timer asks more than many turns do: a
 * source stands for it that is made anew each time, so that it is younger than
 * all that waits for its turn already.
 */
struct loop_timer {
	struct timer timer; /* At the head: what callers hold. */
	sd_event_source *later;
	sd_event_source *now; /* NULL: it was not set to what has passed. */
	clock_fire_fn *fire;
	void *arg;
};

static int64_t
read_wall(struct clock *clock)
{
	struct timespec now;

	(void)clock;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Not sd_event_now, which stands still while the loop is in a callback. */
static uint64_t
read_monotonic(struct clock *clock)
{
	struct timespec now;

	(void)clock;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * CLOCK_SEC + (uint64_t)now.tv_nsec / 1000;
}

static void
disarm(struct loop_timer *timer)
{
	/* An event loop keeps a source alive while it is being dispatched. */
	timer->now = sd_event_source_disable_unref(timer->now);
	(void)sd_event_source_set_enabled(timer->later, SD_EVENT_OFF);
}

static int
on_turn(sd_event_source *source, void *arg)
{
	struct loop_timer *timer = arg;

	(void)source;
	disarm(timer);
	timer->fire(timer->arg); /* May free the timer. */
	return 0;
}

static int
on_time(sd_event_source *source, uint64_t at, void *arg)
{
	(void)at;
	return on_turn(source, arg);
}

static void
unset_and_free(struct timer *base)
{
	struct loop_timer *timer = (struct loop_timer *)base;

	sd_event_source_disable_unref(timer->now);
	sd_event_source_disable_unref(timer->later);
	free(timer);
}

static struct timer *
make_timer(struct clock *base, clock_fire_fn *fire, void *arg)
{
	struct loop_clock *clock = (struct loop_clock *)base;
	struct loop_timer *timer;

	if ((timer = calloc(1, sizeof(*timer))) == NULL)
		return NULL;
	timer->timer.clock = base;
	timer->fire = fire;
	timer->arg = arg;

	/* An accuracy of 0 would mean a quarter of a second. */
	if (sd_event_add_time(clock->event, &timer->later, CLOCK_MONOTONIC,
		CLOCK_NEVER, 1, on_time, timer) < 0 ||
	    sd_event_source_set_enabled(timer->later, SD_EVENT_OFF) < 0) {
		unset_and_free(&timer->timer);
		return NULL;
	}
	return &timer->timer;
}

/* Have ${timer} fire at the next turn; return whether that can be. */
static bool
set_now(struct loop_timer *timer)
{
	sd_event *event = sd_event_source_get_event(timer->later);

	return sd_event_add_defer(event, &timer->now, on_turn, timer) >= 0;
}

/* The only failure is that of a loop that has ended: nothing fires there. */
static void
set_timer(struct timer *base, uint64_t at)
{
	struct loop_timer *timer = (struct loop_timer *)base;

	disarm(timer);
	if (at == CLOCK_NEVER ||
	    (at <= clock_monotonic(base->clock) && set_now(timer)))
		return;
	(void)sd_event_source_set_time(timer->later, at);
	(void)sd_event_source_set_enabled(timer->later, SD_EVENT_ONESHOT);
}

struct clock *
loop_clock_new(sd_event *event)
{
	struct loop_clock *clock;

	if ((clock = calloc(1, sizeof(*clock))) == NULL)
		return NULL;
	clock->clock = (struct clock){
		.wall = read_wall,
		.monotonic = read_monotonic,
		.timer_new = make_timer,
		.timer_set = set_timer,
		.timer_free = unset_and_free,
	};
	clock->event = sd_event_ref(event);
	return &clock->clock;
}

void
loop_clock_free(struct clock *base)
{
	struct loop_clock *clock = (struct loop_clock *)base;

	if (clock == NULL)
		return;
	sd_event_unref(clock->event);
	free(clock);
}
