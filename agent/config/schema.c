/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/wipe.h"
#include "agent/config/nearest.h"
#include "agent/config/schema.h"
#include "agent/config/value.h"

#define PATH_TEXT_MAX 128 /* Bytes of "remote_write[0].queue_config". */

/* Write the way to ${at} into ${path}; return its length. */
static size_t
put_path(char path[PATH_TEXT_MAX], const struct schema_at *at)
{
	size_t len;
	int n;

	path[0] = '\0';
	if (at->up == NULL)
		return 0;
	len = put_path(path, at->up);
	if (at->key == NULL)
		n = snprintf(
		    path + len, PATH_TEXT_MAX - len, "[%zu]", at->index);
	else
		n = snprintf(path + len, PATH_TEXT_MAX - len, "%s%s",
		    len > 0 ? "." : "", fault_quote(at->key).text);
	if (n < 0 || (size_t)n >= PATH_TEXT_MAX - len)
		return PATH_TEXT_MAX - 1;
	return len + (size_t)n;
}

/* Add to ${list} a fault of ${at} at the place of ${node}. */
static void __attribute__((format(printf, 4, 0)))
fault_of(struct fault_list *list, const struct schema_at *at,
    const struct tree_node *node, const char *format, va_list args)
{
	char path[PATH_TEXT_MAX], text[FAULT_TEXT_MAX];

	(void)vsnprintf(text, sizeof(text), format, args);
	fault_add(list, node->line, node->column, "%s%s%s", path,
	    put_path(path, at) > 0 ? ": " : "", text);
}

void
schema_fault(const struct schema_at *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fault_of(at->faults, at, at->node, format, args);
	va_end(args);
}

/* Where the key of ${at} is, or the value if it has none. */
static const struct tree_node *
key_node(const struct schema_at *at)
{
	return at->node->key != NULL ? at->node->key : at->node;
}

void
schema_note_key(const struct schema_at *at, const char *format, ...)
{
	va_list args;

	if (at->faults->notes == NULL)
		return;
	va_start(args, format);
	fault_of(at->faults->notes, at, key_node(at), format, args);
	va_end(args);
}

void
schema_fault_key(const struct schema_at *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fault_of(at->faults, at, key_node(at), format, args);
	va_end(args);
}

struct schema_at
schema_child(const struct schema_at *at, const char *key)
{
	const struct tree_node *node = tree_find(at->node, key);

	return (struct schema_at){ .up = at,
		.key = key,
		.node = node != NULL ? node : at->node,
		.faults = at->faults };
}

void
schema_require(const struct schema_at *at, const char *key, const char *hint)
{
	const struct tree_node *node = tree_find(at->node, key);
	struct schema_at place = schema_child(at, key);

	if (node == NULL || node->kind == TREE_NULL)
		schema_fault_key(&place, "missing; %s", hint);
}

/*
 * Whether a word may be quoted.  With a forgotten space, "url:https://..." is
 * one word with a secret in it; a key has only letters, digits and "_".
 */
static bool
is_quotable(const char *word)
{
	return word[strspn(word,
		   "abcdefghijklmnopqrstuvwxyz"
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] == '\0' &&
	    strlen(word) <= NEAREST_WORD_MAX;
}

/* No such key in ${keys}: a fault, with the one that may be meant. */
static void
unknown_key(const struct schema_at *at, const struct tree_node *key,
    const struct schema_key *keys)
{
	const struct schema_at place = { .up = at->up,
		.key = at->key,
		.index = at->index,
		.node = key,
		.faults = at->faults };
	const struct schema_key *k, *best = NULL;
	size_t distance = SIZE_MAX, d;

	if (!is_quotable(key->text)) {
		schema_fault(&place,
		    "not a key; write a known one, "
		    "then ':' and a space");
		return;
	}
	for (k = keys; k->name != NULL; k++) {
		d = nearest_distance(key->text, k->name);
		if (d < distance && nearest_likely(key->text, k->name)) {
			distance = d;
			best = k;
		}
	}
	if (best != NULL)
		schema_fault(&place, "unknown key '%s'; did you mean '%s'?",
		    key->text, best->name);
	else
		schema_fault(&place, "unknown key '%s'; remove it", key->text);
}

bool
schema_is(const struct schema_at *at, enum tree_kind kind)
{
	static const char *const wanted[] = { [TREE_NULL] = "nothing",
		[TREE_SCALAR] = "a single value",
		[TREE_LIST] = "a list, each entry after '- '",
		[TREE_MAPPING] = "a mapping, as 'key: value'" };

	if (at->node->kind == kind)
		return true;
	if (at->node->kind != TREE_BROKEN)
		schema_fault(at, "must be %s", wanted[kind]);
	return false;
}

void
schema_mapping(
    const struct schema_at *at, const struct schema_key *keys, void *target)
{
	struct schema_at child = { .up = at, .faults = at->faults };
	const struct schema_key *k;
	const struct tree_node *node;
	void *field;

	if (!schema_is(at, TREE_MAPPING))
		return;
	for (node = at->node->first; node != NULL; node = node->next) {
		for (k = keys; k->name != NULL; k++)
			if (strcmp(k->name, node->key->text) == 0)
				break;
		if (k->name == NULL)
			unknown_key(at, node->key, keys);
		if (k->name == NULL || node->kind == TREE_NULL ||
		    node->kind == TREE_BROKEN)
			continue;
		child.key = k->name;
		child.node = node;
		field = target == NULL ? NULL : (char *)target + k->offset;
		if (k->keys != NULL)
			schema_mapping(&child, k->keys, field);
		else
			k->read(&child, field);
	}
}

int
schema_choice(const struct schema_at *at, const char *const words[])
{
	char list[PATH_TEXT_MAX] = "";
	size_t len = 0;
	int i;

	if (!schema_is(at, TREE_SCALAR))
		return -1;
	for (i = 0; words[i] != NULL; i++) {
		if (strcmp(at->node->text, words[i]) == 0)
			return i;
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s",
		    i == 0                     ? ""
			: words[i + 1] != NULL ? ", "
					       : " or ",
		    words[i]);
		if (len >= sizeof(list))
			len = sizeof(list) - 1;
	}
	schema_fault(at, "'%s' is not one of them; write %s",
	    fault_quote(at->node->text).text, list);
	return -1;
}

