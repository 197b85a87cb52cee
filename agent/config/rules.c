/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/config/rules.h"
#include "agent/config/value.h"

#define DEFAULT_SEPARATOR ";"
#define DEFAULT_REPLACEMENT "$1"

static const char *const actions[] = { [CONFIG_REPLACE] = "replace",
	[CONFIG_KEEP] = "keep",
	[CONFIG_DROP] = "drop",
	[CONFIG_KEEPEQUAL] = "keepequal",
	[CONFIG_DROPEQUAL] = "dropequal",
	[CONFIG_HASHMOD] = "hashmod",
	[CONFIG_LABELMAP] = "labelmap",
	[CONFIG_LABELDROP] = "labeldrop",
	[CONFIG_LABELKEEP] = "labelkeep",
	[CONFIG_LOWERCASE] = "lowercase",
	[CONFIG_UPPERCASE] = "uppercase",
	NULL };

/* Sets of actions, a bit each. */
#define ACTION(name_) (1u << CONFIG_##name_)
#define SETS_CASE (ACTION(LOWERCASE) | ACTION(UPPERCASE))
#define COMPARES (ACTION(KEEPEQUAL) | ACTION(DROPEQUAL))
#define CHOOSES_LABELS (ACTION(LABELDROP) | ACTION(LABELKEEP))
#define HAS_TARGET (ACTION(REPLACE) | ACTION(HASHMOD) | SETS_CASE | COMPARES)

static bool
is_one_of(const struct config_rule *rule, unsigned int set)
{
	return (set >> rule->action & 1) != 0;
}

/* An action, in small letters or capitals. */
static void
read_action(const struct schema_at *at, void *target)
{
	enum config_action *action = target;
	unsigned int i;
	int choice;

	for (i = 0; at->node->kind == TREE_SCALAR && actions[i] != NULL; i++)
		if (strcasecmp(at->node->text, actions[i]) == 0) {
			*action = i;
			return;
		}
	if ((choice = schema_choice(at, actions)) >= 0)
		*action = (enum config_action)choice;
}

static void
read_modulus(const struct schema_at *at, void *target)
{
	if (schema_is(at, TREE_SCALAR) &&
	    value_u64(at->node->text, target) != 0)
		schema_fault(at, "'%s' will not do; write a whole number",
		    fault_quote(at->node->text).text);
}

static void
read_regex(const struct schema_at *at, void *target)
{
	struct regex **regex = target;
	struct regex_fault fault;

	if (!schema_is(at, TREE_SCALAR))
		return;
	regex_free(*regex);
	*regex = regex_new(at->node->text, &fault);
	if (*regex == NULL && fault.text[0] == '\0')
		at->faults->nomem = true;
	else if (*regex == NULL)
		schema_fault(at, "%s", fault.text);
}

static void
read_sources(const struct schema_at *at, void *target)
{
	struct schema_at child = { .up = at, .faults = at->faults };
	struct config_rule *rule = target;

	if (!schema_is(at, TREE_LIST))
		return;
	rule->sources = calloc(RULES_SOURCES_MAX, sizeof(*rule->sources));
	if (rule->sources == NULL) {
		at->faults->nomem = true;
		return;
	}
	for (child.node = at->node->first; child.node != NULL;
	     child.node = child.node->next, child.index++) {
		if (child.index == RULES_SOURCES_MAX) {
			schema_fault(&child, "more than %u labels; remove some",
			    RULES_SOURCES_MAX);
			break;
		}
		if (schema_is(&child, TREE_SCALAR) &&
		    child.node->text[0] == '\0')
			schema_fault(
			    &child, "empty; write the name of a label");
		schema_text(&child, &rule->sources[rule->sources_len++]);
	}
}

#define RULE(field_) offsetof(struct config_rule, field_)

static const struct schema_key rule_keys[] = {
	{ "source_labels", read_sources, NULL, 0 },
	{ "separator", schema_text, NULL, RULE(separator) },
	{ "regex", read_regex, NULL, RULE(regex) },
	{ "modulus", read_modulus, NULL, RULE(modulus) },
	{ "target_label", schema_text, NULL, RULE(target) },
	{ "replacement", schema_text, NULL, RULE(replacement) },
	{ "action", read_action, NULL, RULE(action) },
	{ 0 },
};

/*
 * What is wrong with ${text}, in which groups may stand, as a label's name;
 * or NULL.
 */
static const char *
name_fault(const char *text)
{
	size_t len;

	if (*text == '\0')
		return "empty; write the name of a label";
	if (strchr(text, '$') == NULL)
		return NULL;
	while (*text != '\0') {
		if (strncmp(text, "${", 2) == 0) {
			len = strcspn(text + 2, "${}");
			if (len == 0 || text[len + 2] != '}')
				return "a '${' without a name and '}'; write "
				       "a group as ${1}";
			text += len + 3;
		} else if (*text == '{' || *text == '}' ||
		    (*text == '$' && strcspn(text + 1, "${}") == 0)) {
			return "a '$', '{' or '}' that belongs to no group; "
			       "write a group as ${1}";
		} else {
			text++;
		}
	}
	return NULL;
}

