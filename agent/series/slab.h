/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/series/slab.h - millions of small pieces of memory, by number.
 *
 * A piece is known by a number of 32 bits, half of a pointer, and has no
 * header: whoever gives it back says how large it is.  It never moves.  Pieces
 * are cut from chunks, in units of SLAB_UNIT bytes; those given back are
 * joined with their free neighbours and cut anew, and a chunk that is all free
 * is returned.  What is large has a chunk of its own.
 *
 * In a chunk the first and the last unit of each free piece are marked, which
 * takes a bit a unit; so its neighbours are found without a header:
 *
 *   0   u32 next free piece of this size, u32 the one before
 *   8   u32 its units
 *       ...
 *   -4  u32 its units
 */
#ifndef AGENT_SERIES_SLAB_H
#define AGENT_SERIES_SLAB_H

#include <stddef.h>
#include <stdint.h>

#define SLAB_NONE 0u /* No piece has this number. */

#define SLAB_UNIT 8u    /* Bytes; pieces are aligned to it. */
#define SLAB_SHIFT 13u  /* A chunk has 2^13 units, 64 KiB. */
#define SLAB_SMALL 512u /* Units; larger pieces are chunks. */
#define SLAB_LISTS (SLAB_SMALL + 3)
#define SLAB_CHUNKS_MAX (1u << 19)        /* 32 GiB of small pieces. */
#define SLAB_SIZE_MAX (UINT64_C(1) << 34) /* Bytes of a piece. */

struct slab_chunk {
	unsigned char *bytes; /* And then its marks; NULL: it is unused. */
	uint32_t next;        /* The next unused chunk, or 0. */
};

/* A zeroed slab is empty.  Its fields belong to slab.c. */
struct slab {
	struct slab_chunk *chunks; /* The first is never used. */
	uint32_t len, cap;
	size_t bytes;               /* Of all chunks. */
	uint32_t unused;            /* A chunk below len, or 0. */
	uint32_t heads[SLAB_LISTS]; /* Free pieces by units; the last list has
				       all those that are larger. */
	uint64_t some[SLAB_LISTS / 64 + 1]; /* A bit for each list that is not
					       empty. */
};

/* A piece of ${size} bytes, at least 1; SLAB_NONE if there is no memory. */
uint32_t slab_take(struct slab *slab, size_t size);

/* Give back the piece ${number}, which has ${size} bytes. */
void slab_give(struct slab *slab, uint32_t number, size_t size);

/* Free all pieces; the slab is then empty, and as good as new. */
void slab_release(struct slab *slab);

/* The piece ${number}, which is not SLAB_NONE. */
static inline void *
slab_at(const struct slab *slab, uint32_t number)
{
	return slab->chunks[number >> SLAB_SHIFT].bytes +
	    (size_t)(number & ((1u << SLAB_SHIFT) - 1)) * SLAB_UNIT;
}

#endif /* AGENT_SERIES_SLAB_H */
