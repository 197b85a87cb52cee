/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/series/slab.h"
#include "tests/unit/base/draw.h"

#define SMALL (SLAB_SMALL * SLAB_UNIT) /* Bytes of the largest small piece. */

/* Chunks allocated and not freed. */
static long chunks;

/* How many more may be; below zero, any number. */
static long allowed = -1;

void *__real_malloc(size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void __wrap_free(void *memory);

void *
__wrap_malloc(size_t size)
{
	if (allowed == 0)
		return NULL;
	allowed -= allowed > 0;
	chunks++;
	return __real_malloc(size);
}

void
__wrap_free(void *memory)
{
	chunks -= memory != NULL;
	__real_free(memory);
}

/* A piece of the model, with every byte of it set to ${fill}. */
struct piece {
	uint32_t number;
	size_t size;
	uint8_t fill;
};

#define PIECES 3000u
#define STEPS 20000u

static void
check_fill(
    const struct draw *draw, const struct slab *slab, const struct piece *piece)
{
	const uint8_t *bytes = slab_at(slab, piece->number);
	size_t i;

	for (i = 0; i < piece->size; i++)
		draw_check(draw, bytes[i] == piece->fill);
}

/* Sizes alike, sizes mixed, or now and then one with a chunk of its own. */
static size_t
draw_size(struct draw *draw, uint64_t seed)
{
	switch (seed % 3) {
	case 0:
		return 220 + draw_below(draw, 60);
	case 1:
		return 1 + draw_below(draw, SMALL);
	default:
		return draw_below(draw, 50) == 0
		    ? SMALL + 1 + draw_below(draw, 20000)
		    : 1 + draw_below(draw, 40);
	}
}

static void
take_and_give_at_random(uint64_t seed)
{
	struct piece *pieces = calloc(PIECES, sizeof(*pieces)), *piece;
	struct draw draw = draw_from(seed);
	struct slab slab = { 0 };
	unsigned int i;
	long before = chunks;

	assert_non_null(pieces);
	for (i = 0; i < STEPS; i++) {
		piece = &pieces[draw_below(&draw, PIECES)];
		if (piece->number != SLAB_NONE) {
			check_fill(&draw, &slab, piece);
			slab_give(&slab, piece->number, piece->size);
			piece->number = SLAB_NONE;
			continue;
		}
		piece->size = draw_size(&draw, seed);
		piece->number = slab_take(&slab, piece->size);
		draw_check(&draw, piece->number != SLAB_NONE);
		piece->fill = (uint8_t)draw_any(&draw);
		memset(slab_at(&slab, piece->number), piece->fill, piece->size);
	}
	for (i = 0; i < PIECES; i++) {
		if (pieces[i].number == SLAB_NONE)
			continue;
		check_fill(&draw, &slab, &pieces[i]);
		slab_give(&slab, pieces[i].number, pieces[i].size);
	}
	/* All that was given back has been joined, whatever the order. */
	draw_check(&draw, chunks == before);
	slab_release(&slab);
	free(pieces);
}

static void
pieces_never_overlap_and_all_comes_back(void **state)
{
	uint64_t count = 15, first = draw_first(&count), i;

	(void)state;
	for (i = 0; i < count; i++)
		take_and_give_at_random(first + i);
}

static void
what_was_given_back_is_used_first(void **state)
{
	struct slab slab = { 0 };
	uint32_t numbers[8], i, again;

	(void)state;
	for (i = 0; i < 8; i++)
		numbers[i] = slab_take(&slab, 240);
	slab_give(&slab, numbers[2], 240);
	slab_give(&slab, numbers[5], 240);
	slab_give(&slab, numbers[6], 240);
	/* The piece that fits, not the two that were joined. */
	assert_int_equal(slab_take(&slab, 240), numbers[2]);
	assert_int_equal(slab_take(&slab, 480), numbers[5]);
	slab_give(&slab, numbers[2], 240);
	/* And else the smallest, of which the rest remains. */
	again = slab_take(&slab, 100);
	assert_int_equal(again, numbers[2]);
	assert_int_equal(slab_take(&slab, 136), numbers[2] + 13);
	slab_release(&slab);
}

/* Each piece gets a last byte beside its neighbours' first. */
static void
sizes_next_to_the_bounds_are_served(void **state)
{
	static const size_t sizes[] = { 1, 7, 8, 9, 15, 16, 17, SMALL - 9,
		SMALL - 8, SMALL - 7, SMALL - 1, SMALL, SMALL + 1, SMALL + 8,
		SMALL + 9, 65536, 65537, 1 << 20 };
	struct slab slab = { 0 };
	uint32_t numbers[sizeof(sizes) / sizeof(*sizes)];
	size_t i, round;
	long before = chunks;

	(void)state;
	for (round = 0; round < 3; round++) {
		for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			numbers[i] = slab_take(&slab, sizes[i]);
			assert_int_not_equal(numbers[i], SLAB_NONE);
			memset(slab_at(&slab, numbers[i]), 0xff, sizes[i]);
		}
		for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
			slab_give(&slab, numbers[i], sizes[i]);
	}
	assert_true(chunks == before);
	slab_release(&slab);
}

static void
a_piece_too_large_is_refused(void **state)
{
	struct slab slab = { 0 };

	(void)state;
	assert_int_equal(
	    slab_take(&slab, (size_t)SLAB_SIZE_MAX + 1), SLAB_NONE);
	assert_int_equal(slab_take(&slab, SIZE_MAX), SLAB_NONE);
	slab_release(&slab);
}

static void
without_memory_nothing_is_taken_and_nothing_lost(void **state)
{
	struct slab slab = { 0 };
	uint32_t number;

	(void)state;
	allowed = 0;
	assert_int_equal(slab_take(&slab, 100), SLAB_NONE);
	assert_int_equal(slab_take(&slab, SMALL + 1), SLAB_NONE);
	allowed = -1;
	number = slab_take(&slab, 100);
	assert_int_not_equal(number, SLAB_NONE);
	allowed = 0;
	assert_int_not_equal(slab_take(&slab, 100), SLAB_NONE);
	assert_int_equal(slab_take(&slab, SMALL + 1), SLAB_NONE);
	allowed = -1;
	slab_release(&slab);
	/* And a released one is as good as new. */
	assert_int_not_equal(slab_take(&slab, 100), SLAB_NONE);
	slab_release(&slab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_never_overlap_and_all_comes_back),
		cmocka_unit_test(what_was_given_back_is_used_first),
		cmocka_unit_test(sizes_next_to_the_bounds_are_served),
		cmocka_unit_test(a_piece_too_large_is_refused),
		cmocka_unit_test(
		    without_memory_nothing_is_taken_and_nothing_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
