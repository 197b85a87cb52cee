/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config/config.h"
#include "agent/config/expand.h"
#include "agent/config/labels.h"

/* What Prometheus 2 takes for a label's name. */
static bool
is_plain_name(const char *name)
{
	static const char *const letters = "abcdefghijklmnopqrstuvwxyz"
					   "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
					   "0123456789";

	return !(*name >= '0' && *name <= '9') &&
	    name[strspn(name, letters)] == '\0';
}

/*
 * Set value, pattern and varies of ${label} by ${text}, unless ${ret} says what
 * is wrong with it.  Return -1 if there is no memory.
 */
static int
set_value(struct config_label *label, const char *text, struct expanded *ret)
{
	struct buf out;
	int result = 0;

	buf_init(&out, LABELS_TEXT_MAX);
	/* With all of it at hand, only a value too long can make it bad. */
	if (buf_reserve(&out, LABELS_TEXT_MAX) == NULL)
		return -1;
	*ret = expand_put(text, NULL, &out);
	label->varies = ret->varies;
	if (ret->fault[0] == '\0' && out.bad)
		(void)snprintf(ret->fault, sizeof(ret->fault),
		    "too long; shorten it to 2048 bytes");
	if (ret->fault[0] == '\0' &&
	    ((label->value = strdup(buf_text(&out))) == NULL ||
		(ret->facts && (label->pattern = strdup(text)) == NULL)))
		result = -1;
	buf_release(&out);
	return result;
}

/* Read the value at ${at} into ${label}; -1 with a fault if it will not do. */
static int
read_value(const struct schema_at *at, struct config_label *label)
{
	struct expanded expanded;

	if (!schema_is(at, TREE_SCALAR))
		return -1;
	if (set_value(label, at->node->text, &expanded) != 0) {
		at->faults->nomem = true;
		return -1;
	}
	if (expanded.fault[0] != '\0')
		schema_fault(at, "%s", expanded.fault);
	else if (label->value[0] == '\0' && label->pattern == NULL)
		schema_fault(at, "empty; remove it, or give it a value");
	else
		return 0;
	return -1;
}

/* Read the label at ${at} into ${label}, which stays empty if it is faulty. */
static void
read_label(const struct schema_at *at, struct config_label *label)
{
	struct schema_at unnamed = *at->up;

	unnamed.node = at->node;
	if (at->key[0] == '\0' || strlen(at->key) > LABELS_TEXT_MAX) {
		schema_fault_key(&unnamed,
		    "a label's name is empty or longer than %u bytes",
		    LABELS_TEXT_MAX);
		return;
	}
	if (strcmp(at->key, "__name__") == 0) {
		schema_fault_key(at, "every series has a name; remove it");
		return;
	}
	if (!is_plain_name(at->key))
		schema_note_key(&unnamed,
		    "a label's name is not made of letters, digits and '_', no "
		    "digit first, which only Prometheus 3 takes");
	if (read_value(at, label) == 0 &&
	    (label->name = strdup(at->key)) == NULL)
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

static void
release(struct config_label *label)
{
	free(label->name);
	free(label->value);
	free(label->pattern);
	*label = (struct config_label){ 0 };
}

static bool
has_label(const struct config *config, const char *name)
{
	size_t i;

	for (i = 0; i < config->external_labels_len; i++)
		if (strcmp(config->external_labels[i].name, name) == 0)
			return true;
	return false;
}

/* Make ${label} one of ${config}'s; -1 if there is no memory. */
static int
add(struct config *config, struct config_label *label)
{
	size_t len = config->external_labels_len;
	struct config_label *labels = config->external_labels;

	if (labels == NULL &&
	    (labels = calloc(CONFIG_LABELS_MAX, sizeof(*labels))) == NULL)
		return -1;
	labels[len] = *label;
	*label = (struct config_label){ 0 };
	config->external_labels = labels;
	config->external_labels_len = len + 1;
	qsort(labels, len + 1, sizeof(*labels), compare);
	return 0;
}

/* Take over the label ${name} with what ${text} comes to; -1: no memory. */
static int
adopt(struct config *config, const char *name, const char *text,
    struct expanded *ret)
{
	struct config_label label = { 0 };
	int result = set_value(&label, text, ret);

	if (result == 0 && ret->fault[0] == '\0' &&
	    ((label.name = strdup(name)) == NULL || add(config, &label) != 0))
		result = -1;
	release(&label);
	return result;
}

int
labels_adopt(
    struct config *config, const char *name, const char *text, struct buf *why)
{
	struct expanded expanded = { .fault = "", .variable = "" };
	const char *variable = expanded.variable;
	const char *wrong = expanded.fault;

	/* Every series has a name of its own. */
	if (*text == '\0' || strcmp(name, "__name__") == 0 ||
	    has_label(config, name))
		return 0;
	if (*name == '\0' || strlen(name) > LABELS_TEXT_MAX)
		wrong = "a label's name is empty or too long; mend it";
	else if (config->external_labels_len == CONFIG_LABELS_MAX)
		wrong = "too many labels with those of walship; remove some";
	else if (adopt(config, name, text, &expanded) != 0 ||
	    (variable[0] != '\0' && wrong[0] == '\0' &&
		config_warn(config,
		    "%s: global.external_labels.%s: %s is taken from "
		    "walship's environment, Prometheus takes its own: set "
		    "both alike, or write that label in external_labels",
		    config->prometheus_file, fault_quote(name).text,
		    variable) != 0))
		wrong = "out of memory";
	buf_puts(why, wrong);
	if (wrong == expanded.fault && wrong[0] != '\0' && variable[0] != '\0')
		buf_puts(why, ", or that label in walship's external_labels");
	return wrong[0] == '\0' ? 0 : -1;
}

bool
labels_want_facts(const struct config *config)
{
	size_t i;

	for (i = 0; i < config->external_labels_len; i++)
		if (config->external_labels[i].pattern != NULL)
			return true;
	return false;
}

/* Put ${facts} into the value of ${label}. */
static int
fill(struct config_label *label, const struct facts *facts)
{
	char *value;
	struct buf out;

	buf_init(&out, LABELS_FILLED_MAX);
	(void)expand_put(label->pattern, facts, &out);
	value = strdup(buf_text(&out));
	buf_release(&out);
	if (value == NULL)
		return -1;
	free(label->value);
	free(label->pattern);
	label->value = value;
	label->pattern = NULL;
	return 0;
}

int
labels_fill(struct config *config, const struct facts *facts)
{
	struct config_label *label;
	size_t i, kept = 0;

	for (i = 0; i < config->external_labels_len; i++)
		if (config->external_labels[i].pattern != NULL &&
		    fill(&config->external_labels[i], facts) != 0)
			return -1;
	for (i = 0; i < config->external_labels_len; i++) {
		label = &config->external_labels[i];
		if (label->value[0] == '\0')
			release(label);
		else
			config->external_labels[kept++] = *label;
	}
	config->external_labels_len = kept;
	return 0;
}

void
labels_free(struct config_label *labels, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		release(&labels[i]);
	free(labels);
}
