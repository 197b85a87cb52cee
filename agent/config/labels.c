/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/config/config.h"
#include "agent/config/labels.h"

/* Append the host's name. */
static int
put_hostname(struct buf *out)
{
	char host[HOST_NAME_MAX + 1];

	if (gethostname(host, sizeof(host)) != 0 ||
	    memchr(host, '\0', sizeof(host)) == NULL || host[0] == '\0')
		return -1;
	buf_puts(out, host);
	return 0;
}

/* Append ${value} with every $ replaced; return what is wrong, or NULL. */
static const char *
put_expanded(struct buf *out, const char *value)
{
	static const char hostname[] = "${HOSTNAME}";
	size_t len;

	for (;;) {
		len = strcspn(value, "$");
		buf_put(out, value, len);
		value += len;
		if (*value == '\0')
			break;
		if (strncmp(value, "$$", 2) == 0) {
			buf_putc(out, '$');
			value += 2;
		} else if (strncmp(value, hostname, strlen(hostname)) != 0) {
			return "only ${HOSTNAME} is replaced in this version; "
			       "write $$ for a dollar sign";
		} else if (put_hostname(out) != 0) {
			return "the host has no name for ${HOSTNAME}; "
			       "write it out";
		} else {
			value += strlen(hostname);
		}
	}
	return NULL;
}

/* What Prometheus takes for a label's name in remote write 1.0. */
static bool
is_name(const char *name)
{
	static const char *const letters = "abcdefghijklmnopqrstuvwxyz"
					   "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
					   "0123456789";

	return *name != '\0' && !(*name >= '0' && *name <= '9') &&
	    name[strspn(name, letters)] == '\0' &&
	    strlen(name) <= LABELS_TEXT_MAX;
}

/* The value at ${at}, expanded; NULL with a fault if it will not do. */
static char *
read_value(const struct schema_at *at)
{
	const char *wrong = NULL;
	char *value = NULL;
	struct buf out;

	if (!schema_is(at, TREE_SCALAR))
		return NULL;
	buf_init(&out, LABELS_TEXT_MAX);
	/* With all of it at hand, only a value too long can make it bad. */
	if (buf_reserve(&out, LABELS_TEXT_MAX) == NULL) {
		at->faults->nomem = true;
		return NULL;
	}
	wrong = put_expanded(&out, at->node->text);
	if (wrong == NULL && out.bad)
		wrong = "too long; shorten it to 2048 bytes";
	if (wrong == NULL && out.len == 0)
		wrong = "empty; remove it, or give it a value";
	if (wrong != NULL)
		schema_fault(at, "%s", wrong);
	else if ((value = strdup(buf_text(&out))) == NULL)
		at->faults->nomem = true;
	buf_release(&out);
	return value;
}

/* Read the label at ${at} into ${label}, which stays empty if it is faulty. */
static void
read_label(const struct schema_at *at, struct config_label *label)
{
	struct schema_at unnamed = *at->up;

	unnamed.node = at->node;
	if (!is_name(at->key)) {
		schema_fault_key(&unnamed,
		    "not a label name; write letters, digits and '_', "
		    "no digit first");
		return;
	}
	if (strcmp(at->key, "__name__") == 0) {
		schema_fault_key(at, "every series has a name; remove it");
		return;
	}
	if ((label->value = read_value(at)) == NULL)
		return;
	if ((label->name = strdup(at->key)) == NULL)
		at->faults->nomem = true;
}

static int
compare(const void *left, const void *right)
{
	const struct config_label *a = left, *b = right;

	return strcmp(a->name, b->name);
}

void
labels_read(const struct schema_at *at, void *target)
{
	struct schema_at child = { .up = at, .faults = at->faults };
	struct config *config = target;
	struct config_label *labels;
	size_t len = 0;

	if (!schema_is(at, TREE_MAPPING))
		return;
	if ((labels = calloc(CONFIG_LABELS_MAX, sizeof(*labels))) == NULL) {
		at->faults->nomem = true;
		return;
	}
	config->external_labels = labels;
	for (child.node = at->node->first; child.node != NULL;
	     child.node = child.node->next) {
		child.key = child.node->key->text;
		if (len == CONFIG_LABELS_MAX) {
			schema_fault_key(at, "more than %u labels; remove some",
			    CONFIG_LABELS_MAX);
			break;
		}
		config->external_labels_len = len + 1;
		read_label(&child, &labels[len++]);
	}
	if (fault_none(at->faults) && len > 0)
		qsort(labels, len, sizeof(*labels), compare);
}
