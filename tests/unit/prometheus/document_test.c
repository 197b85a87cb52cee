/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/prometheus/document.h"

#define WHY_MAX 1024u

/* The document that ${text} is. */
static struct document *
parse(const char *text)
{
	struct document *document;
	struct buf why;

	buf_init(&why, WHY_MAX);
	document = document_parse(text, strlen(text), &why);
	assert_string_equal(buf_text(&why), "");
	assert_non_null(document);
	buf_release(&why);
	return document;
}

static void
assert_refused(const char *text, size_t len, const char *wanted)
{
	struct buf why;

	buf_init(&why, WHY_MAX);
	assert_null(document_parse(text, len, &why));
	assert_string_equal(buf_text(&why), wanted);
	buf_release(&why);
}

/* What ${key} of the mapping ${in} of the root is. */
static const char *
text_of(struct document *document, const char *in, const char *key)
{
	const yaml_node_t *root = document_root(document);

	return document_text(
	    document_find(document, document_find(document, root, in), key));
}

static void
texts_are_found(void **state)
{
	struct document *document = parse("a: {b: 1, c: ~, d: 'null', e: [],\n"
					  "  f: \"x\\0y\", g: !t z}\n"
					  "--- second\n");

	(void)state;
	assert_string_equal(text_of(document, "a", "b"), "1");
	assert_string_equal(text_of(document, "a", "c"), "");
	assert_string_equal(text_of(document, "a", "d"), "null");
	assert_null(text_of(document, "a", "e"));
	assert_null(text_of(document, "a", "f"));
	assert_string_equal(text_of(document, "a", "g"), "z");
	assert_null(text_of(document, "a", "h"));
	assert_null(text_of(document, "h", "b"));
	document_free(document);
	document_free(NULL);
}

static void
an_alias_is_what_it_stands_for(void **state)
{
	struct document *document = parse("x: &x {b: one}\n"
					  "a: *x\n"
					  "c: {b: &t two, d: *t}\n");

	(void)state;
	assert_string_equal(text_of(document, "a", "b"), "one");
	assert_string_equal(text_of(document, "c", "d"), "two");
	document_free(document);
}

/* The keys, in the order of the walk. */
static int
note(void *arg, const yaml_node_t *key, const yaml_node_t *value)
{
	char *keys = arg;

	(void)strcat(keys, document_text(key));
	(void)strcat(keys, document_text(value));
	return document_text(value)[0] == '!';
}

static void
what_is_merged_comes_after_and_counts_less(void **state)
{
	struct document *document = parse("x: &x {b: 1, c: 2}\n"
					  "y: &y {<<: *x, c: 3, d: 4}\n"
					  "a: {<<: [*y, *x, 7], c: 5}\n"
					  "q: {'<<': 6}\n");
	const yaml_node_t *root = document_root(document);
	char keys[64] = "";

	(void)state;
	assert_int_equal(document_pairs(document,
			     document_find(document, root, "a"), note, keys),
	    0);
	assert_string_equal(keys, "c5c3d4b1c2b1c2");
	assert_string_equal(text_of(document, "a", "c"), "5");
	assert_string_equal(text_of(document, "a", "d"), "4");
	assert_string_equal(text_of(document, "q", "<<"), "6");
	document_free(document);
}

static void
a_walk_can_be_ended(void **state)
{
	struct document *document = parse("{a: 1, b: '!', c: 2}");
	char keys[64] = "";

	(void)state;
	assert_int_equal(
	    document_pairs(document, document_root(document), note, keys), 1);
	assert_string_equal(keys, "a1b!");
	assert_int_equal(document_pairs(document, NULL, note, keys), 0);
	document_free(document);
}

/* Each of these merges the one before twice: 2^24 ways. */
static void
merges_without_end_are_given_up(void **state)
{
	char text[2048] = "x0: &x0 {k: v}\n", keys[8] = "";
	struct document *document;
	size_t i, len = strlen(text);

	(void)state;
	for (i = 1; i < 25; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "x%zu: &x%zu {<<: [*x%zu, *x%zu]}\n", i, i, i - 1, i - 1);
	document = parse(text);
	assert_null(text_of(document, "x24", "none"));
	assert_int_equal(
	    document_pairs(document,
		document_find(document, document_root(document), "x1"), note,
		keys),
	    0);
	document_free(document);
	/* One that merges itself. */
	document = parse("a: &a {<<: *a, b: 1}");
	assert_string_equal(text_of(document, "a", "b"), "1");
	assert_null(text_of(document, "a", "c"));
	document_free(document);
}

static void
what_is_no_document_is_told_with_its_place(void **state)
{
	static const char *const texts[][2] = {
		{ "", "1:1: empty" },
		{ "# only this\n", "1:1: empty" },
		{ "a: [1\nb: 2\n",
		    "2:2: not YAML: did not find expected ',' or ']'" },
		{ "a: *x\n", "1:4: not YAML: found undefined alias" },
		{ "\tb: 1\n",
		    "1:1: not YAML: found character that cannot start any "
		    "token" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_refused(texts[i][0], strlen(texts[i][0]), texts[i][1]);
}

static void
what_would_take_libyaml_for_ever_is_refused(void **state)
{
	size_t i, len = 8u * (DOCUMENT_ANCHORS_MAX + 1);
	char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	for (i = 0; i < len; i += 8)
		memcpy(text + i, "- &a b \n", 8);
	assert_refused(text, len, "1:1: too large, or too many anchors");
	for (i = 0; i < len; i += 8)
		memcpy(text + i, "%TAG x y", 8);
	assert_refused(text, len, "1:1: too large, or too many anchors");
	memset(text, '[', len);
	assert_refused(text, len, "1:1: too many lists within each other");
	for (i = 0; i < len; i += 2)
		memcpy(text + i, i % 4 == 0 ? "- " : "? ", 2);
	assert_refused(text, len, "1:1: too many lists within each other");
	free(text);
}

static void
what_is_as_deep_as_may_be_is_read(void **state)
{
	char text[2 * DOCUMENT_DEPTH_MAX + 1];

	(void)state;
	memset(text, '[', DOCUMENT_DEPTH_MAX);
	memset(text + DOCUMENT_DEPTH_MAX, ']', DOCUMENT_DEPTH_MAX);
	text[sizeof(text) - 1] = '\0';
	document_free(parse(text));
}

/* A list of so many values has five events more than these. */
static void
what_has_too_many_values_is_refused(void **state)
{
	size_t i, len = 2 * (DOCUMENT_EVENTS_MAX - 4);
	char *text = malloc(len + 1);

	(void)state;
	assert_non_null(text);
	for (i = 0; i < len; i += 2)
		memcpy(text + i, i == 0 ? "[a" : ",a", 2);
	text[len] = ']';
	assert_refused(text, len + 1,
	    "1:1: more values than walship reads; have targets in files of "
	    "file_sd_configs, or scrape configurations in "
	    "scrape_config_files");
	text[len - 2] = ']';
	text[len - 1] = text[len] = '\0';
	document_free(parse(text));
	free(text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_found),
		cmocka_unit_test(an_alias_is_what_it_stands_for),
		cmocka_unit_test(what_is_merged_comes_after_and_counts_less),
		cmocka_unit_test(a_walk_can_be_ended),
		cmocka_unit_test(merges_without_end_are_given_up),
		cmocka_unit_test(what_is_no_document_is_told_with_its_place),
		cmocka_unit_test(what_would_take_libyaml_for_ever_is_refused),
		cmocka_unit_test(what_is_as_deep_as_may_be_is_read),
		cmocka_unit_test(what_has_too_many_values_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