void
schema_text(const struct schema_at *at, void *target)
{
	char **text = target, *copy;

	if (!schema_is(at, TREE_SCALAR))
		return;
	if ((copy = strdup(at->node->text)) == NULL) {
		at->faults->nomem = true;
		return;
	}
	wipe_text(*text);
	*text = copy;
}

/* The value as a plain word to be parsed; NULL, with a fault, if not. */
static const char *
plain_word(const struct schema_at *at, const char *wanted)
{
	if (!schema_is(at, TREE_SCALAR))
		return NULL;
	if (at->node->plain)
		return at->node->text;
	schema_fault(at, "text in quotes; write %s without them", wanted);
	return NULL;
}

void
schema_bool(const struct schema_at *at, void *target)
{
	const char *word = plain_word(at, "true or false");

	if (word != NULL && value_bool(word, target) != 0)
		schema_fault(at, "'%s' is neither; write true or false",
		    fault_quote(word).text);
}

/* A number of at least ${least}. */
static void
read_number(const struct schema_at *at, uint32_t least, uint32_t *target)
{
	const char *word = plain_word(at, "a whole number");
	uint32_t number;

	if (word == NULL)
		return;
	if (value_u32(word, &number) != 0 || number < least)
		schema_fault(at,
		    "'%s' will not do; write a whole number "
		    "from %u to %u",
		    fault_quote(word).text, least, UINT32_MAX);
	else
		*target = number;
}

void
schema_count(const struct schema_at *at, void *target)
{
	read_number(at, 1, target);
}

void
schema_ceiling(const struct schema_at *at, void *target)
{
	read_number(at, 0, target);
}

void
schema_size(const struct schema_at *at, void *target)
{
	if (schema_is(at, TREE_SCALAR) &&
	    value_size(at->node->text, target) != 0)
		schema_fault(at,
		    "'%s' is no size; write a number and a unit, as 512MiB or "
		    "10GiB, or 0 for no limit",
		    fault_quote(at->node->text).text);
}

void
schema_ignore_count(const struct schema_at *at, void *target)
{
	uint32_t ignored;

	(void)target;
	read_number(at, 1, &ignored);
	schema_note_key(at, "has no effect here; it can be removed");
}

void
schema_ignore_bool(const struct schema_at *at, void *target)
{
	bool on = false;

	(void)target;
	schema_bool(at, &on);
	if (on)
		schema_note_key(at, "has no effect here; it can be removed");
}

void
schema_limit(const struct schema_at *at, void *target)
{
	uint64_t usec;

	if (!schema_is(at, TREE_SCALAR))
		return;
	if (value_duration(at->node->text, &usec) != 0)
		schema_fault(at,
		    "'%s' is no duration; write numbers with "
		    "units, as 500ms, 30s, 5m or 1h30m",
		    fault_quote(at->node->text).text);
	else
		*(uint64_t *)target = usec;
}

void
schema_duration(const struct schema_at *at, void *target)
{
	uint64_t usec = UINT64_MAX;

	schema_limit(at, &usec);
	if (usec == 0)
		schema_fault(at, "must be above 0, as 30s");
	else if (usec != UINT64_MAX)
		*(uint64_t *)target = usec;
}

void
schema_refuse(const struct schema_at *at, void *target)
{
	(void)target;
	schema_fault_key(at, "not supported by this version; remove it");
}

void
schema_refuse_text(const struct schema_at *at, void *target)
{
	if (at->node->kind != TREE_SCALAR || at->node->text[0] != '\0')
		schema_refuse(at, target);
}

void
schema_refuse_nonzero(const struct schema_at *at, void *target)
{
	uint64_t usec;

	if (at->node->kind != TREE_SCALAR ||
	    value_duration(at->node->text, &usec) != 0 || usec != 0)
		schema_refuse(at, target);
}
