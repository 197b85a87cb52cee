/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "agent/base/buf.h"
#include "agent/config/tree.h"

struct reading {
	yaml_parser_t yaml;
	yaml_event_t event; /* The one being looked at. */
	const char *text;
	size_t len;
	struct fault_list *faults;
	size_t nodes;
	size_t depth;
};

/* A fault where the event begins. */
static void
event_fault(struct reading *r, const char *message)
{
	fault_add(r->faults, r->event.start_mark.line + 1,
	    r->event.start_mark.column + 1, "%s", message);
}

/* A fault at byte ${offset} of the text. */
static void
offset_fault(struct reading *r, size_t offset, const char *message)
{
	size_t line = 1, column = 1, i;

	for (i = 0; i < offset && i < r->len; i++) {
		if (r->text[i] == '\n') {
			line++;
			column = 1;
		} else if (((uint8_t)r->text[i] & 0xc0) != 0x80) {
			column++;
		}
	}
	fault_add(r->faults, line, column, "%s", message);
}

/* libyaml gives the place of a wrong byte as an offset only. */
static void
encoding_fault(struct reading *r)
{
	char message[FAULT_TEXT_MAX];

	(void)snprintf(message, sizeof(message),
	    "not text: %s; write plain UTF-8", r->yaml.problem);
	offset_fault(r, r->yaml.problem_offset, message);
}

/*
 * Refuse %TAG before libyaml sees it, which compares each with all others: a
 * file full of them would take it seconds.  It begins a line, and YAML has
 * line breaks that are not ASCII.
 */
static int
check_directives(struct reading *r)
{
	static const char tag[] = "%TAG";
	const char *at = r->text, *end = r->text + r->len;

	for (; (at = memmem(at, (size_t)(end - at), tag, 4)) != NULL; at++) {
		if (at > r->text && at[-1] != '\n' && at[-1] != '\r' &&
		    (at[-1] & 0x80) == 0)
			continue;
		offset_fault(r, (size_t)(at - r->text),
		    "tag directives are not supported; remove the line");
		return -1;
	}
	return 0;
}

/* Whether character ${index} of the text, from 0, is a tab. */
static bool
is_tab(const struct reading *r, size_t index)
{
	size_t i;

	for (i = 0; i < r->len; i++) {
		if (((uint8_t)r->text[i] & 0xc0) == 0x80)
			continue;
		if (index-- == 0)
			return r->text[i] == '\t';
	}
	return false;
}

/* What libyaml says of the syntax, and where. */
static void
syntax_fault(struct reading *r)
{
	const yaml_parser_t *yaml = &r->yaml;
	const yaml_mark_t *at = &yaml->problem_mark;

	if (yaml->error == YAML_MEMORY_ERROR)
		r->faults->nomem = true;
	else if (yaml->error == YAML_READER_ERROR)
		encoding_fault(r);
	else if (is_tab(r, at->index))
		fault_add(r->faults, at->line + 1, at->column + 1,
		    "not YAML: a tab; indent with spaces");
	else
		fault_add(r->faults, at->line + 1, at->column + 1,
		    "not YAML: %s%s%s",
		    yaml->problem != NULL ? yaml->problem : "unreadable",
		    yaml->context != NULL ? ", " : "",
		    yaml->context != NULL ? yaml->context : "");
}

/* Go on to the next event. */
static int
next_event(struct reading *r)
{
	yaml_event_delete(&r->event);
	if (yaml_parser_parse(&r->yaml, &r->event))
		return 0;
	syntax_fault(r);
	return -1;
}

static struct tree_node *
node_new(struct reading *r, enum tree_kind kind, const char *text, size_t len)
{
	struct tree_node *node;

	if (++r->nodes > TREE_NODES_MAX) {
		event_fault(r, "more than any configuration needs; shorten it");
		return NULL;
	}
	if ((node = calloc(1, sizeof(*node) + len + 1)) == NULL) {
		r->faults->nomem = true;
		return NULL;
	}
	node->kind = kind;
	node->line = r->event.start_mark.line + 1;
	node->column = r->event.start_mark.column + 1;
	memcpy(node->text, text, len);
	return node;
}

/* What YAML 1.1 takes for nothing. */
static bool
is_null(const char *text)
{
	return *text == '\0' || strcmp(text, "~") == 0 ||
	    strcmp(text, "null") == 0 || strcmp(text, "Null") == 0 ||
	    strcmp(text, "NULL") == 0;
}

