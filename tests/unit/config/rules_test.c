/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "agent/config/rules.h"
#include "tests/unit/config/expect.h"

/* A rule follows, in braces: its first key is at column 30 of line 4. */
#define HEAD DATA "remote_write:\n- url: http://h/w\n"
#define LIST HEAD "  write_relabel_configs: [{ "
#define PLACE "remote_write[0].write_relabel_configs[0]"

static void
a_rule_of_nothing_but_a_target_has_every_default(void **state)
{
	struct config *config = expect_config(LIST "target_label: t}]\n");
	const struct config_rule *rule = config->remotes[0].rules;

	(void)state;
	assert_int_equal(config->remotes[0].rules_len, 1);
	assert_int_equal(rule->action, CONFIG_REPLACE);
	assert_int_equal(rule->sources_len, 0);
	assert_string_equal(rule->separator, ";");
	assert_string_equal(rule->target, "t");
	assert_string_equal(rule->replacement, "$1");
	assert_int_equal(rule->modulus, 0);
	assert_int_equal(regex_match(rule->regex, "any", 3), REGEX_MATCH);
	config_free(config);
}

static void
everything_that_is_given_is_taken(void **state)
{
	struct config *config = expect_config(
	    LIST "source_labels: [a, b.c], separator: '', regex: 'x(.*)', "
		 "modulus: 18446744073709551615, target_label: '${1}', "
		 "replacement: '', action: REPLACE},\n"
		 "{action: drop}, {action: labeldrop, regex: a}]\n");
	const struct config_rule *rule = config->remotes[0].rules;

	(void)state;
	assert_int_equal(config->remotes[0].rules_len, 3);
	assert_int_equal(rule->sources_len, 2);
	assert_string_equal(rule->sources[0], "a");
	assert_string_equal(rule->sources[1], "b.c");
	assert_string_equal(rule->separator, "");
	assert_string_equal(rule->target, "${1}");
	assert_string_equal(rule->replacement, "");
	assert_true(rule->modulus == UINT64_MAX);
	assert_int_equal(regex_match(rule->regex, "any", 3), REGEX_NONE);
	assert_int_equal(rule[1].action, CONFIG_DROP);
	assert_int_equal(rule[2].action, CONFIG_LABELDROP);
	config_free(config);
}

static void
every_action_is_known(void **state)
{
	static const struct {
		const char *text;
		enum config_action action;
	} actions[] = {
		{ "replace, target_label: t", CONFIG_REPLACE },
		{ "keep", CONFIG_KEEP },
		{ "drop", CONFIG_DROP },
		{ "keepequal, target_label: t", CONFIG_KEEPEQUAL },
		{ "dropequal, target_label: t", CONFIG_DROPEQUAL },
		{ "hashmod, target_label: t, modulus: 4", CONFIG_HASHMOD },
		{ "labelmap", CONFIG_LABELMAP },
		{ "labeldrop", CONFIG_LABELDROP },
		{ "labelkeep", CONFIG_LABELKEEP },
		{ "lowercase, target_label: t", CONFIG_LOWERCASE },
		{ "UpperCase, target_label: t", CONFIG_UPPERCASE },
	};
	struct config *config;
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		(void)snprintf(
		    text, sizeof(text), LIST "action: %s}]\n", actions[i].text);
		config = expect_config(text);
		assert_int_equal(
		    config->remotes[0].rules[0].action, actions[i].action);
		config_free(config);
	}
	expect_faults(LIST "action: remove}]\n",
	    "f.yml:4:37: " PLACE ".action: 'remove' is not one of them; write "
	    "replace, keep, drop, keepequal, dropequal, hashmod, labelmap, "
	    "labeldrop, labelkeep, lowercase or uppercase\n");
}

static void
a_bad_expression_is_refused_with_its_place(void **state)
{
	(void)state;
	expect_faults(LIST "action: drop, regex: 'a(?=b)'}]\n",
	    "f.yml:4:50: " PLACE ".regex: at character 2: RE2 has no such "
	    "group: no look-around, atomic group, condition or comment; write "
	    "(...), (?:...) or (?i)\n");
	expect_faults(LIST "action: drop, regex: '(a)\\1'}]\n",
	    "f.yml:4:50: " PLACE ".regex: at character 4: RE2 has no "
	    "references back; write what is to be found again, or another "
	    "rule\n");
	expect_faults(LIST "action: drop, regex: [a]}]\n",
	    "f.yml:4:50: " PLACE ".regex: must be a single value\n");
}

/* As Prometheus demands it, action by action. */
static void
what_an_action_needs_is_missed(void **state)
{
	static const char *const targets[][2] = { { "replace", "sets" },
		{ "hashmod", "sets" }, { "lowercase", "sets" },
		{ "uppercase", "sets" }, { "keepequal", "compares with" },
		{ "dropequal", "compares with" } };
	char text[512], wanted[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    LIST "modulus: %d, action: %s}]\n", i == 1, targets[i][0]);
		(void)snprintf(wanted, sizeof(wanted),
		    "f.yml:4:27: " PLACE ".target_label: missing; write the "
		    "label that %s %s\n",
		    targets[i][0], targets[i][1]);
		expect_faults(text, wanted);
	}
	expect_faults(LIST "action: hashmod, target_label: t}]\n",
	    "f.yml:4:27: " PLACE ".modulus: missing, or 0; write into how "
	    "many parts hashmod divides, from 1 on\n");
	/* Nobody is to divide by it. */
	expect_faults(LIST "modulus: 0, action: hashmod, target_label: t}]\n",
	    "f.yml:4:29: " PLACE ".modulus: missing, or 0; write into how "
	    "many parts hashmod divides, from 1 on\n");
}

