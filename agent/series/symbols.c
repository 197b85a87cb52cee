/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/series/symbols.h"
#include "agent/series/table.h"

#define IDS_FIRST 1024u /* Numbers to make room for first. */

struct symbol {
	uint32_t refs;
	uint32_t hash;
	uint32_t id;
	uint32_t len; /* Bytes; a record is never as long as 4 GiB. */
	char data[];
};

struct symbols {
	struct table table;    /* Of struct symbol. */
	struct symbol **by_id; /* by_id[0] is never used. */
	uint32_t *unused;      /* Numbers given back, the last first. */
	uint32_t unused_len;
	uint32_t top; /* Numbers from here on were never given. */
	uint32_t cap; /* Of by_id and unused. */
	uint64_t seed;
};

struct symbols *
symbols_new(void)
{
	struct symbols *symbols;

	if ((symbols = calloc(1, sizeof(*symbols))) == NULL)
		return NULL;
	symbols->seed = hash_seed();
	symbols->top = SYMBOL_NONE + 1;
	return symbols;
}

void
symbols_free(struct symbols *symbols)
{
	uint32_t id;

	if (symbols == NULL)
		return;
	for (id = 0; id < symbols->top && id < symbols->cap; id++)
		free(symbols->by_id[id]);
	table_release(&symbols->table);
	free(symbols->by_id);
	free(symbols->unused);
	free(symbols);
}

/* Have a number that no symbol has. */
static int
reserve_id(struct symbols *symbols)
{
	uint32_t cap = symbols->cap == 0 ? IDS_FIRST : 2 * symbols->cap;
	struct symbol **by_id;
	uint32_t *unused;

	if (symbols->unused_len > 0 || symbols->top < symbols->cap)
		return 0;
	if (cap < symbols->cap)
		return -1;
	if ((by_id = reallocarray(symbols->by_id, cap, sizeof(*by_id))) == NULL)
		return -1;
	memset(by_id + symbols->cap, 0, (cap - symbols->cap) * sizeof(*by_id));
	symbols->by_id = by_id;
	if ((unused = reallocarray(symbols->unused, cap, sizeof(*unused))) ==
	    NULL)
		return -1;
	symbols->unused = unused;
	symbols->cap = cap;
	return 0;
}

static bool
alike(const void *entry, const void *key)
{
	const struct symbol *symbol = entry;
	const struct wal_text *text = key;

	return symbol->len == text->len &&
	    memcmp(symbol->data, text->data, text->len) == 0;
}

static struct symbol *
add(struct symbols *symbols, uint32_t hash, struct wal_text text)
{
	struct symbol *symbol;

	if (text.len > UINT32_MAX || reserve_id(symbols) != 0 ||
	    (symbol = malloc(sizeof(*symbol) + text.len)) == NULL)
		return NULL;
	if (table_add(&symbols->table, hash, symbol) != 0) {
		free(symbol);
		return NULL;
	}
	symbol->refs = 0;
	symbol->hash = hash;
	symbol->id = symbols->unused_len > 0
	    ? symbols->unused[--symbols->unused_len]
	    : symbols->top++;
	symbol->len = (uint32_t)text.len;
	memcpy(symbol->data, text.data, text.len);
	symbols->by_id[symbol->id] = symbol;
	return symbol;
}

uint32_t
symbols_take(struct symbols *symbols, struct wal_text text)
{
	uint32_t hash = hash_bytes(symbols->seed, text.data, text.len);
	struct symbol *symbol;

	symbol = table_find(&symbols->table, hash, alike, &text);
	if (symbol == NULL && (symbol = add(symbols, hash, text)) == NULL)
		return SYMBOL_NONE;
	symbol->refs++;
	return symbol->id;
}

void
symbols_drop(struct symbols *symbols, uint32_t id)
{
	struct symbol *symbol = symbols->by_id[id];

	if (--symbol->refs > 0)
		return;
	table_remove(&symbols->table, symbol->hash, symbol);
	symbols->by_id[id] = NULL;
	symbols->unused[symbols->unused_len++] = id;
	free(symbol);
}

struct wal_text
symbols_text(const struct symbols *symbols, uint32_t id)
{
	const struct symbol *symbol = symbols->by_id[id];

	return (struct wal_text){ symbol->data, symbol->len };
}

size_t
symbols_count(const struct symbols *symbols)
{
	return symbols->table.len;
}
