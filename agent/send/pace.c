/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/send/pace.h"

unsigned int
pace_ceiling(const struct config_remote *remote)
{
	return remote->queue.max_shards < WINDOW_SLOTS
	    ? remote->queue.max_shards
	    : WINDOW_SLOTS;
}

void
pace_init(struct pace *pace, unsigned int max)
{
	pace->limit = 1;
	pace->max = max;
}

void
pace_tune(struct pace *pace, unsigned int max)
{
	pace->max = max;
	if (pace->limit > pace->max)
		pace->limit = pace->max;
}

unsigned int
pace_limit(const struct pace *pace)
{
	return (unsigned int)pace->limit;
}

void
pace_success(struct pace *pace, bool pressed)
{
	if (!pressed)
		return;
	pace->limit += 1 / pace->limit;
	if (pace->limit > pace->max)
		pace->limit = pace->max;
}

void
pace_failure(struct pace *pace)
{
	pace->limit /= 2;
	if (pace->limit < 1)
		pace->limit = 1;
}

void
pace_probe(struct pace *pace)
{
	pace->limit = 1;
}

void
pace_measure(
    const struct pace *pace, const struct window *window, struct meters *meters)
{
	unsigned int i, desired = window->flying;

	for (i = 0; i < WINDOW_SLOTS; i++)
		desired += window->slots[i].state == BATCH_WAITING &&
		    window->slots[i].after == 0;
	stat_set(meters->shards, pace_limit(pace));
	stat_set(meters->shards_max, pace->max);
	stat_set(meters->shards_min, 1);
	stat_set(meters->shards_desired, desired > 0 ? desired : 1);
}
