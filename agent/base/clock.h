/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/base/clock.h - time and timers, as everything that waits sees them.
 *
 * A clock is a small struct of functions, so that what waits for minutes in
 * production is tested in microseconds on a simulated one.  The real clock is
 * made by agent/base/loop.h.  A clock and its timers belong to one thread.
 */
#ifndef AGENT_BASE_CLOCK_H
#define AGENT_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* A moment at which a timer never fires. */
#define CLOCK_NEVER UINT64_MAX

#define CLOCK_MSEC UINT64_C(1000)   /* Microseconds. */
#define CLOCK_SEC UINT64_C(1000000) /* Microseconds. */

/* Called from the loop when a timer fires; the timer is then disarmed. */
typedef void clock_fire_fn(void *arg);

struct clock;

/* One alarm.  What implements the clock embeds this at the head of its own. */
struct timer {
	struct clock *clock;
};

struct clock {
	int64_t (*wall)(struct clock *clock);
	uint64_t (*monotonic)(struct clock *clock);
	struct timer *(*timer_new)(
	    struct clock *clock, clock_fire_fn *fire, void *arg);
	void (*timer_set)(struct timer *timer, uint64_t at);
	void (*timer_free)(struct timer *timer);
};

/* Milliseconds since 1970, UTC; may jump in either direction. */
static inline int64_t
clock_wall(struct clock *clock)
{
	return clock->wall(clock);
}

/* Microseconds since some moment in the past; never goes back. */
static inline uint64_t
clock_monotonic(struct clock *clock)
{
	return clock->monotonic(clock);
}

/**
 * timer_new(clock, fire, arg):
 * Return a disarmed timer that will call ${fire}(${arg}) from the loop, never
 * from within another call here; NULL if there is no memory.
 */
static inline struct timer *
timer_new(struct clock *clock, clock_fire_fn *fire, void *arg)
{
	return clock->timer_new(clock, fire, arg);
}

/**
 * timer_set(timer, at):
 * Fire once, when the monotonic clock reads ${at} or as soon after as the
 * loop is free, in place of what was set before.  A moment that has passed
 * fires at the next turn of the loop; CLOCK_NEVER disarms.
 */
static inline void
timer_set(struct timer *timer, uint64_t at)
{
	timer->clock->timer_set(timer, at);
}

/* Disarm and free ${timer}.  Do nothing to NULL.  Allowed while it fires. */
static inline void
timer_free(struct timer *timer)
{
	if (timer != NULL)
		timer->clock->timer_free(timer);
}

#endif /* AGENT_BASE_CLOCK_H */
