/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/prometheus/document.h"

struct document {
	yaml_document_t yaml;
};

/* A walk through the pairs of a mapping. */
struct walk {
	struct document *document;
	document_pair_fn *pair;
	void *arg;
	unsigned int steps; /* So far. */
};

/* Whether ${word} is in the text more than ${max} times. */
static bool
is_beyond(const char *text, size_t len, const char *word, unsigned int max)
{
	const char *end = text + len;
	unsigned int count = 0;

	while (text < end &&
	    (text = memmem(text, (size_t)(end - text), word, strlen(word))) !=
		NULL) {
		if (++count > max)
			return true;
		text++;
	}
	return false;
}

/* By how much ${type} changes how deep it is. */
static int
step_of(yaml_event_type_t type)
{
	switch (type) {
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return 1;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return -1;
	default:
		return 0;
	}
}

/* What is too much about the YAML of the text; NULL: nothing is. */
static const char *
excess_of(const char *text, size_t len)
{
	unsigned int events = 0;
	bool ended = false;
	yaml_parser_t parser;
	yaml_event_t event;
	int depth = 0;

	if (!yaml_parser_initialize(&parser))
		return NULL;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	/* What is not YAML is told of by who loads it. */
	while (!ended && depth <= DOCUMENT_DEPTH_MAX &&
	    events <= DOCUMENT_EVENTS_MAX &&
	    yaml_parser_parse(&parser, &event)) {
		events++;
		depth += step_of(event.type);
		ended = event.type == YAML_DOCUMENT_END_EVENT ||
		    event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	if (depth > DOCUMENT_DEPTH_MAX)
		return "too many lists within each other";
	if (events > DOCUMENT_EVENTS_MAX)
		return "more values than walship reads; have targets in files "
		       "of file_sd_configs, or scrape configurations in "
		       "scrape_config_files";
	return NULL;
}

/* Append why libyaml could not go on. */
static void
put_problem(const yaml_parser_t *parser, struct buf *why)
{
	if (parser->error == YAML_MEMORY_ERROR)
		buf_puts(why, "1:1: out of memory");
	else
		buf_printf(why, "%zu:%zu: not YAML: %s",
		    parser->problem_mark.line + 1,
		    parser->problem_mark.column + 1,
		    parser->problem != NULL ? parser->problem : "unreadable");
}

struct document *
document_parse(const char *text, size_t len, struct buf *why)
{
	struct document *document;
	yaml_parser_t parser;
	const char *excess;
	bool loaded;

	if (len > DOCUMENT_MAX ||
	    is_beyond(text, len, "&", DOCUMENT_ANCHORS_MAX) ||
	    is_beyond(text, len, "%TAG", DOCUMENT_TAGS_MAX)) {
		buf_puts(why, "1:1: too large, or too many anchors");
		return NULL;
	}
	if ((excess = excess_of(text, len)) != NULL) {
		buf_printf(why, "1:1: %s", excess);
		return NULL;
	}
	document = calloc(1, sizeof(*document));
	if (document == NULL || !yaml_parser_initialize(&parser)) {
		buf_puts(why, "1:1: out of memory");
		free(document);
		return NULL;
	}
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	loaded = yaml_parser_load(&parser, &document->yaml) != 0;
	if (!loaded)
		put_problem(&parser, why);
	else if (document_root(document) == NULL)
		buf_puts(why, "1:1: empty");
	yaml_parser_delete(&parser);
	if (loaded && document_root(document) != NULL)
		return document;
	if (loaded)
		yaml_document_delete(&document->yaml);
	free(document);
	return NULL;
}

void
document_free(struct document *document)
{
	if (document == NULL)
		return;
	yaml_document_delete(&document->yaml);
	free(document);
}

const yaml_node_t *
document_root(struct document *document)
{
	return yaml_document_get_root_node(&document->yaml);
}

const yaml_node_t *
document_node(struct document *document, int item)
{
	return yaml_document_get_node(&document->yaml, item);
}

/* Whether ${node} is the plain scalar ${word}. */
static bool
is_plain(const yaml_node_t *node, const char *word)
{
	return node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    strcmp((const char *)node->data.scalar.value, word) == 0;
}

const char *
document_text(const yaml_node_t *node)
{
	static const char *const nulls[] = { "~", "null", "Null", "NULL" };
	const char *text;
	size_t i;

	if (node == NULL || node->type != YAML_SCALAR_NODE)
		return NULL;
	for (i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		if (is_plain(node, nulls[i]))
			return "";
	text = (const char *)node->data.scalar.value;
	return strlen(text) == node->data.scalar.length ? text : NULL;
}

static bool
is_merge(const yaml_node_t *key)
{
	return key->type == YAML_SCALAR_NODE && is_plain(key, "<<");
}

static int walk_mapping(struct walk *walk, const yaml_node_t *mapping);

/* Walk through ${node}, which is merged: a mapping, or a list of them. */
static int
walk_merged(struct walk *walk, const yaml_node_t *node)
{
	const yaml_node_item_t *item;
	const yaml_node_t *member;
	int result = 0;

	if (node->type == YAML_MAPPING_NODE)
		return walk_mapping(walk, node);
	if (node->type != YAML_SEQUENCE_NODE)
		return 0;
	for (item = node->data.sequence.items.start;
	     result == 0 && item < node->data.sequence.items.top; item++) {
		member = document_node(walk->document, *item);
		if (member->type == YAML_MAPPING_NODE)
			result = walk_mapping(walk, member);
	}
	return result;
}

static int
walk_mapping(struct walk *walk, const yaml_node_t *mapping)
{
	const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
	const yaml_node_pair_t *top = mapping->data.mapping.pairs.top;
	const yaml_node_t *key;
	int result = 0;

	if (++walk->steps > DOCUMENT_STEPS_MAX)
		return -1;
	for (; result == 0 && pair < top; pair++) {
		if (++walk->steps > DOCUMENT_STEPS_MAX)
			return -1;
		key = document_node(walk->document, pair->key);
		if (!is_merge(key))
			result = walk->pair(walk->arg, key,
			    document_node(walk->document, pair->value));
	}
	for (pair = mapping->data.mapping.pairs.start;
	     result == 0 && pair < top; pair++)
		if (is_merge(document_node(walk->document, pair->key)))
			result = walk_merged(
			    walk, document_node(walk->document, pair->value));
	return result;
}

int
document_pairs(struct document *document, const yaml_node_t *mapping,
    document_pair_fn *pair, void *arg)
{
	struct walk walk = { .document = document, .pair = pair, .arg = arg };

	if (mapping == NULL || mapping->type != YAML_MAPPING_NODE)
		return 0;
	return walk_mapping(&walk, mapping);
}

/* What is looked for. */
struct search {
	const char *key;
	const yaml_node_t *found;
};

static int
look(void *arg, const yaml_node_t *key, const yaml_node_t *value)
{
	struct search *search = arg;

	if (key->type != YAML_SCALAR_NODE ||
	    strcmp((const char *)key->data.scalar.value, search->key) != 0)
		return 0;
	search->found = value;
	return 1;
}

const yaml_node_t *
document_find(
    struct document *document, const yaml_node_t *mapping, const char *key)
{
	struct search search = { .key = key };

	(void)document_pairs(document, mapping, look, &search);
	return search.found;
}
