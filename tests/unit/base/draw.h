/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/base/draw.h - random numbers for tests, the same for a seed.
 *
 * A test that tries many seeds begins with draw_first and counts up; with
 * WALSHIP_SEED in the environment it tries that one alone, with WALSHIP_SEEDS
 * so many.  What it checks, it
 * checks with draw_check, which names the seed when it fails.
 */
#ifndef TESTS_UNIT_BASE_DRAW_H
#define TESTS_UNIT_BASE_DRAW_H

#include <inttypes.h>
#include <stdlib.h>

struct draw {
	uint64_t seed;  /* For the message. */
	uint64_t state; /* Never 0. */
};

#define draw_check(draw, what) \
	do { \
		if (!(what)) \
			fail_msg("WALSHIP_SEED=%" PRIu64 ": %s", (draw)->seed, \
			    #what); \
	} while (0)

/* The first of ${*count} seeds to try, or of as many as were asked for. */
static inline uint64_t
draw_first(uint64_t *count)
{
	const char *seed = getenv("WALSHIP_SEED");
	const char *seeds = getenv("WALSHIP_SEEDS");

	if (seeds != NULL)
		*count = strtoull(seeds, NULL, 10);
	if (seed == NULL)
		return 1;
	*count = 1;
	return strtoull(seed, NULL, 10);
}

static inline struct draw
draw_from(uint64_t seed)
{
	return (struct draw){
		seed,
		(seed + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1,
	};
}

static inline uint64_t
draw_any(struct draw *draw)
{
	draw->state ^= draw->state << 13;
	draw->state ^= draw->state >> 7;
	draw->state ^= draw->state << 17;
	return draw->state * UINT64_C(0x2545f4914f6cdd1d);
}

/* A number from 0 to ${count} - 1. */
static inline uint32_t
draw_below(struct draw *draw, uint32_t count)
{
	return (uint32_t)((draw_any(draw) >> 32) % count);
}

#endif /* TESTS_UNIT_BASE_DRAW_H */
