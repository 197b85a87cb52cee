/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/series/table.h"

#define CAP_FIRST 64u /* Slots of the smallest table. */

void
table_release(struct table *table)
{
	free(table->entries);
	free(table->hashes);
	memset(table, 0, sizeof(*table));
}

/* The slot after ${slot}, going round. */
static size_t
after(const struct table *table, size_t slot)
{
	return (slot + 1) & (table->cap - 1);
}

void *
table_find(const struct table *table, uint32_t hash, table_alike_fn *alike,
    const void *key)
{
	size_t slot;

	if (table->cap == 0)
		return NULL;
	for (slot = hash & (table->cap - 1); table->entries[slot] != NULL;
	     slot = after(table, slot))
		if (table->hashes[slot] == hash &&
		    alike(table->entries[slot], key))
			return table->entries[slot];
	return NULL;
}

/* Put ${entry} into the first free slot from where it belongs. */
static void
place(struct table *table, uint32_t hash, void *entry)
{
	size_t slot = hash & (table->cap - 1);

	while (table->entries[slot] != NULL)
		slot = after(table, slot);
	table->entries[slot] = entry;
	table->hashes[slot] = hash;
}

static int
grow(struct table *table)
{
	struct table grown = { .len = table->len };
	size_t slot;

	grown.cap = table->cap == 0 ? CAP_FIRST : 2 * table->cap;
	grown.entries = calloc(grown.cap, sizeof(*grown.entries));
	grown.hashes = calloc(grown.cap, sizeof(*grown.hashes));
	if (grown.entries == NULL || grown.hashes == NULL) {
		table_release(&grown);
		return -1;
	}
	for (slot = 0; slot < table->cap; slot++)
		if (table->entries[slot] != NULL)
			place(
			    &grown, table->hashes[slot], table->entries[slot]);
	table_release(table);
	*table = grown;
	return 0;
}

int
table_add(struct table *table, uint32_t hash, void *entry)
{
	if (4 * (table->len + 1) > 3 * table->cap && grow(table) != 0)
		return -1;
	place(table, hash, entry);
	table->len++;
	return 0;
}

/*
 * Free ${slot}, and move up what was displaced by it, so that no search stops
 * short at the hole.
 */
static void
close_hole(struct table *table, size_t slot)
{
	size_t mask = table->cap - 1, next = after(table, slot), home;

	for (; table->entries[next] != NULL; next = after(table, next)) {
		home = table->hashes[next] & mask;
		if (((next - home) & mask) < ((next - slot) & mask))
			continue;
		table->entries[slot] = table->entries[next];
		table->hashes[slot] = table->hashes[next];
		slot = next;
	}
	table->entries[slot] = NULL;
}

void
table_remove(struct table *table, uint32_t hash, const void *entry)
{
	size_t slot = hash & (table->cap - 1);

	while (table->entries[slot] != entry)
		slot = after(table, slot);
	close_hole(table, slot);
	table->len--;
}
