/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/config/profile.h"
#include "agent/config/url.h"
#include "agent/prometheus/moving.h"

#define V2 "io.prometheus.write.v2.Request"

/* Entries on their way. */
struct writer {
	struct document *document;
	struct buf *out;
	const char *path; /* Of the configuration that they are from. */
	unsigned int nodes, depth;
	bool secrets;
	bool failed;
};

/* A mapping on its way. */
struct mapping {
	struct writer *writer;
	size_t indent;
	bool begun;                        /* The next pair begins a line. */
	const char *keys[MOVING_KEYS_MAX]; /* Written so far. */
	size_t keys_len;
};

/* Keys with secrets, and with what to write for them; NULL: nothing. */
static const char *const secrets[][2] = {
	{ "password", "password_file" },
	{ "credentials", "credentials_file" },
	{ "bearer_token", "bearer_token_file" },
	{ "client_secret", "client_secret_file" },
	{ "client_certificate_key", "client_certificate_key_file" },
	{ "certificate_password", NULL },
	{ "secret_key", NULL },
	{ "key", "key_file" },
	{ "secrets", "files" },
};

/* Keys of URLs, which may have secrets within, and of headers, which may be. */
static const char *const urls[] = { "url", "proxy_url", "token_url" };
static const char *const headers[] = { "headers", "proxy_connect_header",
	"values" };

/* Keys whose values name files from where the configuration lies. */
static const char *const files[] = { "username_file", "password_file",
	"credentials_file", "bearer_token_file", "client_secret_file",
	"client_certificate_key_file", "ca_file", "cert_file", "key_file",
	"files" };

void
moving_put_text(struct buf *out, const char *text)
{
	static const char *const plain = "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789/_.-";

	/* A word may mean something to YAML; a path never does. */
	if (text[0] == '/' && text[strspn(text, plain)] == '\0')
		buf_puts(out, text);
	else
		text_put_quoted(out, text);
}

static int
put_label(void *arg, const char *name, const char *text)
{
	struct mapping *mapping = arg;
	struct buf *out = mapping->writer->out;
	size_t i;

	for (i = 0; i < mapping->keys_len; i++)
		if (strcmp(mapping->keys[i], name) == 0)
			return 0;
	if (*text == '\0' || mapping->keys_len == MOVING_KEYS_MAX)
		return 0;
	mapping->keys[mapping->keys_len++] = name;
	buf_puts(out, "  ");
	text_put_quoted(out, name);
	buf_puts(out, ": ");
	text_put_quoted(out, text);
	buf_putc(out, '\n');
	return 0;
}

size_t
moving_put_labels(struct settings *settings, struct buf *out)
{
	struct writer writer = { .out = out };
	struct mapping mapping = { .writer = &writer };

	(void)settings_labels(settings, put_label, &mapping);
	return mapping.keys_len;
}

#define IS_ONE_OF(list, key) \
	is_one_of((list), sizeof(list) / sizeof((list)[0]), (key))

static bool
is_one_of(const char *const *list, size_t len, const char *key)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (key != NULL && strcmp(list[i], key) == 0)
			return true;
	return false;
}

/* Whether ${url} has what is not shown of one. */
static bool
hides_something(const char *url)
{
	struct buf shown;
	bool same;

	buf_init(&shown, 4 * strlen(url) + 64);
	text_put_shown_url(&shown, url);
	same = strcmp(buf_text(&shown), url) == 0;
	buf_release(&shown);
	return !same;
}

/* Append the scalar ${node}, the value of ${key} or in its list. */
static void
put_scalar(struct writer *writer, const yaml_node_t *node, const char *key)
{
	const char *text = (const char *)node->data.scalar.value;
	const char *slash = strrchr(writer->path, '/');
	struct buf *out = writer->out;

	if (strlen(text) != node->data.scalar.length) {
		writer->failed = true;
		return;
	}
	if (IS_ONE_OF(files, key) && *text != '\0' && *text != '/') {
		buf_putc(out, '"');
		text_put_json(
		    out, writer->path, (size_t)(slash + 1 - writer->path));
		text_put_json(out, text, strlen(text));
		buf_putc(out, '"');
	} else if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    strchr(text, '\n') == NULL) {
		buf_puts(out, text);
	} else {
		text_put_quoted(out, text);
	}
}

