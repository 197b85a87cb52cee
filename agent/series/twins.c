/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/series/twins.h"
#include "wal/bytes.h"

#define LABELS_TAG 0x0au /* Of each label in a TimeSeries. */

/* Series that are one but for their case. */
struct twin {
	struct table_entry in_table;
	uint64_t fold;
	uint32_t count;
};

/* A hash of ${text}, the same for small and capital letters (FNV-1a). */
static uint64_t
fold_text(uint64_t seed, struct wal_text text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ seed;
	uint8_t byte;
	size_t i;

	for (i = 0; i < text.len; i++) {
		byte = (uint8_t)text.data[i];
		if (byte >= 'A' && byte <= 'Z')
			byte = (uint8_t)(byte - 'A' + 'a');
		hash = (hash ^ byte) * UINT64_C(0x100000001b3);
	}
	/* So that sums of such are as good as one. */
	hash = (hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
	return hash ^ hash >> 32;
}

/* The same of all labels, in whatever order: their names decide on it. */
static uint64_t
fold_labels(uint64_t seed, const uint8_t *packed, size_t len)
{
	struct wal_bytes bytes = { packed, packed + len, false };
	uint64_t sum = 0;

	while (wal_bytes_left(&bytes) > 0 && wal_bytes_u8(&bytes) == LABELS_TAG)
		sum += fold_text(seed, wal_bytes_text(&bytes));
	return sum;
}

static bool
alike(const void *entry, const void *key)
{
	return ((const struct twin *)entry)->fold == *(const uint64_t *)key;
}

bool
twins_add(struct twins *twins, const uint8_t *packed, size_t len)
{
	uint64_t fold = fold_labels(twins->seed, packed, len);
	struct twin *twin =
	    table_get(&twins->table, (uint32_t)fold, alike, &fold);
	uint32_t number;

	if (twin != NULL) {
		twin->count++;
		return true;
	}
	number = table_put(&twins->table, (uint32_t)fold, sizeof(*twin));
	if (number == SLAB_NONE)
		return false;
	twin = table_at(&twins->table, number);
	twin->fold = fold;
	twin->count = 1;
	return false;
}

void
twins_drop(struct twins *twins, const uint8_t *packed, size_t len)
{
	uint64_t fold = fold_labels(twins->seed, packed, len);
	uint32_t number =
	    table_find(&twins->table, (uint32_t)fold, alike, &fold);
	struct twin *twin;

	if (number == SLAB_NONE)
		return;
	twin = table_at(&twins->table, number);
	if (--twin->count == 0)
		table_drop(&twins->table, number, sizeof(*twin));
}

size_t
twins_bytes(const struct twins *twins)
{
	return table_bytes(&twins->table);
}

void
twins_release(struct twins *twins)
{
	table_release(&twins->table);
}
