/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/backoff.h"

/* The next of a row of numbers without a pattern (xorshift). */
static uint64_t
draw(struct backoff *backoff)
{
	uint64_t x = backoff->random | 1;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	backoff->random = x;
	return x;
}

uint64_t
backoff_wait(struct backoff *backoff, unsigned int failures)
{
	uint64_t wait = backoff->min;

	for (; failures > 1 && wait < backoff->max; failures--)
		wait *= 2;
	if (wait > backoff->max)
		wait = backoff->max;
	return wait - backoff_chance(backoff, wait / 4);
}

uint64_t
backoff_chance(struct backoff *backoff, uint64_t max)
{
	return draw(backoff) % (max + 1);
}
