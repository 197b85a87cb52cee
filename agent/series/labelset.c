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
	uint32_t refs;
	uint32_t hash;
	uint16_t labels; /* How many. */
	uint32_t len;    /* Bytes of ids. */
	uint8_t ids[];   /* The symbols of name, value, name, ... as varints. */
};

struct labelsets {
	struct symbols *symbols;
	struct table table; /* Of struct labelset. */
	uint64_t seed;

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
	size_t slot;

	if (sets == NULL)
		return;
	for (slot = 0; slot < sets->table.cap; slot++)
		free(sets->table.entries[slot]);
	table_release(&sets->table);
	symbols_free(sets->symbols);
	free(sets->ids);
	free(sets);
}

static int
compare_texts(struct wal_text a, struct wal_text b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.data, b.data, len);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static bool
in_order(const struct wal_label *labels, size_t len)
{
	size_t i;

	for (i = 1; i < len; i++)
		if (compare_texts(labels[i - 1].name, labels[i].name) >= 0)
			return false;
	return true;
}

/* By name, and of one name by value. */
static int
compare_labels(const void *va, const void *vb)
{
	const struct wal_label *a = va, *b = vb;
	int order = compare_texts(a->name, b->name);

	return order != 0 ? order : compare_texts(a->value, b->value);
}

/* Sort the labels, leave out what does not count, and return how many do. */
static size_t
tidy(struct wal_label *labels, size_t len)
{
	size_t i, kept = 0;

	for (i = 0; i < len; i++)
		if (labels[i].value.len > 0)
			labels[kept++] = labels[i];
	len = kept;
	/* Prometheus writes them in order. */
	if (in_order(labels, len))
		return len;
	qsort(labels, len, sizeof(*labels), compare_labels);
	for (i = kept = 0; i < len; i++)
		if (i == 0 ||
		    compare_texts(labels[i].name, labels[i - 1].name) != 0)
			labels[kept++] = labels[i];
	return kept;
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
	size_t len;
};

static bool
alike(const void *entry, const void *key)
{
	const struct labelset *set = entry;
	const struct wanted *wanted = key;

	return set->len == wanted->len &&
	    memcmp(set->ids, wanted->ids, wanted->len) == 0;
}

/* A new set of the symbols in ${wanted}, whose references become its own. */
static struct labelset *
add(struct labelsets *sets, const struct wanted *wanted, uint32_t hash)
{
	struct labelset *set;

	if ((set = malloc(sizeof(*set) + wanted->len)) == NULL)
		return NULL;
	if (table_add(&sets->table, hash, set) != 0) {
		free(set);
		return NULL;
	}
	set->refs = 0;
	set->hash = hash;
	set->len = (uint32_t)wanted->len;
	if (wanted->len > 0)
		memcpy(set->ids, wanted->ids, wanted->len);
	return set;
}

struct labelset *
labelsets_take(struct labelsets *sets, struct wal_label *labels, size_t len)
{
	struct labelset *set;
	struct wanted wanted;
	uint32_t hash;
	ssize_t used;

	if (len > LABELSET_LABELS_MAX)
		return NULL;
	len = tidy(labels, len);
	if ((used = take_ids(sets, labels, len)) < 0)
		return NULL;
	wanted.ids = sets->ids;
	wanted.len = (size_t)used;
	hash = hash_bytes(sets->seed, wanted.ids, wanted.len);
	set = table_find(&sets->table, hash, alike, &wanted);
	if (set != NULL) {
		drop_ids(sets, wanted.ids, wanted.len);
	} else if ((set = add(sets, &wanted, hash)) != NULL) {
		set->labels = (uint16_t)len;
	} else {
		drop_ids(sets, wanted.ids, wanted.len);
		return NULL;
	}
	set->refs++;
	return set;
}

void
labelsets_drop(struct labelsets *sets, struct labelset *set)
{
	if (--set->refs > 0)
		return;
	table_remove(&sets->table, set->hash, set);
	drop_ids(sets, set->ids, set->len);
	free(set);
}

size_t
labelset_len(const struct labelset *set)
{
	return set->labels;
}

void
labelset_labels(const struct labelsets *sets, const struct labelset *set,
    struct wal_label *ret)
{
	const uint8_t *at = set->ids;
	size_t i;

	for (i = 0; i < set->labels; i++) {
		ret[i].name = symbols_text(sets->symbols, get_id(&at));
		ret[i].value = symbols_text(sets->symbols, get_id(&at));
	}
}

size_t
labelsets_count(const struct labelsets *sets)
{
	return sets->table.len;
}
