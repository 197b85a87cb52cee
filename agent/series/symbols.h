/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/series/symbols.h - every label name and value, once.
 *
 * A symbol is a string with a small number for a name.  It lives as long as
 * someone holds a reference to it; then its number is given to another.
 */
#ifndef AGENT_SERIES_SYMBOLS_H
#define AGENT_SERIES_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "wal/bytes.h"

#define SYMBOL_NONE 0u /* No symbol has this number. */

struct symbols;

/* NULL if there is no memory. */
struct symbols *symbols_new(void);

/* Free all symbols, referred to or not.  Do nothing to NULL. */
void symbols_free(struct symbols *symbols);

/**
 * symbols_take(symbols, text):
 * The number of the symbol for ${text}, which is copied if it is new.  The
 * caller has one reference more to it.  SYMBOL_NONE if there is no memory.
 */
uint32_t symbols_take(struct symbols *symbols, struct wal_text text);

/* One reference fewer. */
void symbols_drop(struct symbols *symbols, uint32_t id);

/* The string of a symbol; valid as long as it is referred to. */
struct wal_text symbols_text(const struct symbols *symbols, uint32_t id);

/* How many bytes of memory they take. */
size_t symbols_bytes(const struct symbols *symbols);

/* How many there are. */
size_t symbols_count(const struct symbols *symbols);

#endif /* AGENT_SERIES_SYMBOLS_H */
