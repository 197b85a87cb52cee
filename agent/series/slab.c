/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/series/slab.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

#define CHUNK_UNITS (1u << SLAB_SHIFT)
#define CHUNK_SIZE (CHUNK_UNITS * SLAB_UNIT)
#define EDGES_SIZE (CHUNK_UNITS / 8) /* Bytes. */
#define CHUNKS_FIRST 16u             /* To make room for first. */

/* A free piece, of at least two units. */
struct piece {
	uint32_t next, before; /* Of its list, or SLAB_NONE. */
	uint32_t units;
};

#define PIECE_UNITS 2u

static uint32_t
units_of(size_t size)
{
	uint32_t units = (uint32_t)((size + SLAB_UNIT - 1) / SLAB_UNIT);

	return units < PIECE_UNITS ? PIECE_UNITS : units;
}

/* Where ${number} is in its chunk, in units. */
static uint32_t
unit_of(uint32_t number)
{
	return number & (CHUNK_UNITS - 1);
}

/* The last bytes of the unit ${number}: how large the free piece is. */
static uint32_t *
foot(const struct slab *slab, uint32_t number)
{
	return (uint32_t *)slab_at(slab, number) + 1;
}

/* The marks of the chunk of ${number}, behind its units. */
static uint64_t *
edges_of(const struct slab *slab, uint32_t number)
{
	void *edges = slab->chunks[number >> SLAB_SHIFT].bytes + CHUNK_SIZE;

	return edges;
}

static bool
is_edge(const struct slab *slab, uint32_t number)
{
	return (edges_of(slab, number)[unit_of(number) / 64] >> number % 64 &
		   1) != 0;
}

static void
flip_edge(struct slab *slab, uint32_t number)
{
	edges_of(slab, number)[unit_of(number) / 64] ^= UINT64_C(1)
	    << number % 64;
}

/* The list for free pieces of ${units}. */
static uint32_t
list_of(uint32_t units)
{
	return units < SLAB_LISTS ? units : SLAB_LISTS - 1;
}

/* ${number} is the first in ${list}, or SLAB_NONE. */
static void
set_head(struct slab *slab, uint32_t list, uint32_t number)
{
	uint64_t bit = UINT64_C(1) << list % 64;

	slab->heads[list] = number;
	if (number != SLAB_NONE)
		slab->some[list / 64] |= bit;
	else
		slab->some[list / 64] &= ~bit;
}

/* The first list from ${list} on that is not empty; SLAB_LISTS if all are. */
static uint32_t
next_list(const struct slab *slab, uint32_t list)
{
	uint64_t word = slab->some[list / 64] & UINT64_MAX << list % 64;

	while (word == 0) {
		if ((list = (list / 64 + 1) * 64) >= SLAB_LISTS)
			return SLAB_LISTS;
		word = slab->some[list / 64];
	}
	return list / 64 * 64 + (uint32_t)__builtin_ctzll(word);
}

/* The ${units} from ${number} on are a free piece. */
static void
put(struct slab *slab, uint32_t number, uint32_t units)
{
	uint32_t list = list_of(units), next = slab->heads[list];
	struct piece *piece = slab_at(slab, number);

	*piece = (struct piece){ .next = next, .units = units };
	if (next != SLAB_NONE)
		((struct piece *)slab_at(slab, next))->before = number;
	set_head(slab, list, number);
	*foot(slab, number + units - 1) = units;
	flip_edge(slab, number);
	flip_edge(slab, number + units - 1);
	ASAN_POISON_MEMORY_REGION((char *)piece + PIECE_UNITS * SLAB_UNIT,
	    (units - PIECE_UNITS) * SLAB_UNIT);
	ASAN_UNPOISON_MEMORY_REGION(
	    foot(slab, number + units - 1) - 1, SLAB_UNIT);
}

/* The free piece ${number} is one no more; return its units. */
static uint32_t
pull(struct slab *slab, uint32_t number)
{
	struct piece piece = *(struct piece *)slab_at(slab, number);

	if (piece.next != SLAB_NONE)
		((struct piece *)slab_at(slab, piece.next))->before =
		    piece.before;
	if (piece.before != SLAB_NONE)
		((struct piece *)slab_at(slab, piece.before))->next =
		    piece.next;
	else
		set_head(slab, list_of(piece.units), piece.next);
	flip_edge(slab, number);
	flip_edge(slab, number + piece.units - 1);
	ASAN_UNPOISON_MEMORY_REGION(
	    slab_at(slab, number), (size_t)piece.units * SLAB_UNIT);
	return piece.units;
}