/* Note at the end of a line that a secret is in it. */
static void
put_note(struct writer *writer, const char *key, const yaml_node_t *value)
{
	const char *text = document_text(value);
	size_t i;

	if (text != NULL && *text == '\0')
		return;
	if (IS_ONE_OF(urls, key) && text != NULL && hides_something(text))
		writer->secrets = true;
	if (strcmp(key, "url") == 0 && text != NULL &&
	    url_fault(text) == NULL && url_has_user(text))
		buf_puts(writer->out,
		    "  # Has a password: better basic_auth, with "
		    "password_file.");
	for (i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		if (strcmp(secrets[i][0], key) != 0)
			continue;
		writer->secrets = true;
		buf_printf(writer->out, "  # A secret%s%s",
		    secrets[i][1] != NULL ? ": better in a file, as " : "",
		    secrets[i][1] != NULL ? secrets[i][1] : "");
	}
}

static void put_value(struct writer *writer, const yaml_node_t *node,
    const char *key, size_t indent);

static void
put_indent(struct writer *writer, size_t indent)
{
	buf_printf(writer->out, "%*s", (int)indent, "");
}

/* Whether ${key} was written already, or is one too many. */
static bool
is_done(struct mapping *mapping, const char *key)
{
	size_t i;

	for (i = 0; i < mapping->keys_len; i++)
		if (strcmp(mapping->keys[i], key) == 0)
			return true;
	if (mapping->keys_len == MOVING_KEYS_MAX) {
		mapping->writer->failed = true;
		return true;
	}
	mapping->keys[mapping->keys_len++] = key;
	return false;
}

static int
put_pair(void *arg, const yaml_node_t *key, const yaml_node_t *value)
{
	struct mapping *mapping = arg;
	struct writer *writer = mapping->writer;
	const char *name = document_text(key), *text = document_text(value);

	if (name == NULL) {
		writer->failed = true;
		return 1;
	}
	if (is_done(mapping, name))
		return writer->failed;
	if (mapping->begun)
		put_indent(writer, mapping->indent);
	mapping->begun = true;
	if (strcmp(name, "protobuf_message") == 0 && text != NULL &&
	    strcmp(text, V2) == 0) {
		buf_puts(writer->out,
		    "# " V2 " is left out: walship sends "
		    "remote write 1.0.\n");
		return 0;
	}
	put_scalar(writer, key, NULL);
	buf_putc(writer->out, ':');
	put_value(writer, value, name, mapping->indent);
	return writer->failed;
}

/* Append the pairs of a mapping, the first one where the line is. */
static void
put_mapping(struct writer *writer, const yaml_node_t *node, size_t indent)
{
	struct mapping mapping = { .writer = writer, .indent = indent };

	if (document_pairs(writer->document, node, put_pair, &mapping) < 0)
		writer->failed = true;
}

/* Append what a "-" begins. */
static void
put_item(struct writer *writer, const yaml_node_t *node, const char *key,
    size_t indent)
{
	put_indent(writer, indent);
	buf_putc(writer->out, '-');
	if (node->type == YAML_MAPPING_NODE &&
	    node->data.mapping.pairs.start < node->data.mapping.pairs.top &&
	    writer->depth < MOVING_DEPTH_MAX) {
		writer->depth++;
		buf_putc(writer->out, ' ');
		put_mapping(writer, node, indent + 2);
		writer->depth--;
	} else {
		put_value(writer, node, key, indent);
	}
}

static void
put_list(struct writer *writer, const yaml_node_t *node, const char *key,
    size_t indent)
{
	const yaml_node_item_t *item = node->data.sequence.items.start;

	for (; !writer->failed && item < node->data.sequence.items.top; item++)
		put_item(writer, document_node(writer->document, *item), key,
		    indent);
}

