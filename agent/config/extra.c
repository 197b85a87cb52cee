/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/config/extra.h"
#include "agent/config/filename.h"
#include "agent/config/given.h"
#include "agent/config/header.h"

/* What a list of values is read into. */
struct into {
	struct config_remote *remote;
	const char *name; /* Of the header. */
};

/* One more header, called ${into}->name; NULL, with a fault, if it cannot. */
static struct config_secret *
add(const struct schema_at *at, const struct into *into)
{
	struct config_remote *remote = into->remote;
	struct config_extra *extra;

	if (remote->extras_len == CONFIG_HEADERS_MAX) {
		schema_fault(at, "more than %u headers; remove some",
		    CONFIG_HEADERS_MAX);
		return NULL;
	}
	extra = &remote->extras[remote->extras_len++];
	if ((extra->name = strdup(into->name)) == NULL)
		at->faults->nomem = true;
	return &extra->value;
}

static void
read_value(const struct schema_at *at, const struct into *into)
{
	const char *wrong = header_value_fault(at->node->text);
	struct config_secret *value;

	if (wrong != NULL)
		schema_fault(at, "%s", wrong);
	else if ((value = add(at, into)) != NULL)
		schema_text(at, &value->text);
}

static void
read_file(const struct schema_at *at, const struct into *into)
{
	struct config_secret *value;

	if (at->node->text[0] == '\0')
		schema_fault(at, "empty; name a file, or remove it");
	else if ((value = add(at, into)) != NULL)
		schema_text(at, &value->file);
}

static void
read_list(const struct schema_at *at, const struct into *into,
    void (*read)(const struct schema_at *at, const struct into *into))
{
	struct schema_at child = { .up = at, .faults = at->faults };

	if (!schema_is(at, TREE_LIST))
		return;
	for (child.node = at->node->first; child.node != NULL;
	     child.node = child.node->next, child.index++)
		if (schema_is(&child, TREE_SCALAR))
			read(&child, into);
}

static void
read_values(const struct schema_at *at, void *target)
{
	read_list(at, target, read_value);
}

static void
read_files(const struct schema_at *at, void *target)
{
	read_list(at, target, read_file);
}

static const struct schema_key keys[] = {
	{ "values", read_values, NULL, 0 },
	{ "secrets", read_values, NULL, 0 },
	{ "files", read_files, NULL, 0 },
	{ 0 },
};

void
extra_read(const struct schema_at *at, void *target)
{
	struct schema_at child = { .up = at, .faults = at->faults };
	struct into into = { .remote = target };

	if (!schema_is(at, TREE_MAPPING))
		return;
	into.remote->extras =
	    calloc(CONFIG_HEADERS_MAX, sizeof(*into.remote->extras));
	if (into.remote->extras == NULL) {
		at->faults->nomem = true;
		return;
	}
	for (child.node = at->node->first; child.node != NULL;
	     child.node = child.node->next) {
		child.key = child.node->key->text;
		into.name = child.key;
		if (header_check_name(&child) && child.node->kind != TREE_NULL)
			schema_mapping(&child, keys, &into);
	}
}

void
extra_check(const struct schema_at *at, const struct config_remote *remote)
{
	const struct schema_at place = schema_child(at, "http_headers");
	size_t i, j;

	for (i = 0; i < remote->extras_len; i++)
		for (j = 0; j < remote->headers_len; j++)
			if (remote->headers[j].name != NULL &&
			    remote->extras[i].name != NULL &&
			    strcasecmp(remote->headers[j].name,
				remote->extras[i].name) == 0) {
				schema_fault_key(&place,
				    "one of them is among headers too; keep "
				    "one of the two");
				return;
			}
}

int
extra_resolve(struct config_remote *remote, const char *path)
{
	size_t i;

	for (i = 0; i < remote->extras_len; i++)
		if (filename_resolve(&remote->extras[i].value.file, path) != 0)
			return -1;
	return 0;
}

void
extra_release(struct config_remote *remote)
{
	size_t i;

	for (i = 0; i < remote->extras_len; i++) {
		free(remote->extras[i].name);
		given_release(&remote->extras[i].value);
	}
	free(remote->extras);
	remote->extras = NULL;
	remote->extras_len = 0;
}