static struct tree_node *
read_scalar(struct reading *r)
{
	const char *text = (const char *)r->event.data.scalar.value;
	size_t len = r->event.data.scalar.length;
	struct tree_node *node;

	if ((node = node_new(r, TREE_SCALAR, text, len)) == NULL)
		return NULL;
	node->plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	if (strlen(node->text) != len) {
		event_fault(r, "a NUL character; remove it");
		node->kind = TREE_BROKEN;
	} else if (node->plain && is_null(text)) {
		node->kind = TREE_NULL;
		node->text[0] = '\0';
	}
	return node;
}

/* Anchors and tags change what a value is: refused where they stand. */
static void
check_properties(
    struct reading *r, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor != NULL)
		event_fault(r,
		    "anchors (&) are not supported; "
		    "write the value where it is needed");
	if (tag != NULL)
		event_fault(r,
		    "tags (!) are not supported; "
		    "remove it, and quote what must be text");
}

static struct tree_node *read_node(struct reading *r);

static struct tree_node *
read_list(struct reading *r)
{
	struct tree_node *list, **tail;

	if ((list = node_new(r, TREE_LIST, "", 0)) == NULL)
		return NULL;
	tail = &list->first;
	for (;;) {
		if (next_event(r) != 0)
			goto fail;
		if (r->event.type == YAML_SEQUENCE_END_EVENT)
			return list;
		if ((*tail = read_node(r)) == NULL)
			goto fail;
		tail = &(*tail)->next;
	}
fail:
	tree_free(list);
	return NULL;
}

/* Keys are words of their own; what is not, or was there before, is left. */
static bool
key_usable(struct reading *r, const struct tree_node *mapping,
    const struct tree_node *key)
{
	const struct tree_node *twin;
	const char *what = NULL;

	if (key->kind == TREE_BROKEN)
		return false;
	if (key->kind != TREE_SCALAR)
		what = "a key must be a word";
	else if (key->plain && strcmp(key->text, "<<") == 0)
		what = "merge keys (<<) are not supported; write the keys out";
	if (what != NULL) {
		fault_add(r->faults, key->line, key->column, "%s", what);
		return false;
	}
	if ((twin = tree_find(mapping, key->text)) == NULL)
		return true;
	fault_add(r->faults, key->line, key->column,
	    "the same key as in line %zu; keep one of the two",
	    twin->key->line);
	return false;
}

static struct tree_node *
read_mapping(struct reading *r)
{
	struct tree_node *mapping, *key = NULL, *value, **tail;
	size_t keys = 0;

	if ((mapping = node_new(r, TREE_MAPPING, "", 0)) == NULL)
		return NULL;
	tail = &mapping->first;
	for (;;) {
		if (next_event(r) != 0)
			goto fail;
		if (r->event.type == YAML_MAPPING_END_EVENT)
			return mapping;
		if (++keys > TREE_KEYS_MAX) {
			event_fault(r, "too many keys; shorten it");
			goto fail;
		}
		if ((key = read_node(r)) == NULL || next_event(r) != 0 ||
		    (value = read_node(r)) == NULL)
			goto fail;
		value->key = key;
		if (key_usable(r, mapping, key)) {
			*tail = value;
			tail = &value->next;
		} else {
			tree_free(value);
		}
		key = NULL; /* The value owns it, or it is gone. */
	}
fail:
	tree_free(key);
	tree_free(mapping);
	return NULL;
}

/* The list or mapping that begins here, if it is not too deep. */
static struct tree_node *
read_nested(struct reading *r)
{
	struct tree_node *node;

	if (r->depth == TREE_DEPTH_MAX) {
		event_fault(r, "nested too deeply; flatten it");
		return NULL;
	}
	r->depth++;
	if (r->event.type == YAML_SEQUENCE_START_EVENT)
		node = read_list(r);
	else
		node = read_mapping(r);
	r->depth--;
	return node;
}

/* The node that begins with the event; then the event is its last. */
static struct tree_node *
read_node(struct reading *r)
{
	const yaml_event_t *event = &r->event;

	switch (event->type) {
	case YAML_SCALAR_EVENT:
		check_properties(
		    r, event->data.scalar.anchor, event->data.scalar.tag);
		return read_scalar(r);
	case YAML_SEQUENCE_START_EVENT:
		check_properties(r, event->data.sequence_start.anchor,
		    event->data.sequence_start.tag);
		return read_nested(r);
	case YAML_MAPPING_START_EVENT:
		check_properties(r, event->data.mapping_start.anchor,
		    event->data.mapping_start.tag);
		return read_nested(r);
	default: /* All that is left in a document is an alias. */
		event_fault(r,
		    "aliases (*) are not supported; "
		    "write the value out, or quote it");
		return node_new(r, TREE_BROKEN, "", 0);
	}
}

