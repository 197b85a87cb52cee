/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "agent/config/input.h"
#include "agent/prometheus/settings.h"

struct settings {
	struct document *document;
	const yaml_node_t *labels;  /* A mapping, or NULL: there are none. */
	const yaml_node_t *remotes; /* A list, or NULL. */
};

/* A walk through the labels. */
struct labels {
	settings_label_fn *label;
	void *arg;
	bool odd; /* One is not a text with a text. */
};

static int
ignore(void *arg, const char *name, const char *text)
{
	(void)arg;
	(void)name;
	(void)text;
	return 0;
}

static int
take_label(void *arg, const yaml_node_t *key, const yaml_node_t *value)
{
	const char *name = document_text(key), *text = document_text(value);
	struct labels *labels = arg;

	if (name != NULL && text != NULL)
		return labels->label(labels->arg, name, text);
	labels->odd = true;
	return 1;
}

/* What ${node} is, if it is of ${type}; NULL if it is nothing or null.  Anything
 * else is wrong. */
static const yaml_node_t *
expect(const yaml_node_t *node, yaml_node_type_t type, bool *wrong)
{
	const char *text = document_text(node);

	if (node == NULL || (text != NULL && *text == '\0'))
		return NULL;
	if (node->type == type)
		return node;
	*wrong = true;
	return NULL;
}

/* Find what is looked at; what is wrong, or NULL. */
static const char *
find_parts(struct settings *settings)
{
	struct document *document = settings->document;
	const yaml_node_t *root = document_root(document), *global;
	struct labels labels = { .label = ignore };
	bool wrong = false;

	if (root->type != YAML_MAPPING_NODE)
		return "not a configuration of Prometheus, which has keys";
	global = expect(
	    document_find(document, root, "global"), YAML_MAPPING_NODE, &wrong);
	settings->labels =
	    expect(document_find(document, global, "external_labels"),
		YAML_MAPPING_NODE, &wrong);
	if (wrong ||
	    document_pairs(document, settings->labels, take_label, &labels) <
		0 ||
	    labels.odd)
		return "global.external_labels is not what Prometheus takes: "
		       "names, each with a text";
	settings->remotes =
	    expect(document_find(document, root, "remote_write"),
		YAML_SEQUENCE_NODE, &wrong);
	return wrong ? "remote_write is not a list" : NULL;
}

struct settings *
settings_parse(
    const char *path, const char *text, size_t len, struct buf *faults)
{
	struct settings *settings = calloc(1, sizeof(*settings));
	const char *wrong = "out of memory";
	struct buf why;

	buf_init(&why, 1024);
	if (settings != NULL) {
		settings->document = document_parse(text, len, &why);
		wrong = settings->document != NULL ? find_parts(settings)
						   : buf_text(&why);
	}
	if (wrong != NULL) {
		buf_printf(faults,
		    "%s:%s%s; mend it, or wait until it is "
		    "written\n",
		    path, why.len > 0 ? "" : " ", wrong);
		settings_free(settings);
		settings = NULL;
	}
	buf_release(&why);
	return settings;
}

struct settings *
settings_load(const char *path, struct buf *faults)
{
	struct settings *settings = NULL;
	struct buf text;

	buf_secret(&text, DOCUMENT_MAX + INPUT_BLOCK);
	if (input_read(path, "name the file of Prometheus's --config.file",
		&text, faults) == 0)
		settings =
		    settings_parse(path, buf_text(&text), text.len, faults);
	buf_release(&text);
	return settings;
}

void
settings_free(struct settings *settings)
{
	if (settings == NULL)
		return;
	document_free(settings->document);
	free(settings);
}

int
settings_labels(struct settings *settings, settings_label_fn *label, void *arg)
{
	struct labels labels = { .label = label, .arg = arg };

	return document_pairs(
	    settings->document, settings->labels, take_label, &labels);
}

const char *
settings_remote(struct settings *settings, size_t index)
{
	const yaml_node_t *remotes = settings->remotes;
	const yaml_node_item_t *item;
	const char *url;

	if (remotes == NULL)
		return NULL;
	item = remotes->data.sequence.items.start;
	if (index >= (size_t)(remotes->data.sequence.items.top - item))
		return NULL;
	url = document_text(document_find(settings->document,
	    document_node(settings->document, item[index]), "url"));
	return url != NULL ? url : "";
}

struct document *
settings_document(struct settings *settings)
{
	return settings->document;
}

const yaml_node_t *
settings_remotes(struct settings *settings)
{
	return settings->remotes;
}
