/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
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
other_dollars_are_refused(void **state)
{
	(void)state;
	expect_faults(DATA REMOTE "external_labels:\n"
				  "  a: ${vmId}\n"
				  "  b: x$HOSTNAME\n"
				  "  c: ${HOSTNAME\n"
				  "  d: x$\n",
	    "f.yml:4:6: external_labels.a: only ${HOSTNAME} is replaced in "
	    "this version; write $$ for a dollar sign\n"
	    "f.yml:5:6: external_labels.b: only ${HOSTNAME} is replaced in "
	    "this version; write $$ for a dollar sign\n"
	    "f.yml:6:6: external_labels.c: only ${HOSTNAME} is replaced in "
	    "this version; write $$ for a dollar sign\n"
	    "f.yml:7:6: external_labels.d: only ${HOSTNAME} is replaced in "
	    "this version; write $$ for a dollar sign\n");
}

static void
names_are_those_of_prometheus(void **state)
{
	(void)state;
	expect_faults(DATA REMOTE "external_labels:\n"
				  "  0a: x\n"
				  "  9: x\n"
				  "  a-b: x\n"
				  "  \"\": x\n"
				  "  \xc3\xa9: x\n"
				  "  __name__: x\n",
	    "f.yml:4:3: external_labels: not a label name; write letters, "
	    "digits and '_', no digit first\n"
	    "f.yml:5:3: external_labels: not a label name; write letters, "
	    "digits and '_', no digit first\n"
	    "f.yml:6:3: external_labels: not a label name; write letters, "
	    "digits and '_', no digit first\n"
	    "f.yml:7:3: external_labels: not a label name; write letters, "
	    "digits and '_', no digit first\n"
	    "f.yml:8:3: external_labels: not a label name; write letters, "
	    "digits and '_', no digit first\n"
	    "f.yml:9:3: external_labels.__name__: every series has a name; "
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
	    "f.yml:3:21: external_labels: not a label name; "
	    "write letters, digits and '_', no digit first\n");
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

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_are_sorted_by_name),
		cmocka_unit_test(no_labels_is_right),
		cmocka_unit_test(the_host_name_and_dollars_are_put_in),
		cmocka_unit_test(other_dollars_are_refused),
		cmocka_unit_test(names_are_those_of_prometheus),
		cmocka_unit_test(values_are_text_and_not_empty),
		cmocka_unit_test(names_and_values_have_a_ceiling),
		cmocka_unit_test(their_number_has_a_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