static void
what_means_nothing_to_an_action_is_refused(void **state)
{
	static const char *const cases[][3] = {
		{ "labeldrop", "source_labels", "[a]" },
		{ "labeldrop", "target_label", "t" },
		{ "labelkeep", "modulus", "1" },
		{ "labelkeep", "separator", "','" },
		{ "labelkeep", "replacement", "x" },
		{ "keepequal, target_label: t", "regex", "'(.*)'" },
		{ "keepequal, target_label: t", "modulus", "1" },
		{ "dropequal, target_label: t", "separator", "','" },
		{ "dropequal, target_label: t", "replacement", "x" },
		{ "lowercase, target_label: t", "replacement", "x" },
		{ "uppercase, target_label: t", "replacement", "x" },
	};
	char text[512], wanted[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    LIST "%s: %s, action: %s}]\n", cases[i][1], cases[i][2],
		    cases[i][0]);
		(void)snprintf(wanted, sizeof(wanted),
		    "f.yml:4:29: " PLACE ".%s: has no meaning for %.9s; remove "
		    "it\n",
		    cases[i][1], cases[i][0]);
		expect_faults(text, wanted);
	}
	/* What Prometheus lets pass, though it has no effect. */
	expect_right(LIST "action: keep, target_label: t, replacement: x, "
			  "modulus: 3}]\n");
	expect_right(LIST "action: labeldrop, separator: ;, "
			  "replacement: $1}]\n");
}

static void
groups_in_names_must_be_whole(void **state)
{
	static const char *const good[] = { "label${1}", "${1}label", "${1}",
		"$1", "asd$2asd", "_${1}_", "foo${bar}foo", "-label", "a{b" };
	static const char *const bad[] = { "${", "$", "${}", "foo${", "$$",
		"a$1}", "{$1" };
	struct buf faults;
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		(void)snprintf(
		    text, sizeof(text), LIST "target_label: '%s'}]\n", good[i]);
		expect_right(text);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    LIST "action: labelmap, replacement: '%s'}]\n", bad[i]);
		buf_init(&faults, OUT_MAX);
		assert_null(config_parse("f", text, strlen(text), &faults));
		assert_non_null(
		    strstr(buf_text(&faults), "write a group as ${1}"));
		buf_release(&faults);
	}
	expect_faults(LIST "action: labelmap, replacement: ''}]\n",
	    "f.yml:4:60: " PLACE ".replacement: empty; write the name of a "
	    "label\n");
}

/* For Prometheus the name of a group may have any letter there is. */
static void
names_of_groups_that_may_go_on_are_refused(void **state)
{
	(void)state;
	expect_faults(LIST "target_label: t, replacement: '$1\xc3\xa9'}]\n",
	    "f.yml:4:59: " PLACE ".replacement: a letter that is not ASCII "
	    "right after '$' and a name; write the group as ${1}\n");
	expect_right(
	    LIST "target_label: t, replacement: '${1}\xc3\xa9$$\xc3\xa9'}]\n");
}

static void
lists_are_what_they_must_be_and_bounded(void **state)
{
	static const size_t max = 64u << 10;
	char *text = malloc(max);
	size_t at, i;

	(void)state;
	assert_non_null(text);
	expect_right(HEAD "  write_relabel_configs: []\n");
	expect_faults(HEAD "  write_relabel_configs: {a: b}\n",
	    "f.yml:4:26: remote_write[0].write_relabel_configs: must be a "
	    "list, each entry after '- '\n");
	expect_faults(HEAD "  write_relabel_configs: [~]\n",
	    "f.yml:4:27: " PLACE ": must be a mapping, as 'key: value'\n");
	expect_faults(LIST "source_labels: a, action: drop}]\n",
	    "f.yml:4:44: " PLACE ".source_labels: must be a list, each entry "
	    "after '- '\n");
	expect_faults(LIST "source_labels: [''], action: drop}]\n",
	    "f.yml:4:45: " PLACE ".source_labels[0]: empty; write the name of "
	    "a label\n");
	expect_faults(LIST "modulus: -1, action: drop}]\n",
	    "f.yml:4:38: " PLACE ".modulus: '-1' will not do; write a whole "
	    "number\n");
	expect_faults(LIST "regexp: a}]\n",
	    "f.yml:4:29: " PLACE ": unknown key 'regexp'; did you mean "
	    "'regex'?\n");

	at = (size_t)snprintf(text, max, LIST "source_labels: [");
	for (i = 0; i <= RULES_SOURCES_MAX; i++)
		at += (size_t)snprintf(text + at, max - at, "a,");
	(void)snprintf(text + at, max - at, "], action: drop}]\n");
	expect_faults(text,
	    "f.yml:4:557: " PLACE ".source_labels[256]: more than 256 labels; "
	    "remove some\n");

	at = (size_t)snprintf(text, max, HEAD "  write_relabel_configs: [");
	for (i = 0; i <= CONFIG_RULES_MAX; i++)
		at += (size_t)snprintf(text + at, max - at, "{action: drop},");
	(void)snprintf(text + at, max - at, "]\n");
	expect_faults(text,
	    "f.yml:4:7707: remote_write[0].write_relabel_configs[512]: more "
	    "than 512 rules; remove some\n");
	free(text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_rule_of_nothing_but_a_target_has_every_default),
		cmocka_unit_test(everything_that_is_given_is_taken),
		cmocka_unit_test(every_action_is_known),
		cmocka_unit_test(a_bad_expression_is_refused_with_its_place),
		cmocka_unit_test(what_an_action_needs_is_missed),
		cmocka_unit_test(what_means_nothing_to_an_action_is_refused),
		cmocka_unit_test(groups_in_names_must_be_whole),
		cmocka_unit_test(names_of_groups_that_may_go_on_are_refused),
		cmocka_unit_test(lists_are_what_they_must_be_and_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
