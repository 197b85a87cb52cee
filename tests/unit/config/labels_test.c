/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/config/labels.h"
#include "tests/unit/config/expect.h"

static void
labels_are_sorted_by_name(void **state)
{
	struct config *config = expect_config(DATA REMOTE
	    "external_labels: {b: 2, _a: x, Z: 'y z', __replica__: null_,\n"
	    "  a1: \"\xc3\xa9\\n\"}\n");
	static const char *const wanted[][2] = { { "Z", "y z" }, { "_a", "x" },
		{ "__replica__", "null_" }, { "a1", "\xc3\xa9\n" },
		{ "b", "2" } };
	static const int order[] = { 0, 2, 1, 3, 4 };
	size_t i;

	(void)state;
	assert_int_equal(config->external_labels_len, 5);
	for (i = 0; i < 5; i++) {
		assert_string_equal(
		    config->external_labels[i].name, wanted[order[i]][0]);
		assert_string_equal(
		    config->external_labels[i].value, wanted[order[i]][1]);
	}
	config_free(config);
}

static void
no_labels_is_right(void **state)
{
	(void)state;
	expect_right(DATA REMOTE "external_labels: {}\n");
	expect_right(DATA REMOTE "external_labels:\n");
}

static void
the_host_name_and_dollars_are_put_in(void **state)
{
	struct config *config = expect_config(DATA REMOTE
	    "external_labels: {a: 'vm-${HOSTNAME}.$$x${HOSTNAME}', b: $$}\n");
	char host[256] = "", wanted[1024];

	(void)state;
	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	(void)snprintf(wanted, sizeof(wanted), "vm-%s.$x%s", host, host);
	assert_string_equal(config->external_labels[0].value, wanted);
	assert_string_equal(config->external_labels[1].value, "$");
	config_free(config);
}

static void
what_is_not_set_is_refused_in_its_place(void **state)
{
	(void)state;
	assert_int_equal(unsetenv("WALSHIP_T_2"), 0);
	expect_faults(DATA REMOTE "external_labels:\n"
				  "  a: ${WALSHIP_T_2}\n"
				  "  b: ${HOSTNAME\n",
	    "f.yml:4:6: external_labels.a: WALSHIP_T_2 is not set in "
	    "walship's environment; set it there, or write $$ for a dollar "
	    "sign\n"
	    "f.yml:5:6: external_labels.b: a '${' without a name and '}'; "
	    "write a variable as ${NAME}, and $$ for a dollar sign\n");
}

static void
names_are_those_of_prometheus_3(void **state)
{
	struct config *config = expect_config(
	    DATA REMOTE "external_labels: {0a: x, a-b: y, \xc3\xa9: z}\n");

	(void)state;
	assert_int_equal(config->external_labels_len, 3);
	assert_int_equal(config->warnings_len, 3);
	assert_string_equal(config->warnings[0],
	    "f.yml:3:19: external_labels: a label's name is not made of "
	    "letters, digits and '_', no digit first, which only Prometheus 3 "
	    "takes");
	config_free(config);
	expect_faults(DATA REMOTE "external_labels:\n"
				  "  \"\": x\n"
				  "  __name__: x\n",
	    "f.yml:4:3: external_labels: a label's name is empty or longer "
	    "than 2048 bytes\n"
	    "f.yml:5:3: external_labels.__name__: every series has a name; "
	    "remove it\n");
}

static void
values_are_text_and_not_empty(void **state)
{
	(void)state;
	expect_faults(DATA REMOTE "external_labels:\n"
				  "  a: ''\n"
				  "  b: [x]\n"
				  "  c:\n"
				  "  d: \"\\0\"\n",
	    "f.yml:4:6: external_labels.a: empty; remove it, or give it a "
	    "value\n"
	    "f.yml:5:6: external_labels.b: must be a single value\n"
	    "f.yml:6:5: external_labels.c: must be a single value\n"
	    "f.yml:7:6: a NUL character; remove it\n");
	expect_faults(DATA REMOTE "external_labels: [a]\n",
	    "f.yml:3:18: external_labels: must be a mapping, as "
	    "'key: value'\n");
}

static void
names_and_values_have_a_ceiling(void **state)
{
	char text[3 * LABELS_TEXT_MAX], word[LABELS_TEXT_MAX + 2];

	(void)state;
	memset(word, 'x', sizeof(word));
	word[LABELS_TEXT_MAX] = '\0';
	(void)snprintf(text, sizeof(text),
	    DATA REMOTE "external_labels: {? %s : y}", word);
	expect_right(text);
	(void)snprintf(
	    text, sizeof(text), DATA REMOTE "external_labels: {a: %s}", word);
	expect_right(text);
	word[LABELS_TEXT_MAX] = 'x';
	word[LABELS_TEXT_MAX + 1] = '\0';
	(void)snprintf(
	    text, sizeof(text), DATA REMOTE "external_labels: {a: %s}", word);
	expect_faults(text,
	    "f.yml:3:22: external_labels.a: too long; shorten "
	    "it to 2048 bytes\n");
	(void)snprintf(text, sizeof(text),
	    DATA REMOTE "external_labels: {? %s : y}", word);
	expect_faults(text,
	    "f.yml:3:21: external_labels: a label's name is empty or longer "
	    "than 2048 bytes\n");
}