/* Whether in ${text} a name after a '$' might go on, by how one sees it. */
static bool
is_ambiguous(const char *text)
{
	static const char *const word = "abcdefghijklmnopqrstuvwxyz"
					"ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
					"0123456789";

	for (; (text = strchr(text, '$')) != NULL; text++)
		if (text[1] == '$')
			text++;
		else if (((unsigned char)text[1 + strspn(text + 1, word)] &
			     0x80) != 0)
			return true;
	return false;
}

/* Add a fault where ${key} is given in the rule at ${at}. */
static void
refuse_key(const struct schema_at *at, const char *key, bool differs,
    const char *action)
{
	struct schema_at place = schema_child(at, key);

	if (differs)
		schema_fault_key(
		    &place, "has no meaning for %s; remove it", action);
}

/* What has no meaning for the action must not be given. */
static void
check_surplus(const struct schema_at *at, const struct config_rule *rule)
{
	const struct tree_node *regex = tree_find(at->node, "regex");
	const char *action = actions[rule->action];
	bool labels = is_one_of(rule, CHOOSES_LABELS);
	bool compares = is_one_of(rule, COMPARES);

	if (labels || compares) {
		refuse_key(at, "modulus", rule->modulus != 0, action);
		refuse_key(at, "separator",
		    strcmp(rule->separator, DEFAULT_SEPARATOR) != 0, action);
	}
	if (labels || compares || is_one_of(rule, SETS_CASE))
		refuse_key(at, "replacement",
		    strcmp(rule->replacement, DEFAULT_REPLACEMENT) != 0,
		    action);
	refuse_key(at, "regex",
	    compares && regex != NULL && regex->kind != TREE_NULL, action);
	refuse_key(
	    at, "source_labels", labels && rule->sources != NULL, action);
	refuse_key(
	    at, "target_label", labels && rule->target[0] != '\0', action);
}

/* A text in which groups are replaced: whether it says what it seems to. */
static void
check_template(
    const struct schema_at *at, const char *key, const char *text, bool name)
{
	struct schema_at place = schema_child(at, key);
	const char *wrong = name ? name_fault(text) : NULL;

	if (wrong == NULL && is_ambiguous(text))
		wrong = "a letter that is not ASCII right after '$' and a "
			"name; write the group as ${1}";
	if (wrong != NULL)
		schema_fault(&place, "%s", wrong);
}

/* The rule at ${at}, read without a fault, must make sense as a whole. */
static void
check_rule(const struct schema_at *at, const struct config_rule *rule)
{
	struct schema_at target = schema_child(at, "target_label");
	struct schema_at modulus = schema_child(at, "modulus");

	check_surplus(at, rule);
	if (is_one_of(rule, HAS_TARGET) && rule->target[0] == '\0')
		schema_fault_key(&target, "missing; write the label that %s %s",
		    actions[rule->action],
		    is_one_of(rule, COMPARES) ? "compares with" : "sets");
	else if (is_one_of(rule, ACTION(REPLACE)))
		check_template(at, "target_label", rule->target, true);
	if (is_one_of(rule, ACTION(REPLACE)))
		check_template(at, "replacement", rule->replacement, false);
	if (is_one_of(rule, ACTION(LABELMAP)))
		check_template(at, "replacement", rule->replacement, true);
	if (is_one_of(rule, ACTION(HASHMOD)) && rule->modulus == 0)
		schema_fault_key(&modulus,
		    "missing, or 0; write into how many parts hashmod "
		    "divides, from 1 on");
}

static void
read_rule(const struct schema_at *at, struct config_rule *rule)
{
	size_t before = at->faults->count;
	struct regex_fault fault;

	rule->separator = strdup(DEFAULT_SEPARATOR);
	rule->target = strdup("");
	rule->replacement = strdup(DEFAULT_REPLACEMENT);
	rule->regex = regex_new("(.*)", &fault);
	if (rule->separator == NULL || rule->target == NULL ||
	    rule->replacement == NULL || rule->regex == NULL) {
		at->faults->nomem = true;
		return;
	}
	schema_mapping(at, rule_keys, rule);
	if (at->faults->count == before && !at->faults->nomem)
		check_rule(at, rule);
}

void
rules_read(const struct schema_at *at, void *target)
{
	struct schema_at child = { .up = at, .faults = at->faults };
	struct config_remote *remote = target;

	if (!schema_is(at, TREE_LIST) || at->node->first == NULL)
		return;
	remote->rules = calloc(CONFIG_RULES_MAX, sizeof(*remote->rules));
	if (remote->rules == NULL) {
		at->faults->nomem = true;
		return;
	}
	for (child.node = at->node->first; child.node != NULL;
	     child.node = child.node->next, child.index++) {
		if (child.index == CONFIG_RULES_MAX) {
			schema_fault(&child, "more than %u rules; remove some",
			    CONFIG_RULES_MAX);
			break;
		}
		read_rule(&child, &remote->rules[remote->rules_len++]);
	}
}

void
rules_free(struct config_rule *rules, size_t len)
{
	size_t i, j;

	for (i = 0; i < len; i++) {
		for (j = 0; j < rules[i].sources_len; j++)
			free(rules[i].sources[j]);
		free(rules[i].sources);
		free(rules[i].separator);
		free(rules[i].target);
		free(rules[i].replacement);
		regex_free(rules[i].regex);
	}
	free(rules);
}

const char *
rules_action(enum config_action action)
{
	return actions[action];
}
