/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/series/table.h - a hash table, and what is in it.
 *
 * What is in it are pieces of the table's own slab, which begin with a struct
 * table_entry.  The table takes 4 bytes more for each, or as many times that as
 * it is spread, in buckets that are chains.  It grows by a bucket or a few with
 * each piece added (linear hashing), so that no call takes long; the buckets
 * never become fewer.
 *
 * With round the greatest power of two that is at most ${buckets}, a hash
 * belongs into the bucket of its low bits, modulo 2 * round if there is such a
 * bucket, else modulo round.
 */
#ifndef AGENT_SERIES_TABLE_H
#define AGENT_SERIES_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/series/slab.h"

#define TABLE_SEGMENT 1024u /* Buckets; the first table has as many. */

struct table_entry {
	uint32_t next; /* In its bucket, or SLAB_NONE. */
	uint32_t hash;
};

/* A zeroed table is empty, and ready for use. */
struct table {
	struct slab slab;    /* Of its pieces. */
	unsigned int spread; /* 2^spread buckets a piece; to be set at first. */
	uint32_t **segments; /* Of buckets: the numbers of first pieces. */
	uint32_t segments_cap;
	uint32_t buckets;
	uint32_t round;
	uint32_t len; /* Pieces. */
};

/* Whether ${entry} is what ${key} stands for. */
typedef bool table_alike_fn(const void *entry, const void *key);

/**
 * table_put(table, hash, size):
 * Put a new piece of ${size} bytes into the table, which has none alike, and
 * return its number; what comes after its entry is the caller's to fill.
 * SLAB_NONE, with the table as it was, if there is no memory.
 */
uint32_t table_put(struct table *table, uint32_t hash, size_t size);

/* How many bytes of memory the table takes, its pieces among them. */
size_t table_bytes(const struct table *table);

/* Take out the piece ${number} of ${size} bytes, and give it back. */
void table_drop(struct table *table, uint32_t number, size_t size);

/* Free buckets and slab; the table is then empty, and as good as new. */
void table_release(struct table *table);

/* The piece ${number}, which begins with a struct table_entry. */
static inline void *
table_at(const struct table *table, uint32_t number)
{
	return slab_at(&table->slab, number);
}

/**
 * table_bucket(table, bucket):
 * The number of the first piece in a bucket below table->buckets, or SLAB_NONE;
 * the others follow by next.  What is added meanwhile moves pieces only to
 * buckets above.
 */
static inline uint32_t *
table_bucket(const struct table *table, uint32_t bucket)
{
	return &table->segments[bucket / TABLE_SEGMENT][bucket % TABLE_SEGMENT];
}

/* The bucket for pieces of ${hash}; the table has buckets. */
static inline uint32_t *
table_home(const struct table *table, uint32_t hash)
{
	uint32_t bucket = hash & (2 * table->round - 1);

	if (bucket >= table->buckets)
		bucket = hash & (table->round - 1);
	return table_bucket(table, bucket);
}

/* The number of the piece that is ${alike} to ${key}, or SLAB_NONE. */
static inline uint32_t
table_find(const struct table *table, uint32_t hash, table_alike_fn *alike,
    const void *key)
{
	const struct table_entry *entry;
	uint32_t number;

	if (table->buckets == 0)
		return SLAB_NONE;
	for (number = *table_home(table, hash); number != SLAB_NONE;
	     number = entry->next) {
		entry = table_at(table, number);
		if (entry->hash == hash && alike(entry, key))
			return number;
	}
	return SLAB_NONE;
}

/* The same, itself, or NULL. */
static inline void *
table_get(const struct table *table, uint32_t hash, table_alike_fn *alike,
    const void *key)
{
	uint32_t number = table_find(table, hash, alike, key);

	return number != SLAB_NONE ? table_at(table, number) : NULL;
}

#endif /* AGENT_SERIES_TABLE_H */