static void
their_number_has_a_ceiling(void **state)
{
	char text[64 * (CONFIG_LABELS_MAX + 2)];
	size_t i, len;

	(void)state;
	len = (size_t)snprintf(
	    text, sizeof(text), DATA REMOTE "external_labels:\n");
	for (i = 0; i < CONFIG_LABELS_MAX; i++)
		len += (size_t)snprintf(
		    text + len, sizeof(text) - len, "  a%zu: x\n", i);
	expect_right(text);
	(void)snprintf(text + len, sizeof(text) - len, "  b: x\n");
	expect_faults(text,
	    "f.yml:3:1: external_labels: more than 64 labels; "
	    "remove some\n");
}

static void
facts_are_put_in_once_they_are_known(void **state)
{
	struct config *config = expect_config(DATA REMOTE
	    "external_labels: {a: 'vm-${vmName}', b: '${scaleSet}', c: x}\n");
	struct facts facts = { .text = { [FACT_VM_NAME] = "one" } };

	(void)state;
	assert_true(labels_want_facts(config));
	assert_int_equal(config->external_labels_len, 3);
	assert_int_equal(labels_fill(config, &facts), 0);
	assert_false(labels_want_facts(config));
	/* There is no scale set to be named. */
	assert_int_equal(config->external_labels_len, 2);
	assert_string_equal(config->external_labels[0].value, "vm-one");
	assert_string_equal(config->external_labels[1].name, "c");
	config_free(config);
	config = expect_config(DATA REMOTE "external_labels: {c: x}\n");
	assert_false(labels_want_facts(config));
	config_free(config);
}

static void
facts_too_long_are_cut(void **state)
{
	struct config *config;
	struct facts facts = { 0 };
	char text[2200];
	size_t len;

	(void)state;
	memset(facts.text[FACT_RESOURCE_ID], 'x', FACT_TEXT_MAX);
	len = (size_t)snprintf(
	    text, sizeof(text), DATA REMOTE "external_labels: {a: '");
	while (len < 2000)
		len += (size_t)snprintf(
		    text + len, sizeof(text) - len, "${resourceId}");
	(void)snprintf(text + len, sizeof(text) - len, "'}");
	config = expect_config(text);
	assert_int_equal(labels_fill(config, &facts), 0);
	len = strlen(config->external_labels[0].value);
	assert_in_range(
	    len, LABELS_FILLED_MAX - FACT_TEXT_MAX, LABELS_FILLED_MAX);
	config_free(config);
}

/* That ${name} with ${text} is taken over into ${config}, or why not. */
static void
expect_adopted(struct config *config, const char *name, const char *text,
    const char *wanted)
{
	struct buf why;

	buf_init(&why, 1024);
	assert_int_equal(
	    labels_adopt(config, name, text, &why), wanted == NULL ? 0 : -1);
	assert_string_equal(buf_text(&why), wanted == NULL ? "" : wanted);
	buf_release(&why);
}

static void
labels_of_others_are_taken_over_where_there_are_none(void **state)
{
	struct config *config =
	    expect_config(DATA REMOTE "external_labels: {b: own}\n");

	(void)state;
	expect_adopted(config, "c", "${vmId}$$", NULL);
	expect_adopted(config, "b", "theirs", NULL);
	expect_adopted(config, "a", "first", NULL);
	expect_adopted(config, "empty", "", NULL);
	expect_adopted(config, "__name__", "x", NULL);
	expect_adopted(
	    config, "", "x", "a label's name is empty or too long; mend it");
	expect_adopted(config, "d", "$WALSHIP_T_2",
	    "WALSHIP_T_2 is not set in walship's environment; set it there, "
	    "or write $$ for a dollar sign, or that label in walship's "
	    "external_labels");
	assert_int_equal(config->external_labels_len, 3);
	assert_string_equal(config->external_labels[0].value, "first");
	assert_string_equal(config->external_labels[1].value, "own");
	assert_string_equal(config->external_labels[2].value, "$");
	assert_true(labels_want_facts(config));
	config_free(config);
}

static void
those_taken_over_have_the_same_ceiling(void **state)
{
	struct config *config = expect_config(DATA REMOTE);
	char name[16];
	size_t i;

	(void)state;
	for (i = 0; i < CONFIG_LABELS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "a%zu", i);
		expect_adopted(config, name, "x", NULL);
	}
	expect_adopted(config, "b", "x",
	    "too many labels with those of walship; remove some");
	config_free(config);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_are_sorted_by_name),
		cmocka_unit_test(no_labels_is_right),
		cmocka_unit_test(the_host_name_and_dollars_are_put_in),
		cmocka_unit_test(what_is_not_set_is_refused_in_its_place),
		cmocka_unit_test(names_are_those_of_prometheus_3),
		cmocka_unit_test(values_are_text_and_not_empty),
		cmocka_unit_test(names_and_values_have_a_ceiling),
		cmocka_unit_test(their_number_has_a_ceiling),
		cmocka_unit_test(facts_are_put_in_once_they_are_known),
		cmocka_unit_test(facts_too_long_are_cut),
		cmocka_unit_test(
		    labels_of_others_are_taken_over_where_there_are_none),
		cmocka_unit_test(those_taken_over_have_the_same_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
