/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "agent/series/table.h"

#define SEGMENTS_FIRST 16u /* To make room for first. */
#define BUCKETS_MAX (1u << 31)

void
table_release(struct table *table)
{
	uint64_t i;

	for (i = 0; i * TABLE_SEGMENT < table->buckets; i++)
		free(table->segments[i]);
	free(table->segments);
	slab_release(&table->slab);
	*table = (struct table){ .spread = table->spread };
}

/* Have a segment for the bucket to be added. */
static int
reserve(struct table *table)
{
	uint32_t i = table->buckets / TABLE_SEGMENT, cap;
	uint32_t **segments;

	if (table->buckets % TABLE_SEGMENT != 0)
		return 0;
	if (i == table->segments_cap) {
		cap = i == 0 ? SEGMENTS_FIRST : 2 * i;
		segments =
		    reallocarray(table->segments, cap, sizeof(*segments));
		if (segments == NULL)
			return -1;
		table->segments = segments;
		table->segments_cap = cap;
	}
	table->segments[i] = calloc(TABLE_SEGMENT, sizeof(**table->segments));
	return table->segments[i] != NULL ? 0 : -1;
}

/* One bucket more, which takes over what belongs into it. */
static void
split(struct table *table)
{
	uint32_t *from, *to, *rest, number;
	struct table_entry *entry;

	from = table_bucket(table, table->buckets - table->round);
	to = table_bucket(table, table->buckets++);
	for (number = *(rest = from); number != SLAB_NONE; number = *rest) {
		entry = table_at(table, number);
		if ((entry->hash & table->round) == 0) {
			rest = &entry->next;
			continue;
		}
		*rest = entry->next;
		entry->next = *to;
		*to = number;
	}
	if (table->buckets == 2 * table->round)
		table->round = table->buckets;
}

/* Whether there are too few buckets for one piece more. */
static bool
is_full(const struct table *table)
{
	return table->buckets < BUCKETS_MAX &&
	    (uint64_t)table->len << table->spread >= table->buckets;
}

uint32_t
table_put(struct table *table, uint32_t hash, size_t size)
{
	struct table_entry *entry;
	uint32_t number, *bucket;

	if (table->buckets == 0) {
		if (reserve(table) != 0)
			return SLAB_NONE;
		table->buckets = table->round = TABLE_SEGMENT;
	}
	if ((number = slab_take(&table->slab, size)) == SLAB_NONE)
		return SLAB_NONE;
	/* Without memory its chains just grow longer. */
	while (is_full(table) && reserve(table) == 0)
		split(table);
	bucket = table_home(table, hash);
	entry = table_at(table, number);
	entry->hash = hash;
	entry->next = *bucket;
	*bucket = number;
	table->len++;
	return number;
}

void
table_drop(struct table *table, uint32_t number, size_t size)
{
	struct table_entry *entry = table_at(table, number), *before;
	uint32_t *at = table_home(table, entry->hash);

	while (*at != number) {
		before = table_at(table, *at);
		at = &before->next;
	}
	*at = entry->next;
	table->len--;
	slab_give(&table->slab, number, size);
}

size_t
table_bytes(const struct table *table)
{
	return table->slab.bytes + table->buckets * sizeof(**table->segments);
}
