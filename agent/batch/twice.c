/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/batch/twice.h"
#include "wal/grow.h"

#define TABLE_MIN 64u /* Slots. */

void
twice_release(struct twice *twice)
{
	free(twice->entries);
	free(twice->table);
	*twice = (struct twice){ 0 };
}

void
twice_clear(struct twice *twice)
{
	if (twice->indexed > 0)
		memset(twice->table, 0, twice->slots * sizeof(*twice->table));
	twice->len = twice->indexed = 0;
}

int
twice_reserve(struct twice *twice)
{
	struct twice_entry *entries;

	if (twice->len < twice->cap)
		return 0;
	entries = wal_grow(twice->entries, &twice->cap, twice->len + 1,
	    sizeof(*twice->entries));
	if (entries == NULL)
		return -1;
	twice->entries = entries;
	return 0;
}

/* Where the entry is in the table, or would be. */
static uint32_t *
find(const struct twice *twice, const struct final *final, int64_t time)
{
	size_t mask = twice->slots - 1;
	size_t slot =
	    hash_number((uint64_t)(uintptr_t) final, (uint64_t)time) & mask;
	const struct twice_entry *entry;

	for (; twice->table[slot] != 0; slot = (slot + 1) & mask) {
		entry = &twice->entries[twice->table[slot] - 1];
		if (entry->final == final && entry->time == time)
			break;
	}
	return &twice->table[slot];
}

/* Have a table for all entries, those in it put anew if it is another. */
static int
reserve_table(struct twice *twice)
{
	size_t slots = twice->slots == 0 ? TABLE_MIN : twice->slots;
	uint32_t *table;

	while (slots < 2 * twice->len)
		slots *= 2;
	if (slots == twice->slots)
		return 0;
	if ((table = calloc(slots, sizeof(*table))) == NULL)
		return -1;
	free(twice->table);
	twice->table = table;
	twice->slots = slots;
	twice->indexed = 0;
	return 0;
}

int
twice_has(struct twice *twice, const struct final *final, int64_t time)
{
	const struct twice_entry *entry;

	if (reserve_table(twice) != 0)
		return -1;
	while (twice->indexed < twice->len) {
		entry = &twice->entries[twice->indexed++];
		*find(twice, entry->final, entry->time) =
		    (uint32_t)twice->indexed;
	}
	return *find(twice, final, time) != 0;
}

bool
twice_repeats(const struct twice *twice, const struct kept *kept)
{
	uint32_t at;

	if (kept->kind != KEPT_SAMPLE)
		return false;
	at = *find(twice, kept->final, kept->time);
	return twice->entries[at - 1].value == kept->value;
}

int
twice_meets(struct twice *twice, const struct finals *finals,
    const struct kept *kept, int64_t newest)
{
	uint64_t batch = kept->final->batch;

	/* A series may well have several exemplars of one time. */
	if (kept->time > newest || kept->kind == KEPT_EXEMPLAR ||
	    twice->len == 0 || batch < twice->first || batch >= FINAL_OR_BEFORE)
		return 0;
	/* Where a series was that is gone, another one may be. */
	if (finals_dropped(finals) >= twice->first)
		return 0;
	return twice_has(twice, kept->final, kept->time);
}
