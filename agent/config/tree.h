/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/tree.h - a YAML document as a small tree that knows its places.
 *
 * The part of YAML that configurations are written in: scalars, lists and
 * mappings, in either style.  Anchors, aliases, merge keys, tags and further
 * documents are faults, so nothing in a file can stand for more than it is;
 * depth, nodes and the width of a mapping have ceilings.  All text is UTF-8
 * without a NUL.
 */
#ifndef AGENT_CONFIG_TREE_H
#define AGENT_CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/config/fault.h"

#define TREE_DEPTH_MAX 32u       /* Lists and mappings within each other. */
#define TREE_NODES_MAX 32768u    /* Nodes, keys included. */
#define TREE_KEYS_MAX 512u       /* Keys of one mapping. */
#define TREE_TEXT_MAX (8u << 20) /* Bytes of tree_text: no tree has more. */

enum tree_kind {
	TREE_NULL,   /* Nothing, "~" or "null". */
	TREE_SCALAR, /* See text. */
	TREE_LIST,
	TREE_MAPPING,
	TREE_BROKEN, /* Of which a fault has been reported. */
};

struct tree_node {
	enum tree_kind kind;
	bool plain;              /* A scalar without quotes. */
	size_t line, column;     /* Where it begins, from 1; in characters. */
	struct tree_node *key;   /* In a mapping: a scalar; else NULL. */
	struct tree_node *first; /* Of a list's entries or mapping's values. */
	struct tree_node *next;  /* In the same list or mapping. */
	char text[];             /* Of a scalar; else "". */
};

/**
 * tree_parse(text, len, faults):
 * Return the root of the only document in the ${len} bytes at ${text}, a null
 * node if there is none; or NULL, with a fault, if it cannot be read on to its
 * end.  There may be faults with a tree, too.
 */
struct tree_node *tree_parse(
    const char *text, size_t len, struct fault_list *faults);

/* The value of ${key} in ${mapping}, or NULL. */
const struct tree_node *tree_find(
    const struct tree_node *mapping, const char *key);

/**
 * tree_text(node, except):
 * What ${node} says, but for those of its own keys that are in ${except}, a
 * list that ends with NULL, or NULL for none: of two nodes the texts are equal
 * exactly if they say the same.  Order of keys, comments and style of writing
 * make no difference; quotes do, as they can to the meaning.  To be freed;
 * NULL if there is no memory.  It may hold secrets: for wipe_text.
 */
char *tree_text(const struct tree_node *node, const char *const except[]);

/* Wipe and free ${node} and all below.  Do nothing to NULL. */
void tree_free(struct tree_node *node);

#endif /* AGENT_CONFIG_TREE_H */