/* The whole stream: nothing, or one document. */
static struct tree_node *
read_stream(struct reading *r)
{
	struct tree_node *root = NULL;

	if (next_event(r) != 0 || next_event(r) != 0)
		return NULL; /* Past the start of the stream. */
	if (r->event.type == YAML_STREAM_END_EVENT) {
		if ((root = node_new(r, TREE_NULL, "", 0)) != NULL)
			root->line = root->column = 1;
		return root;
	}
	if (next_event(r) != 0 || (root = read_node(r)) == NULL)
		return NULL;
	if (next_event(r) != 0 || next_event(r) != 0)
		goto fail; /* Past the end of the document. */
	if (r->event.type != YAML_STREAM_END_EVENT)
		event_fault(r,
		    "a second document; "
		    "remove it: one file is one configuration");
	return root;
fail:
	tree_free(root);
	return NULL;
}

struct tree_node *
tree_parse(const char *text, size_t len, struct fault_list *faults)
{
	struct reading r = { .text = text, .len = len, .faults = faults };
	struct tree_node *root;

	if (check_directives(&r) != 0)
		return NULL;
	if (!yaml_parser_initialize(&r.yaml)) {
		faults->nomem = true;
		return NULL;
	}
	yaml_parser_set_encoding(&r.yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.yaml, (const unsigned char *)text, len);
	root = read_stream(&r);
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.yaml);
	return root;
}

const struct tree_node *
tree_find(const struct tree_node *mapping, const char *key)
{
	const struct tree_node *node;

	for (node = mapping->first; node != NULL; node = node->next)
		if (node->key != NULL && strcmp(node->key->text, key) == 0)
			return node;
	return NULL;
}

/* The key of ${mapping} that comes next after ${last}; NULL: none does. */
static const struct tree_node *
key_after(const struct tree_node *mapping, const struct tree_node *last)
{
	const struct tree_node *node, *next = NULL;

	for (node = mapping->first; node != NULL; node = node->next)
		if ((last == NULL ||
			strcmp(node->key->text, last->key->text) > 0) &&
		    (next == NULL ||
			strcmp(node->key->text, next->key->text) < 0))
			next = node;
	return next;
}

static bool
is_in(const char *const list[], const char *word)
{
	for (; list != NULL && *list != NULL; list++)
		if (strcmp(*list, word) == 0)
			return true;
	return false;
}

/* A text with its length before it: so nothing in it can end it. */
static void
put_scalar(const struct tree_node *node, struct buf *out)
{
	buf_printf(out, "%c%zu:", node->plain ? 'p' : 'q', strlen(node->text));
	buf_puts(out, node->text);
}

static void
put_node(
    const struct tree_node *node, const char *const except[], struct buf *out)
{
	const struct tree_node *child = NULL;

	switch (node->kind) {
	case TREE_SCALAR:
		put_scalar(node, out);
		break;
	case TREE_LIST:
		buf_putc(out, '[');
		for (child = node->first; child != NULL; child = child->next)
			put_node(child, NULL, out);
		buf_putc(out, ']');
		break;
	case TREE_MAPPING:
		buf_putc(out, '{');
		while ((child = key_after(node, child)) != NULL) {
			if (is_in(except, child->key->text))
				continue;
			put_scalar(child->key, out);
			put_node(child, NULL, out);
		}
		buf_putc(out, '}');
		break;
	case TREE_NULL:
	case TREE_BROKEN:
		buf_putc(out, '~');
		break;
	}
}

char *
tree_text(const struct tree_node *node, const char *const except[])
{
	char *text = NULL;
	struct buf out;

	buf_secret(&out, TREE_TEXT_MAX);
	put_node(node, except, &out);
	if (!out.bad)
		text = strdup(buf_text(&out));
	buf_release(&out);
	return text;
}

void
tree_free(struct tree_node *node)
{
	struct tree_node *next;

	for (; node != NULL; node = next) {
		next = node->next;
		tree_free(node->key);
		tree_free(node->first);
		explicit_bzero(node->text, strlen(node->text));
		free(node);
	}
}
