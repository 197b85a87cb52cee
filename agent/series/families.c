/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/series/families.h"
#include "agent/series/table.h"

#define CAP_FIRST 64u /* Entries to make room for first. */

struct entry {
	char *data; /* Name, help and unit. */
	uint32_t name_len, help_len, unit_len;
	uint8_t type;
};

/* The first entry of its name. */
struct first {
	struct table_entry in_table;
	struct entry *entry;
};

struct families {
	struct entry **entries;
	size_t len, cap;
	size_t bytes;       /* Of all texts. */
	struct table table; /* Of struct first. */
	uint64_t seed;
};

struct families *
families_new(void)
{
	struct families *families;

	if ((families = calloc(1, sizeof(*families))) == NULL)
		return NULL;
	families->seed = hash_seed();
	return families;
}

static void
free_entry(struct entry *entry)
{
	free(entry->data);
	free(entry);
}

void
families_clear(struct families *families)
{
	size_t i;

	for (i = 0; i < families->len; i++)
		free_entry(families->entries[i]);
	free(families->entries);
	table_release(&families->table);
	*families = (struct families){ .seed = families->seed };
}

void
families_free(struct families *families)
{
	if (families == NULL)
		return;
	families_clear(families);
	free(families);
}

static size_t
bytes_of(const struct family *family)
{
	return family->name.len + family->help.len + family->unit.len;
}

static struct family
family_of(const struct entry *entry)
{
	const char *help = entry->data + entry->name_len;

	return (struct family){
		.type = entry->type,
		.name = { entry->data, entry->name_len },
		.help = { help, entry->help_len },
		.unit = { help + entry->help_len, entry->unit_len },
	};
}

