/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/config/config.h"
#include "agent/config/entry.h"
#include "agent/config/remote.h"
#include "agent/config/url.h"

#define ORDINAL_MAX 8u /* Bytes of "#64" and its NUL, and then some. */

/* What an entry was read from. */
struct origin {
	struct schema_at at;
	const char *given; /* Its name, or that of all its urls; NULL. */
	bool made;         /* The name is, or will be. */
};

/* The list while its names are settled. */
struct list {
	struct config *home; /* What they are entries of. */
	struct config_remote *remotes;
	struct origin origins[CONFIG_REMOTES_MAX];
	size_t len;
};

static bool
same_name(const struct config_remote *a, const struct config_remote *b)
{
	return a->name != NULL && b->name != NULL &&
	    strcmp(a->name, b->name) == 0;
}

/* Make the name of ${remote}, without a number; -1 if there is no memory. */
static int
make_name(struct config_remote *remote)
{
	char *given = remote->name, *made = url_name(remote->url), *whole;

	if (made == NULL)
		return -1;
	if (given == NULL) {
		remote->name = made;
		return 0;
	}
	if (asprintf(&whole, "%s/%s", given, strstr(made, "//") + 2) == -1)
		whole = NULL;
	free(made);
	if (whole == NULL)
		return -1;
	free(given);
	remote->name = whole;
	return 0;
}

/* Make every name that is not given, without a number. */
static int
make_names(struct list *list)
{
	struct config_remote *remote;
	size_t i;

	for (i = 0; i < list->len; i++) {
		remote = &list->remotes[i];
		list->origins[i].made =
		    remote->name == NULL || remote->share_count > 1;
		if (list->origins[i].made && remote->url != NULL &&
		    make_name(remote) != 0)
			return -1;
	}
	return 0;
}

/* Say that names made alike depend on the order of the entries. */
static void
note_shared(const struct list *list, size_t i)
{
	if (list->origins[i].given == NULL)
		schema_note_key(&list->origins[i].at,
		    "scheme, host and path are those of another entry, and "
		    "tell it apart only by its place in the list; give both "
		    "a name");
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
			ordinal += list->origins[i].made &&
			    list->origins[j].made &&
			    same_name(remote, &list->remotes[j]);
		if (ordinal == 1)
			continue;
		note_shared(list, i);
		len = strlen(remote->name);
		if ((name = realloc(remote->name, len + ORDINAL_MAX)) == NULL)
			return -1;
		(void)snprintf(name + len, ORDINAL_MAX, "#%zu", ordinal);
		remote->name = name;
	}
	return 0;
}

/* Whether entry ${j} has the name that is given to entry ${i}. */
static bool
clashes(const struct list *list, size_t i, size_t j)
{
	const struct origin *a = &list->origins[i], *b = &list->origins[j];

	if (j < i && b->given != NULL && strcmp(a->given, b->given) == 0)
		return true;
	return !a->made && b->made &&
	    same_name(&list->remotes[i], &list->remotes[j]);
}

/* The given name of entry ${i} must be its alone. */
static void
check_name(const struct list *list, size_t i)
{
	struct schema_at place = schema_child(&list->origins[i].at, "name");
	size_t j;

	for (j = 0; j < list->len; j++) {
		if (!clashes(list, i, j))
			continue;
		schema_fault(&place,
		    "the name of the entry in line %zu%s; "
		    "write another",
		    list->remotes[j].line,
		    list->origins[j].given == NULL ? ", made of its url" : "");
		return;
	}
}

/* Make the number of the list of urls whose first is entry ${first}. */
static int
number_list(struct list *list, size_t first)
{
	struct config_remote *remotes = &list->remotes[first];
	uint32_t i, count = remotes->share_count, sum = 0;
	char *name;

	for (i = 0; i < count; i++) {
		if ((name = url_name(remotes[i].url)) == NULL)
			return -1;
		sum = hash_bytes(sum, name, strlen(name));
		free(name);
	}
	for (i = 0; i < count; i++)
		remotes[i].share_list = sum == 0 ? 1 : sum;
	return 0;
}

/* Make the numbers of all lists of urls. */
static void
number_lists(const struct schema_at *at, struct list *list)
{
	size_t i;

	for (i = 0; i < list->len && fault_none(at->faults); i++)
		if (list->remotes[i].share_count > 1 &&
		    list->remotes[i].share_index == 0 &&
		    number_list(list, i) != 0)
			at->faults->nomem = true;
}

/* Give each of ${list}, read from ${at}, a name of its own. */
static void
settle_names(const struct schema_at *at, struct list *list)
{
	size_t i;

	if (make_names(list) != 0 || number_names(list) != 0) {
		at->faults->nomem = true;
		return;
	}
	for (i = 0; i < list->len; i++)
		if (list->origins[i].given != NULL &&
		    list->remotes[i].share_index == 0)
			check_name(list, i);
}

/* Read member ${member} of the entry at ${at}; return how many it has. */
static size_t
read_one(const struct schema_at *at, size_t member, struct list *list)
{
	struct config_remote *remote = &list->remotes[list->len];
	struct origin *origin = &list->origins[list->len++];
	const struct tree_node *name = tree_find(at->node, "name");
	size_t members = entry_read(at, member, remote);

	remote->home = list->home;
	origin->at = *at;
	if (remote->name != NULL && name != NULL)
		origin->given = name->text;
	return members;
}

/* Read the entry at ${at}, once for each of its urls. */
static void
read_entry(const struct schema_at *at, struct list *list)
{
	size_t members = read_one(at, 0, list), member;
	struct fault_list repeated = { 0 };
	struct schema_at again = *at;

	/* All is read anew, so that nothing is shared; and said already. */
	again.faults = &repeated;
	for (member = 1; member < members && fault_none(at->faults); member++) {
		if (list->len == CONFIG_REMOTES_MAX) {
			schema_fault(at,
			    "more than %u urls in all; remove some",
			    CONFIG_REMOTES_MAX);
			break;
		}
		(void)read_one(&again, member, list);
		list->origins[list->len - 1].at.faults = at->faults;
	}
	if (!fault_none(&repeated))
		at->faults->nomem = true;
	fault_release(&repeated);
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
	list.home = config;
	for (child.node = at->node->first; child.node != NULL;
	     child.node = child.node->next, child.index++) {
		if (list.len == CONFIG_REMOTES_MAX) {
			schema_fault(&child,
			    "more than %u entries; "
			    "remove some",
			    CONFIG_REMOTES_MAX);
			break;
		}
		read_entry(&child, &list);
		config->remotes_len = list.len;
	}
	settle_names(at, &list);
	number_lists(at, &list);
}
