/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config/config.h"
#include "agent/config/schema.h"

struct thing {
	char *text;
	bool flag;
	uint32_t count;
	uint64_t usec;
	int choice;
};

static void
read_choice(const struct schema_at *at, void *target)
{
	static const char *const words[] = { "one", "two", "three", NULL };

	*(int *)target = schema_choice(at, words);
}

static const struct schema_key inner[] = {
	{ "count", schema_count, NULL, offsetof(struct thing, count) },
	{ "usec", schema_duration, NULL, offsetof(struct thing, usec) },
	{ 0 },
};

static const struct schema_key outer[] = {
	{ "text", schema_text, NULL, offsetof(struct thing, text) },
	{ "flag", schema_bool, NULL, offsetof(struct thing, flag) },
	{ "choice", read_choice, NULL, offsetof(struct thing, choice) },
	{ "inner", NULL, inner, 0 },
	{ "ignored", schema_ignore_count, NULL, 0 },
	{ "none", schema_refuse, NULL, 0 },
	{ "no_text", schema_refuse_text, NULL, 0 },
	{ "no_number", schema_refuse_nonzero, NULL, 0 },
	{ 0 },
};

/* Read ${text} into ${thing}; its faults must be ${wanted}. */
static void
read_thing(const char *text, struct thing *thing, const char *wanted)
{
	struct fault_list faults = { 0 };
	struct tree_node *root = tree_parse(text, strlen(text), &faults);
	const struct schema_at at = { .node = root, .faults = &faults };
	struct buf out;

	assert_non_null(root);
	schema_mapping(&at, outer, thing);
	buf_init(&out, 1u << 16);
	fault_write(&faults, "f", &out);
	assert_string_equal(buf_text(&out), wanted);
	buf_release(&out);
	fault_release(&faults);
	tree_free(root);
}

/* That ${text} is refused with ${wanted}, and leaves things as they were. */
static void
refused(const char *text, const char *wanted)
{
	struct thing thing = { .count = 7, .usec = 8 };

	read_thing(text, &thing, wanted);
	assert_null(thing.text);
	assert_false(thing.flag);
	assert_int_equal(thing.count, 7);
	assert_int_equal(thing.usec, 8);
}

static void
values_go_where_the_table_says(void **state)
{
	struct thing thing = { .text = strdup("old") };

	(void)state;
	read_thing("text: 017\nflag: on\nchoice: two\n"
		   "inner: {count: 3, usec: 1m}\nignored: 1\n",
	    &thing, "");
	assert_string_equal(thing.text, "017");
	assert_true(thing.flag);
	assert_int_equal(thing.choice, 1);
	assert_int_equal(thing.count, 3);
	assert_int_equal(thing.usec, 60000000);
	free(thing.text);
}

static void
a_key_without_a_value_is_as_if_absent(void **state)
{
	(void)state;
	refused("text:\nflag: ~\ninner: {count: , usec: null}\nnone:\n", "");
	refused("inner:\n", "");
}

static void
an_unknown_key_is_a_fault_with_the_nearest_one(void **state)
{
	(void)state;
	refused(
	    "texst: x\n", "f:1:1: unknown key 'texst'; did you mean 'text'?\n");
	refused("inner: {cuont: 1, usecs: 2, frobnicate: 3}\n",
	    "f:1:9: inner: unknown key 'cuont'; did you mean 'count'?\n"
	    "f:1:19: inner: unknown key 'usecs'; did you mean 'usec'?\n"
	    "f:1:29: inner: unknown key 'frobnicate'; remove it\n");
}

static void
a_key_that_may_hide_a_secret_is_not_quoted(void **state)
{
	(void)state;
	refused("{\"url:https://user:secret@host/\": x}",
	    "f:1:2: not a key; write a known one, then ':' and a space\n");
	refused("{token=secret}",
	    "f:1:2: not a key; write a known one, then ':' and a space\n");
	refused("{\"\": x}", "f:1:2: unknown key ''; remove it\n");
}

