/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/ship/twice.h"

#define TABLE_MIN 64u /* Slots. */

void
twice_release(struct twice *twice)
{
	free(twice->table);
	*twice = (struct twice){ 0 };
}

/* Have an empty table for ${len} entries. */
static int
reserve(struct twice *twice, size_t len)
{
	size_t cap = TABLE_MIN;
	uint32_t *table;

	while (cap < 2 * len)
		cap *= 2;
	if (cap <= twice->cap) {
		memset(twice->table, 0, twice->cap * sizeof(*twice->table));
		return 0;
	}
	if ((table = calloc(cap, sizeof(*table))) == NULL)
		return -1;
	free(twice->table);
	twice->table = table;
	twice->cap = cap;
	return 0;
}

/* Whether ${entry}, which is to be number ${n} from 1, is the first of its
 * series and time. */
static bool
is_first(struct twice *twice, const struct kept *kept, const struct kept *entry,
    size_t n)
{
	size_t mask = twice->cap - 1;
	size_t slot = hash_number((uint64_t)(uintptr_t)entry->final,
			  (uint64_t)entry->time) &
	    mask;
	const struct kept *other;

	for (; twice->table[slot] != 0; slot = (slot + 1) & mask) {
		other = &kept[twice->table[slot] - 1];
		if (other->final == entry->final && other->time == entry->time)
			return false;
	}
	twice->table[slot] = (uint32_t)n;
	return true;
}

int
twice_leave_out(struct twice *twice, struct kept *kept, size_t *len)
{
	size_t i, left = 0;

	if (reserve(twice, *len) != 0)
		return -1;
	for (i = 0; i < *len; i++) {
		kept[left] = kept[i];
		if (!kept[i].final->mixed ||
		    is_first(twice, kept, &kept[left], left + 1))
			left++;
	}
	*len = left;
	return 0;
}
