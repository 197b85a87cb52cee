/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/series/labelset.h"
#include "agent/series/symbols.h"
#include "agent/series/table.h"

#define VARINT_MAX 5u /* Bytes of a symbol's number. */

struct labelset {
	struct table_entry in_table;
	uint32_t refs;
	uint16_t labels; /* How many. */
	uint8_t ids[];   /* The symbols of name, value, name, ... as varints. */
};

/* What comes before the ids: the struct's own size is rounded up. */
#define HEAD offsetof(struct labelset, ids)

struct labelsets {
	struct symbols *symbols;
	struct table table; /* Of struct labelset. */
	uint64_t seed;
	unsigned int bare; /* 1 if there is the one without labels. */

	/* The set being looked for. */
	uint8_t *ids;
	size_t ids_cap;
};

struct labelsets *
labelsets_new(void)
{
	struct labelsets *sets;

	if ((sets = calloc(1, sizeof(*sets))) == NULL)
		return NULL;
	sets->seed = hash_seed();
	if ((sets->symbols = symbols_new()) == NULL) {
		free(sets);
		return NULL;
	}
	return sets;
}

void
labelsets_free(struct labelsets *sets)
{
	if (sets == NULL)
		return;
	table_release(&sets->table);
	symbols_free(sets->symbols);
	free(sets->ids);
	free(sets);
}

static struct labelset *
set_at(const struct labelsets *sets, uint32_t number)
{
	return table_at(&sets->table, number);
}

static size_t
put_id(uint8_t *to, uint32_t id)
{
	size_t n = 0;

	for (; id >= 0x80; id >>= 7)
		to[n++] = (uint8_t)(id | 0x80);
	to[n++] = (uint8_t)id;
	return n;
}

static uint32_t
get_id(const uint8_t **at)
{
	unsigned int shift = 0;
	uint32_t id = 0;

	for (; (**at & 0x80) != 0; shift += 7)
		id |= (uint32_t)(*(*at)++ & 0x7f) << shift;
	return id | (uint32_t) * (*at)++ << shift;
}

/* Drop one reference to each symbol in the ${len} bytes at ${ids}. */
static void
drop_ids(struct labelsets *sets, const uint8_t *ids, size_t len)
{
	const uint8_t *end = ids + len;

	while (ids < end)
		symbols_drop(sets->symbols, get_id(&ids));
}

/* Take the symbols of ${labels} into sets->ids; return their bytes, or -1. */
static ssize_t
take_ids(struct labelsets *sets, const struct wal_label *labels, size_t len)
{
	size_t i, used = 0, want = 2 * VARINT_MAX * len + 1;
	struct wal_text text;
	uint8_t *grown;
	uint32_t id;

	if (want > sets->ids_cap) {
		if ((grown = realloc(sets->ids, want)) == NULL)
			return -1;
		sets->ids = grown;
		sets->ids_cap = want;
	}
	for (i = 0; i < 2 * len; i++) {
		text = i % 2 == 0 ? labels[i / 2].name : labels[i / 2].value;
		if ((id = symbols_take(sets->symbols, text)) == SYMBOL_NONE) {
			drop_ids(sets, sets->ids, used);
			return -1;
		}
		used += put_id(sets->ids + used, id);
	}
	return (ssize_t)used;
}

/* A set as it is looked for. */
struct wanted {
	const uint8_t *ids;
	size_t len; /* Bytes of ids. */
	uint16_t labels;
};

/* How many bytes the ids of ${set} take. */
static size_t
ids_len(const struct labelset *set)
{
	size_t ids = 2 * (size_t)set->labels;
	const uint8_t *at = set->ids;

	/* The last byte of each has its highest bit clear. */
	while (ids > 0)
		ids -= *at++ < 0x80;
	return (size_t)(at - set->ids);
}

static bool
alike(const void *entry, const void *key)
{
	const struct labelset *set = entry;
	const struct wanted *wanted = key;

	return set->labels == wanted->labels && ids_len(set) == wanted->len &&
	    memcmp(set->ids, wanted->ids, wanted->len) == 0;
}

/* A new set of the symbols in ${wanted}, whose references become its own. */
static uint32_t
add(struct labelsets *sets, const struct wanted *wanted, uint32_t hash)
{
	uint32_t number = table_put(&sets->table, hash, HEAD + wanted->len);
	struct labelset *set;

	if (number == SLAB_NONE)
		return LABELSET_NONE;
	set = set_at(sets, number);
	set->refs = 0;
	set->labels = wanted->labels;
	sets->bare += wanted->labels == 0;
	memcpy(set->ids, wanted->ids, wanted->len);
	return number;
}

uint32_t
labelsets_take(struct labelsets *sets, struct wal_label *labels, size_t len)
{
	struct wanted wanted;
	uint32_t hash, number;
	ssize_t used;

	if (len > LABELSET_LABELS_MAX)
		return LABELSET_NONE;
	len = labels_tidy(labels, len);
	if ((used = take_ids(sets, labels, len)) < 0)
		return LABELSET_NONE;
	wanted = (struct wanted){ sets->ids, (size_t)used, (uint16_t)len };
	hash = hash_bytes(sets->seed, wanted.ids, wanted.len);
	number = table_find(&sets->table, hash, alike, &wanted);
	if (number != SLAB_NONE) {
		drop_ids(sets, wanted.ids, wanted.len);
	} else if ((number = add(sets, &wanted, hash)) == LABELSET_NONE) {
		drop_ids(sets, wanted.ids, wanted.len);
		return LABELSET_NONE;
	}
	set_at(sets, number)->refs++;
	return number;
}

void
labelsets_drop(struct labelsets *sets, uint32_t number)
{
	struct labelset *set = set_at(sets, number);
	size_t len;

	if (--set->refs > 0)
		return;
	len = ids_len(set);
	sets->bare -= set->labels == 0;
	drop_ids(sets, set->ids, len);
	table_drop(&sets->table, number, HEAD + len);
}

size_t
labelsets_len(const struct labelsets *sets, uint32_t number)
{
	return set_at(sets, number)->labels;
}

int
labelsets_labels(
    const struct labelsets *sets, uint32_t number, struct wal_label_list *list)
{
	const struct labelset *set = set_at(sets, number);
	struct wal_label *labels = list->labels;
	const uint8_t *at = set->ids;

	if (set->labels > list->cap) {
		labels = reallocarray(labels, set->labels, sizeof(*labels));
		if (labels == NULL)
			return -1;
		list->labels = labels;
		list->cap = set->labels;
	}
	for (list->len = 0; list->len < set->labels; list->len++) {
		labels[list->len].name =
		    symbols_text(sets->symbols, get_id(&at));
		labels[list->len].value =
		    symbols_text(sets->symbols, get_id(&at));
	}
	return 0;
}

size_t
labelsets_count(const struct labelsets *sets)
{
	return sets->table.len;
}

size_t
labelsets_series(const struct labelsets *sets)
{
	return sets->table.len - sets->bare;
}

size_t
labelsets_bytes(const struct labelsets *sets)
{
	return table_bytes(&sets->table) + symbols_bytes(sets->symbols);
}