static void
the_wrong_kind_of_value_is_named(void **state)
{
	(void)state;
	refused("text: [secret]\nflag: {}\ninner: secret\n",
	    "f:1:7: text: must be a single value\n"
	    "f:2:7: flag: must be a single value\n"
	    "f:3:8: inner: must be a mapping, as 'key: value'\n");
	refused("[a]\n", "f:1:1: must be a mapping, as 'key: value'\n");
}

static void
values_that_will_not_do_are_quoted(void **state)
{
	(void)state;
	refused("flag: maybe\n",
	    "f:1:7: flag: 'maybe' is neither; write true or false\n");
	refused("choice: 'fo\\ur'\n",
	    "f:1:9: choice: 'fo\\ur' is not one of "
	    "them; write one, two or three\n");
	refused("inner: {count: 0}\n",
	    "f:1:16: inner.count: '0' will not do; write a whole number from "
	    "1 to 4294967295\n");
	refused("ignored: 0\n",
	    "f:1:10: ignored: '0' will not do; write a whole number from 1 "
	    "to 4294967295\n");
	refused("inner: {usec: 30}\n",
	    "f:1:15: inner.usec: '30' is no duration; write numbers with "
	    "units, as 500ms, 30s, 5m or 1h30m\n");
	refused("inner: {usec: 0s}\n",
	    "f:1:15: inner.usec: must be above 0, as 30s\n");
}

static void
numbers_and_booleans_have_no_quotes(void **state)
{
	(void)state;
	refused("flag: 'true'\ninner: {count: \"3\"}\n",
	    "f:1:7: flag: text in quotes; write true or false without them\n"
	    "f:2:16: inner.count: text in quotes; write a whole number "
	    "without them\n");
}

static void
what_is_not_supported_is_refused_by_its_key(void **state)
{
	(void)state;
	refused("none: {}\nno_text: x\n"
		"no_number: 1s\n",
	    "f:1:1: none: not supported by this version; remove it\n"
	    "f:2:1: no_text: not supported by this version; remove it\n"
	    "f:3:1: no_number: not supported by this version; remove it\n");
	refused("no_text: []\nno_number: x\n",
	    "f:1:1: no_text: not supported by this version; remove it\n"
	    "f:2:1: no_number: not supported by this version; remove it\n");
}

static void
what_asks_for_nothing_is_taken(void **state)
{
	(void)state;
	refused("no_text: ''\n"
		"no_number: 0s\n",
	    "");
	refused("no_number: 0\n", "");
}

static void
what_is_required_is_missed_in_its_place(void **state)
{
	struct fault_list faults = { 0 };
	const char *text = "a: 1\nb:\nc: {}\n";
	struct tree_node *root = tree_parse(text, strlen(text), &faults);
	const struct schema_at at = { .node = root, .faults = &faults };
	const struct schema_at inside = schema_child(&at, "c");
	struct buf out;

	(void)state;
	schema_require(&at, "a", "write it");
	schema_require(&at, "b", "write it");
	schema_require(&at, "d", "write it");
	schema_require(&inside, "e", "write it");
	buf_init(&out, 1u << 16);
	fault_write(&faults, "f", &out);
	assert_string_equal(buf_text(&out),
	    "f:1:1: d: missing; write it\n"
	    "f:2:1: b: missing; write it\n"
	    "f:3:1: c.e: missing; write it\n");
	buf_release(&out);
	fault_release(&faults);
	tree_free(root);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_go_where_the_table_says),
		cmocka_unit_test(a_key_without_a_value_is_as_if_absent),
		cmocka_unit_test(
		    an_unknown_key_is_a_fault_with_the_nearest_one),
		cmocka_unit_test(a_key_that_may_hide_a_secret_is_not_quoted),
		cmocka_unit_test(the_wrong_kind_of_value_is_named),
		cmocka_unit_test(values_that_will_not_do_are_quoted),
		cmocka_unit_test(numbers_and_booleans_have_no_quotes),
		cmocka_unit_test(what_is_not_supported_is_refused_by_its_key),
		cmocka_unit_test(what_asks_for_nothing_is_taken),
		cmocka_unit_test(what_is_required_is_missed_in_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