/* Append ${node} after its key, or its "-", and end the line. */
static void
put_value(struct writer *writer, const yaml_node_t *node, const char *key,
    size_t indent)
{
	bool map = node->type == YAML_MAPPING_NODE;
	bool empty = map
	    ? node->data.mapping.pairs.start == node->data.mapping.pairs.top
	    : node->data.sequence.items.start == node->data.sequence.items.top;

	if (++writer->nodes > MOVING_NODES_MAX ||
	    ++writer->depth > MOVING_DEPTH_MAX || writer->failed) {
		writer->failed = true;
		return;
	}
	if (node->type == YAML_SCALAR_NODE) {
		if (node->data.scalar.length > 0 ||
		    node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
			buf_putc(writer->out, ' ');
		put_scalar(writer, node, key);
	} else if (empty) {
		buf_puts(writer->out, map ? " {}" : " []");
	}
	if (key != NULL && node->type == YAML_SCALAR_NODE)
		put_note(writer, key, node);
	buf_putc(writer->out, '\n');
	writer->secrets |=
	    node->type != YAML_SCALAR_NODE && !empty && IS_ONE_OF(headers, key);
	if (map && !empty) {
		put_indent(writer, indent + 2);
		put_mapping(writer, node, indent + 2);
	} else if (node->type == YAML_SEQUENCE_NODE && !empty) {
		put_list(writer, node, key, indent + 2);
	}
	writer->depth--;
}

#define WORKSPACE "azure"
#define NAME_SIZE (URL_HOST_MAX + sizeof("-") + 3 * sizeof(size_t))

/* What entry ${index} has under its key ${key}; NULL if it has none. */
static const yaml_node_t *
entry_value(struct settings *settings, size_t index, const char *key)
{
	struct document *document = settings_document(settings);

	return document_find(document,
	    document_node(document,
		settings_remotes(settings)->data.sequence.items.start[index]),
	    key);
}

/* Whether entry ${index} has the name ${name}. */
static bool
has_name(struct settings *settings, size_t index, const char *name)
{
	const yaml_node_t *node = entry_value(settings, index, "name");
	const char *text = node == NULL ? NULL : document_text(node);

	return text != NULL && strcmp(text, name) == 0;
}

/* Store what entry ${index} is called after; "" if there is nothing. */
static void
find_host(struct settings *settings, size_t index, char host[URL_HOST_MAX + 1])
{
	const char *url = settings_remote(settings, index);
	uint16_t port;

	host[0] = '\0';
	if (profile_is_workspace(url))
		(void)snprintf(host, URL_HOST_MAX + 1, WORKSPACE);
	else if (url_fault(url) != NULL || url_host(url, host, &port) != 0)
		host[0] = '\0';
}

/* Whether one of ${count} entries but ${index} has ${name}, or may get it. */
static bool
is_taken(
    struct settings *settings, size_t count, size_t index, const char *name)
{
	char host[URL_HOST_MAX + 1];
	size_t i;

	for (i = 0; i < count; i++) {
		find_host(settings, i, host);
		if (has_name(settings, i, name) ||
		    (i != index && strcmp(host, name) == 0))
			return true;
	}
	return false;
}

/* Give entry ${index} of ${count} a name, if it has none and one is free. */
static void
put_name(struct writer *writer, struct settings *settings, size_t count,
    size_t index)
{
	char host[URL_HOST_MAX + 1], name[NAME_SIZE];

	find_host(settings, index, host);
	if (host[0] == '\0' || count > MOVING_NAMED_MAX ||
	    entry_value(settings, index, "name") != NULL)
		return;
	(void)snprintf(name, sizeof(name), "%s", host);
	if (is_taken(settings, count, index, name))
		(void)snprintf(name, sizeof(name), "%s-%zu", host, index + 1);
	if (is_taken(settings, count, index, name))
		return;
	buf_puts(writer->out, "    name: ");
	moving_put_text(writer->out, name);
	buf_putc(writer->out, '\n');
}

int
moving_put_remotes(struct settings *settings, const char *path, struct buf *out,
    bool *ret_secrets)
{
	const yaml_node_t *remotes = settings_remotes(settings);
	struct writer writer = { .document = settings_document(settings),
		.out = out,
		.path = path };
	size_t count = 0, i;

	*ret_secrets = false;
	if (remotes == NULL)
		return 0;
	while (settings_remote(settings, count) != NULL)
		count++;
	for (i = 0; i < count && !writer.failed; i++) {
		put_item(&writer,
		    document_node(
			writer.document, remotes->data.sequence.items.start[i]),
		    NULL, 2);
		put_name(&writer, settings, count, i);
	}
	if (writer.failed || out->bad)
		return -1;
	*ret_secrets = writer.secrets;
	return (int)count;
}
