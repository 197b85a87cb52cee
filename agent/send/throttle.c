/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/send/throttle.h"

#define MINUTE (60 * CLOCK_SEC)

void
throttle_spend(struct throttle *throttle, uint32_t entries, uint64_t now)
{
	if (throttle->per_minute == 0)
		return;
	if (throttle->next < now)
		throttle->next = now;
	throttle->next += entries * MINUTE / throttle->per_minute;
}

void
throttle_tune(struct throttle *throttle, uint32_t per_minute, uint64_t now)
{
	uint64_t left = throttle->next > now ? throttle->next - now : 0;

	if (per_minute == 0)
		throttle->next = 0;
	else if (left > 0)
		throttle->next = now +
		    (uint64_t)((double)left * throttle->per_minute /
			per_minute);
	throttle->per_minute = per_minute;
}

uint64_t
throttle_next(struct throttle *throttle, uint64_t now)
{
	if (throttle->next > now)
		throttle_paused(throttle, throttle->next);
	return throttle->next;
}

void
throttle_paused(struct throttle *throttle, uint64_t until)
{
	if (throttle->until < until + THROTTLE_MEMORY)
		throttle->until = until + THROTTLE_MEMORY;
}

bool
throttle_active(const struct throttle *throttle, uint64_t now)
{
	return now < throttle->until;
}
