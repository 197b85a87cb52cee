/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/series/table.h - a hash table of pointers.
 *
 * Open addressing, 12 bytes a slot, at most three quarters full.  The table
 * knows nothing of what it holds: the caller brings hashes, and says in
 * table_find what is alike.  It owns nothing but its slots.
 */
#ifndef AGENT_SERIES_TABLE_H
#define AGENT_SERIES_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table {
	void **entries; /* NULL: the slot is free. */
	uint32_t *hashes;
	size_t cap; /* Slots: zero or a power of two. */
	size_t len; /* Entries. */
};

/* Whether ${entry} is what ${key} stands for. */
typedef bool table_alike_fn(const void *entry, const void *key);

/* The entry of ${hash} that is ${alike} to ${key}, or NULL. */
void *table_find(const struct table *table, uint32_t hash,
    table_alike_fn *alike, const void *key);

/**
 * table_add(table, hash, entry):
 * Add ${entry}, of which the table has none alike.  Return -1, with the table
 * as it was, if there is no memory.  A zeroed table is empty.
 */
int table_add(struct table *table, uint32_t hash, void *entry);

/* Take out ${entry}, which is in the table under ${hash}. */
void table_remove(struct table *table, uint32_t hash, const void *entry);

/* Free the slots; the table is then empty, and as good as new. */
void table_release(struct table *table);

#endif /* AGENT_SERIES_TABLE_H */