/* Have an unused chunk; return its index, or 0 if there is no memory. */
static uint32_t
reserve_chunk(struct slab *slab)
{
	uint32_t cap = slab->cap == 0 ? CHUNKS_FIRST : 2 * slab->cap;
	struct slab_chunk *chunks;

	if (slab->unused != 0)
		return slab->unused;
	if (slab->len == SLAB_CHUNKS_MAX)
		return 0;
	if (slab->len == slab->cap) {
		chunks = reallocarray(slab->chunks, cap, sizeof(*chunks));
		if (chunks == NULL)
			return 0;
		slab->chunks = chunks;
		slab->cap = cap;
	}
	if (slab->len == 0)
		slab->chunks[slab->len++] = (struct slab_chunk){ .next = 0 };
	slab->chunks[slab->len] = (struct slab_chunk){ .next = 0 };
	slab->unused = slab->len++;
	return slab->unused;
}

/* The number of the first unit of a new chunk of ${size} bytes. */
static uint32_t
add_chunk(struct slab *slab, size_t size)
{
	uint32_t chunk = reserve_chunk(slab);
	unsigned char *bytes;

	if (chunk == 0 || (bytes = malloc(size)) == NULL)
		return SLAB_NONE;
	slab->unused = slab->chunks[chunk].next;
	slab->chunks[chunk].bytes = bytes;
	slab->bytes += size;
	return chunk << SLAB_SHIFT;
}

/* Return the chunk, of ${size} bytes, of which ${number} is the first unit. */
static void
drop_chunk(struct slab *slab, uint32_t number, size_t size)
{
	struct slab_chunk *chunk = &slab->chunks[number >> SLAB_SHIFT];

	slab->bytes -= size;
	free(chunk->bytes);
	chunk->bytes = NULL;
	chunk->next = slab->unused;
	slab->unused = number >> SLAB_SHIFT;
}

/*
 * A free piece from which ${units} can be cut; SLAB_NONE if there is no memory.
 * The smallest is best, and what is left of it must be a piece, or nothing.
 */
static uint32_t
find(struct slab *slab, uint32_t units)
{
	uint32_t number, list = units;

	if (slab->heads[list] == SLAB_NONE)
		list = next_list(slab, list + PIECE_UNITS);
	if (list < SLAB_LISTS)
		return slab->heads[list];
	number = add_chunk(slab, CHUNK_SIZE + EDGES_SIZE);
	if (number != SLAB_NONE) {
		memset(edges_of(slab, number), 0, EDGES_SIZE);
		put(slab, number, CHUNK_UNITS);
	}
	return number;
}

uint32_t
slab_take(struct slab *slab, size_t size)
{
	uint32_t units, number, whole;

	if (size > SLAB_SIZE_MAX)
		return SLAB_NONE;
	if ((units = units_of(size)) > SLAB_SMALL)
		return add_chunk(slab, size);
	if ((number = find(slab, units)) == SLAB_NONE)
		return SLAB_NONE;
	if ((whole = pull(slab, number)) > units)
		put(slab, number + units, whole - units);
	ASAN_POISON_MEMORY_REGION((char *)slab_at(slab, number) + size,
	    (size_t)units * SLAB_UNIT - size);
	return number;
}

void
slab_give(struct slab *slab, uint32_t number, size_t size)
{
	uint32_t units = units_of(size), before;

	if (units > SLAB_SMALL) {
		drop_chunk(slab, number, size);
		return;
	}
	ASAN_UNPOISON_MEMORY_REGION(
	    slab_at(slab, number), (size_t)units * SLAB_UNIT);
	if (unit_of(number + units) != 0 && is_edge(slab, number + units))
		units += pull(slab, number + units);
	if (unit_of(number) != 0 && is_edge(slab, number - 1)) {
		before = *foot(slab, number - 1);
		number -= before;
		units += pull(slab, number);
	}
	if (units == CHUNK_UNITS)
		drop_chunk(slab, number, CHUNK_SIZE + EDGES_SIZE);
	else
		put(slab, number, units);
}

void
slab_release(struct slab *slab)
{
	uint32_t i;

	for (i = 1; i < slab->len; i++)
		free(slab->chunks[i].bytes);
	free(slab->chunks);
	memset(slab, 0, sizeof(*slab));
}
