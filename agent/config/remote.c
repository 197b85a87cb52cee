/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config/config.h"
#include "agent/config/entry.h"
#include "agent/config/remote.h"
#include "agent/config/url.h"

#define ORDINAL_MAX 8u /* Bytes of "#64" and its NUL, and then some. */

/* The list while its names are settled. */
struct list {
	struct config_remote *remotes;
	size_t len;
	bool made[CONFIG_REMOTES_MAX]; /* The name, or it will be. */
};

static bool
same_name(const struct config_remote *a, const struct config_remote *b)
{
	return a->name != NULL && b->name != NULL &&
	    strcmp(a->name, b->name) == 0;
}

/* Make every name that is not given, without a number. */
static int
make_names(struct list *list)
{
	struct config_remote *remote;
	size_t i;

	for (i = 0; i < list->len; i++) {
		remote = &list->remotes[i];
		list->made[i] = remote->name == NULL;
		if (!list->made[i] || remote->url == NULL)
			continue;
		if ((remote->name = url_name(remote->url)) == NULL)
			return -1;
	}
	return 0;
}

/*
 * Number the made names that are alike: from the last on, so that those before
 * it are still without a number.
 */
static int
number_names(struct list *list)
{
	struct config_remote *remote;
	size_t i, j, ordinal, len;
	char *name;

	for (i = list->len; i-- > 0;) {
		remote = &list->remotes[i];
		for (ordinal = 1, j = 0; j < i; j++)
			ordinal += list->made[i] && list->made[j] &&
			    same_name(remote, &list->remotes[j]);
		if (ordinal == 1)
			continue;
		len = strlen(remote->name);
		if ((name = realloc(remote->name, len + ORDINAL_MAX)) == NULL)
			return -1;
		(void)snprintf(name + len, ORDINAL_MAX, "#%zu", ordinal);
		remote->name = name;
	}
	return 0;
}

/* The given name of the entry at ${at}, number ${i}, must be its alone. */
static void
check_name(const struct schema_at *at, const struct list *list, size_t i)
{
	struct schema_at place = schema_child(at, "name");
	size_t j;

	for (j = 0; j < list->len; j++) {
		if (j == i || (j > i && !list->made[j]) ||
		    !same_name(&list->remotes[i], &list->remotes[j]))
			continue;
		schema_fault(&place,
		    "the name of the entry in line %zu%s; "
		    "write another",
		    list->remotes[j].line,
		    list->made[j] ? ", made of its url" : "");
		return;
	}
}

/* Give each of ${list}, read from ${at}, a name of its own. */
static void
settle_names(const struct schema_at *at, struct list *list)
{
	struct schema_at child = { .up = at, .faults = at->faults };

	if (make_names(list) != 0 || number_names(list) != 0) {
		at->faults->nomem = true;
		return;
	}
	child.node = at->node->first;
	for (; child.index < list->len; child.index++) {
		if (!list->made[child.index])
			check_name(&child, list, child.index);
		child.node = child.node->next;
	}
}

void
remote_read(const struct schema_at *at, void *target)
{
	struct schema_at child = { .up = at, .faults = at->faults };
	struct config *config = target;
	struct list list = { 0 };

	if (!schema_is(at, TREE_LIST))
		return;
	if (at->node->first == NULL)
		schema_fault(at, "empty; add an entry with a url");
	list.remotes = calloc(CONFIG_REMOTES_MAX, sizeof(*list.remotes));
	if (list.remotes == NULL) {
		at->faults->nomem = true;
		return;
	}
	config->remotes = list.remotes;
	for (child.node = at->node->first; child.node != NULL;
	     child.node = child.node->next, child.index++) {
		if (child.index == CONFIG_REMOTES_MAX) {
			schema_fault(&child,
			    "more than %u entries; "
			    "remove some",
			    CONFIG_REMOTES_MAX);
			break;
		}
		config->remotes_len = ++list.len;
		entry_read(&child, &list.remotes[child.index]);
	}
	settle_names(at, &list);
}
