/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/schema.h - mappings read by tables of their keys.
 *
 * A table names every key that a mapping can have, what reads its value, and
 * where in the struct the value goes.  A key that is in no table is a fault,
 * and so is one that is known but not in this version: by schema_refuse and
 * its sisters.  A key without a value is as if it were not there.
 */
#ifndef AGENT_CONFIG_SCHEMA_H
#define AGENT_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/config/fault.h"
#include "agent/config/tree.h"

/* A value and its way from the root, on the stacks of those who read it. */
struct schema_at {
	const struct schema_at *up; /* NULL at the root. */
	const char *key;            /* NULL: an entry of a list. */
	size_t index;               /* Of an entry, from 0. */
	const struct tree_node *node;
	struct fault_list *faults;
};

/* Read the value at ${at}, neither null nor broken, into ${target}. */
typedef void schema_read_fn(const struct schema_at *at, void *target);

struct schema_key {
	const char *name; /* NULL ends the table. */
	schema_read_fn *read;
	const struct schema_key *keys; /* Instead: a mapping by this table. */
	size_t offset; /* Of the target in the struct being filled. */
};

/* Read the mapping at ${at} into the struct at ${target} by ${keys}. */
void schema_mapping(
    const struct schema_at *at, const struct schema_key *keys, void *target);

/* Add a fault "a.b[0].c: message" where the value, or its key, begins. */
void schema_fault(const struct schema_at *at, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void schema_fault_key(const struct schema_at *at, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Say the same, but as what is no fault. */
void schema_note_key(const struct schema_at *at, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The value of ${key} in the mapping at ${at}; if it has none, its place. */
struct schema_at schema_child(const struct schema_at *at, const char *key);

/* Add a fault if the mapping at ${at} lacks ${key}: "missing; ${hint}". */
void schema_require(
    const struct schema_at *at, const char *key, const char *hint);

/* Whether ${at} is of ${kind}; a fault if not. */
bool schema_is(const struct schema_at *at, enum tree_kind kind);

/* The place of the value's word in ${words}, ended by NULL; -1 and a fault. */
int schema_choice(const struct schema_at *at, const char *const words[]);

/* Readers of values: into a char * to be freed, replacing what it was, ... */
schema_read_fn schema_text;
schema_read_fn schema_bool;     /* a bool */
schema_read_fn schema_count;    /* a uint32_t above 0 */
schema_read_fn schema_duration; /* a uint64_t of microseconds above 0 */
schema_read_fn schema_limit;    /* the same, or 0 for none */
schema_read_fn schema_ceiling;  /* a uint32_t; 0 for none */
schema_read_fn schema_size;     /* a uint64_t of bytes; 0 for none */

/* Readers of what has no effect here, but must still be right; it is noted. */
schema_read_fn schema_ignore_count; /* A number from 1. */
schema_read_fn schema_ignore_bool;  /* A bool; noted if it is true. */

/* Readers of what is not in this version, but for ... */
schema_read_fn schema_refuse;         /* ... nothing at all. */
schema_read_fn schema_refuse_text;    /* ... the empty text. */
schema_read_fn schema_refuse_nonzero; /* ... 0, as a number or duration. */

#endif /* AGENT_CONFIG_SCHEMA_H */
