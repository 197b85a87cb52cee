/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/series/symbols.h"
#include "agent/series/table.h"

#define IDS_FIRST 1024u /* Numbers to make room for first. */

struct symbol {
	struct table_entry in_table;
	uint32_t refs;
	uint32_t id;
	uint32_t len; /* Bytes; a record is never as long as 4 GiB. */
	char data[];
};

struct symbols {
	struct table table; /* Of struct symbol. */
	uint32_t *by_id;    /* Pieces of the table; by_id[0] is never used.  In
			       place of a number given back: the one that was
			       given back before it, or SYMBOL_NONE. */
	uint32_t unused;    /* The last number given back, or SYMBOL_NONE. */
	uint32_t top;       /* Numbers from here on were never given. */
	uint32_t cap;       /* Of by_id. */
	uint64_t seed;
};

struct symbols *
symbols_new(void)
{
	struct symbols *symbols;

	if ((symbols = calloc(1, sizeof(*symbols))) == NULL)
		return NULL;
	symbols->table.spread = 1;
	symbols->seed = hash_seed();
	symbols->top = SYMBOL_NONE + 1;
	return symbols;
}

void
symbols_free(struct symbols *symbols)
{
	if (symbols == NULL)
		return;
	table_release(&symbols->table);
	free(symbols->by_id);
	free(symbols);
}

/* Have a number that no symbol has. */
static int
reserve_id(struct symbols *symbols)
{
	uint32_t cap = symbols->cap == 0 ? IDS_FIRST : 2 * symbols->cap;
	uint32_t *by_id;

	if (symbols->unused != SYMBOL_NONE || symbols->top < symbols->cap)
		return 0;
	if (cap < symbols->cap)
		return -1;
	if ((by_id = reallocarray(symbols->by_id, cap, sizeof(*by_id))) == NULL)
		return -1;
	symbols->by_id = by_id;
	symbols->cap = cap;
	return 0;
}

/* A number that no symbol has, and that was reserved. */
static uint32_t
take_id(struct symbols *symbols)
{
	uint32_t id = symbols->unused;

	if (id == SYMBOL_NONE)
		return symbols->top++;
	symbols->unused = symbols->by_id[id];
	return id;
}

static struct symbol *
symbol_at(const struct symbols *symbols, uint32_t number)
{
	return table_at(&symbols->table, number);
}

static bool
alike(const void *entry, const void *key)
{
	const struct symbol *symbol = entry;
	const struct wal_text *text = key;

	return symbol->len == text->len &&
	    memcmp(symbol->data, text->data, text->len) == 0;
}

/* A new symbol; its piece of the table, or SLAB_NONE. */
static uint32_t
add(struct symbols *symbols, uint32_t hash, struct wal_text text)
{
	struct symbol *symbol;
	uint32_t number;

	if (text.len > UINT32_MAX || reserve_id(symbols) != 0)
		return SLAB_NONE;
	number = table_put(&symbols->table, hash, sizeof(*symbol) + text.len);
	if (number == SLAB_NONE)
		return SLAB_NONE;
	symbol = symbol_at(symbols, number);
	symbol->refs = 0;
	symbol->id = take_id(symbols);
	symbol->len = (uint32_t)text.len;
	memcpy(symbol->data, text.data, text.len);
	symbols->by_id[symbol->id] = number;
	return number;
}

uint32_t
symbols_take(struct symbols *symbols, struct wal_text text)
{
	uint32_t hash = hash_bytes(symbols->seed, text.data, text.len), number;
	struct symbol *symbol;

	number = table_find(&symbols->table, hash, alike, &text);
	if (number == SLAB_NONE &&
	    (number = add(symbols, hash, text)) == SLAB_NONE)
		return SYMBOL_NONE;
	symbol = symbol_at(symbols, number);
	symbol->refs++;
	return symbol->id;
}

void
symbols_drop(struct symbols *symbols, uint32_t id)
{
	uint32_t number = symbols->by_id[id];
	struct symbol *symbol = symbol_at(symbols, number);

	if (--symbol->refs > 0)
		return;
	symbols->by_id[id] = symbols->unused;
	symbols->unused = id;
	table_drop(&symbols->table, number, sizeof(*symbol) + symbol->len);
}

struct wal_text
symbols_text(const struct symbols *symbols, uint32_t id)
{
	const struct symbol *symbol = symbol_at(symbols, symbols->by_id[id]);

	return (struct wal_text){ symbol->data, symbol->len };
}

size_t
symbols_count(const struct symbols *symbols)
{
	return symbols->table.len;
}

size_t
symbols_bytes(const struct symbols *symbols)
{
	return table_bytes(&symbols->table) +
	    symbols->cap * sizeof(*symbols->by_id);
}
