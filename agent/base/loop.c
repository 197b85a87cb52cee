/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <time.h>

#include "agent/base/loop.h"

struct loop_clock {
	struct clock clock; /* At the head: what callers hold. */
	sd_event *event;
};

struct loop_timer {
	struct timer timer; /* At the head: what callers hold. */
	sd_event_source *source;
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

static int
on_time(sd_event_source *source, uint64_t at, void *arg)
{
	struct loop_timer *timer = arg;

	(void)source;
	(void)at;
	timer->fire(timer->arg); /* May free the timer. */
	return 0;
}

static void
unset_and_free(struct timer *base)
{
	struct loop_timer *timer = (struct loop_timer *)base;

	/* An event loop keeps a source alive while it is being dispatched. */
	sd_event_source_disable_unref(timer->source);
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
	if (sd_event_add_time(clock->event, &timer->source, CLOCK_MONOTONIC,
		CLOCK_NEVER, 1, on_time, timer) < 0 ||
	    sd_event_source_set_enabled(timer->source, SD_EVENT_OFF) < 0) {
		unset_and_free(&timer->timer);
		return NULL;
	}
	return &timer->timer;
}

/* The only failure is that of a loop that has ended: nothing fires there. */
static void
set_timer(struct timer *base, uint64_t at)
{
	struct loop_timer *timer = (struct loop_timer *)base;

	if (at == CLOCK_NEVER) {
		(void)sd_event_source_set_enabled(timer->source, SD_EVENT_OFF);
		return;
	}
	(void)sd_event_source_set_time(timer->source, at);
	(void)sd_event_source_set_enabled(timer->source, SD_EVENT_ONESHOT);
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