static bool
same_text(struct wal_text a, struct wal_text b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static bool
same_family(const struct family *a, const struct family *b)
{
	return a->type == b->type && same_text(a->name, b->name) &&
	    same_text(a->help, b->help) && same_text(a->unit, b->unit);
}

static bool
alike(const void *entry, const void *key)
{
	const struct first *first = entry;

	return same_text(
	    family_of(first->entry).name, *(const struct wal_text *)key);
}

static uint32_t
hash_of(const struct families *families, struct wal_text name)
{
	return hash_bytes(families->seed, name.data, name.len);
}

static struct entry *
find(const struct families *families, struct wal_text name)
{
	const struct first *first =
	    table_get(&families->table, hash_of(families, name), alike, &name);

	return first != NULL ? first->entry : NULL;
}

static char *
put(char *to, struct wal_text text)
{
	if (text.len > 0)
		memcpy(to, text.data, text.len);
	return to + text.len;
}

/*
 * Have ${entry}, zeroed or with texts that are then freed, hold a copy of
 * ${family}.  Return -1, with it unchanged: no memory, or a text too long.
 */
static int
fill(struct entry *entry, const struct family *family)
{
	char *data;

	if (family->name.len == 0 || family->name.len > FAMILIES_TEXT_MAX ||
	    family->help.len > FAMILIES_TEXT_MAX ||
	    family->unit.len > FAMILIES_TEXT_MAX)
		return -1;
	data = malloc(bytes_of(family));
	if (data == NULL)
		return -1;
	(void)put(put(put(data, family->name), family->help), family->unit);
	free(entry->data);
	entry->data = data;
	entry->name_len = (uint32_t)family->name.len;
	entry->help_len = (uint32_t)family->help.len;
	entry->unit_len = (uint32_t)family->unit.len;
	entry->type = (uint8_t)family->type;
	return 0;
}

/* Have room for one more entry. */
static int
reserve(struct families *families)
{
	size_t cap = families->cap == 0 ? CAP_FIRST : 2 * families->cap;
	struct entry **entries;

	if (families->len < families->cap)
		return 0;
	entries = reallocarray(families->entries, cap, sizeof(*entries));
	if (entries == NULL)
		return -1;
	families->entries = entries;
	families->cap = cap;
	return 0;
}

/* Have ${entry}, the first of its name, be found by it; -1: no memory. */
static int
enter(struct families *families, struct entry *entry)
{
	struct first *first;
	uint32_t number;

	number = table_put(&families->table,
	    hash_of(families, family_of(entry).name), sizeof(*first));
	if (number == SLAB_NONE)
		return -1;
	first = table_at(&families->table, number);
	first->entry = entry;
	return 0;
}

/* Whether ${bytes} may be added, once ${less} are gone. */
static bool
has_room(const struct families *families, size_t bytes, size_t less)
{
	return bytes <= FAMILIES_BYTES_MAX - (families->bytes - less);
}

int
families_add(struct families *families, const struct family *family)
{
	bool first = find(families, family->name) == NULL;
	struct entry *entry;

	if (families->len >= FAMILIES_MAX ||
	    !has_room(families, bytes_of(family), 0) ||
	    reserve(families) != 0 ||
	    (entry = calloc(1, sizeof(*entry))) == NULL)
		return -1;
	if (fill(entry, family) != 0 ||
	    (first && enter(families, entry) != 0)) {
		free_entry(entry);
		return -1;
	}
	families->entries[families->len++] = entry;
	families->bytes += bytes_of(family);
	return 0;
}

int
families_put(struct families *families, const struct family *family)
{
	struct entry *entry = find(families, family->name);
	struct family known;
	size_t less;

	if (entry == NULL)
		return families_add(families, family);
	known = family_of(entry);
	if (same_family(&known, family))
		return 0;
	less = bytes_of(&known);
	if (!has_room(families, bytes_of(family), less) ||
	    fill(entry, family) != 0)
		return -1;
	families->bytes += bytes_of(family) - less;
	return 0;
}

bool
families_has(const struct families *families, struct wal_text name)
{
	return find(families, name) != NULL;
}

size_t
families_len(const struct families *families)
{
	return families->len;
}

struct family
families_at(const struct families *families, size_t i)
{
	return family_of(families->entries[i]);
}

/* What a family's series have after its name, by its type. */
struct suffixes {
	const char *mark;      /* A label, or NULL: a series with it ... */
	const char *marked;    /* ... has this; "" for nothing, ... */
	const char *others[2]; /* ... and any other one of these. */
};

static const struct suffixes suffixes[FAMILY_TYPES] = {
	[FAMILY_HISTOGRAM] = { "le", "_bucket", { "_sum", "_count" } },
	[FAMILY_GAUGE_HISTOGRAM] = { "le", "_bucket", { "_gsum", "_gcount" } },
	[FAMILY_SUMMARY] = { "quantile", "", { "_sum", "_count" } },
	[FAMILY_INFO] = { NULL, NULL, { "_info", NULL } },
};

/* The value of the label ${name}; of length 0 if there is none. */
static struct wal_text
value_of(const struct wal_label *labels, size_t len, const char *name)
{
	struct wal_text wanted = { name, strlen(name) };
	size_t i;

	for (i = 0; i < len; i++)
		if (same_text(labels[i].name, wanted))
			return labels[i].value;
	return (struct wal_text){ "", 0 };
}

/* Take ${suffix} off the end of ${name}, if that leaves anything of it. */
static bool
cut(struct wal_text *name, const char *suffix)
{
	size_t len = strlen(suffix);

	if (name->len <= len ||
	    memcmp(name->data + name->len - len, suffix, len) != 0)
		return false;
	name->len -= len;
	return true;
}

struct wal_text
families_name(enum family_type type, const struct wal_label *labels, size_t len)
{
	struct wal_text name = value_of(labels, len, "__name__");
	const struct suffixes *known;
	unsigned int i;

	if (type >= FAMILY_TYPES)
		return name;
	known = &suffixes[type];
	if (known->mark != NULL && value_of(labels, len, known->mark).len > 0) {
		(void)cut(&name, known->marked);
		return name;
	}
	for (i = 0; i < 2 && known->others[i] != NULL; i++)
		if (cut(&name, known->others[i]))
			break;
	return name;
}
