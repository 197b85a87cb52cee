/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config/config.h"
#include "agent/config/tree.h"

/* The tree of  bytes of , whose faults must be . */
static struct tree_node *
parse_bytes(const char *text, size_t len, const char *wanted)
{
	struct fault_list faults = { 0 };
	struct tree_node *root;
	struct buf out;
	char *copy;

	/* Of its exact size, so that a byte too far is seen. */
	assert_non_null(copy = malloc(len + (len == 0)));
	memcpy(copy, text, len);
	root = tree_parse(copy, len, &faults);
	free(copy);
	buf_init(&out, 1u << 16);
	fault_write(&faults, "f", &out);
	assert_string_equal(buf_text(&out), wanted);
	assert_true(root != NULL || !fault_none(&faults));
	fault_release(&faults);
	buf_release(&out);
	return root;
}

static struct tree_node *
parse(const char *text, const char *wanted)
{
	return parse_bytes(text, strlen(text), wanted);
}

/* That  has no tree at all, for the reason . */
static void
unreadable(const char *text, const char *wanted)
{
	assert_null(parse(text, wanted));
}

/* That  can be read on, but for . */
static void
faulty(const char *text, const char *wanted)
{
	struct tree_node *root = parse(text, wanted);

	assert_non_null(root);
	tree_free(root);
}

static void
assert_at(const struct tree_node *node, size_t line, size_t column)
{
	assert_int_equal(node->line, line);
	assert_int_equal(node->column, column);
}

static void
every_node_knows_its_place(void **state)
{
	struct tree_node *root = parse("# first\n"
				       "a: [x, 'y']\n"
				       "b:\n"
				       "  - c: \"\xc3\xa9\"\n"
				       "\xc3\xa9: {d: }\n",
	    "");
	const struct tree_node *node;

	(void)state;
	assert_int_equal(root->kind, TREE_MAPPING);
	assert_at(root, 2, 1);
	node = tree_find(root, "a");
	assert_int_equal(node->kind, TREE_LIST);
	assert_at(node, 2, 4);
	assert_at(node->key, 2, 1);
	assert_at(node->first, 2, 5);
	assert_string_equal(node->first->text, "x");
	assert_true(node->first->plain);
	assert_at(node->first->next, 2, 8);
	assert_false(node->first->next->plain);
	assert_null(node->first->next->next);
	node = tree_find(root, "b")->first;
	assert_int_equal(node->kind, TREE_MAPPING);
	assert_at(node, 4, 5);
	assert_at(node->first, 4, 8);
	assert_string_equal(node->first->text, "\xc3\xa9");
	node = tree_find(root, "\xc3\xa9");
	assert_at(node, 5, 4);
	assert_int_equal(node->first->kind, TREE_NULL);
	assert_null(tree_find(root, "d"));
	tree_free(root);
}

static void
null_is_a_plain_word_only(void **state)
{
	struct tree_node *root =
	    parse("[~, null, Null, NULL, '', '~', \"null\", nULL]", "");
	const struct tree_node *node = root->first;
	int i;

	(void)state;
	for (i = 0; i < 8; i++, node = node->next)
		assert_int_equal(node->kind, i < 4 ? TREE_NULL : TREE_SCALAR);
	assert_null(node);
	tree_free(root);
}

static void
nothing_is_null(void **state)
{
	static const char *const nothing[] = { "", "\n", "# only this\n", "---",
		"\xef\xbb\xbf", "~\n" };
	struct tree_node *root;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
		root = parse(nothing[i], "");
		assert_int_equal(root->kind, TREE_NULL);
		tree_free(root);
	}
}

static void
a_key_given_twice_is_a_fault(void **state)
{
	(void)state;
	faulty("a: 1\nb: 2\n'a': 3\nb: 4\n",
	    "f:3:1: the same key as in line 1; keep one of the two\n"
	    "f:4:1: the same key as in line 2; keep one of the two\n");
}

static void
keys_that_are_no_words_are_faults(void **state)
{
	struct tree_node *root;

	(void)state;
	root = parse("[x]: 1\n~: 2\na: 3\n",
	    "f:1:1: a key must be a word\n"
	    "f:2:1: a key must be a word\n");
	assert_string_equal(root->first->text, "3");
	assert_null(root->first->next);
	tree_free(root);
	faulty("? {a: b}\n: 1\n", "f:1:3: a key must be a word\n");
}

static void
nothing_stands_for_something_else(void **state)
{
	(void)state;
	faulty("a: &x [1]\nb: *x\n",
	    "f:1:4: anchors (&) are not supported; write the value where it "
	    "is needed\n"
	    "f:2:4: aliases (*) are not supported; write the value out, or "
	    "quote it\n");
	faulty("a: &x 1\nb: &y {}\n*x : 2\n",
	    "f:1:4: anchors (&) are not supported; write the value where it "
	    "is needed\n"
	    "f:2:4: anchors (&) are not supported; write the value where it "
	    "is needed\n"
	    "f:3:1: aliases (*) are not supported; write the value out, or "
	    "quote it\n");
	faulty("<<: {a: b}\n",
	    "f:1:1: merge keys (<<) are not supported; write the keys out\n");
	faulty("a: !!binary aGk=\nb: !x [1]\nc: !!map {}\n",
	    "f:1:4: tags (!) are not supported; remove it, and quote what must "
	    "be text\n"
	    "f:2:4: tags (!) are not supported; remove it, and quote what must "
	    "be text\n"
	    "f:3:4: tags (!) are not supported; remove it, and quote what must "
	    "be text\n");
}

static void
a_tag_directive_is_refused_before_it_is_read(void **state)
{
	(void)state;
	unreadable("%TAG !e! x\n--- a\n",
	    "f:1:1: tag directives are not supported; remove the line\n");
	unreadable("\xef\xbb\xbf%TAG !e! x\n--- a\n",
	    "f:1:2: tag directives are not supported; remove the line\n");
	unreadable("# \xc3\xa9\n%TAG !e! x\n--- a\n",
	    "f:2:1: tag directives are not supported; remove the line\n");
	unreadable("#\r%TAG !e! x\n--- a\n",
	    "f:1:3: tag directives are not supported; remove the line\n");
	faulty("a: 'x%TAG y' # %TAG\n", "");
	faulty("%YAML 1.1\n--- a\n", "");
}

static void
a_second_document_is_a_fault(void **state)
{
	(void)state;
	faulty("a: 1\n---\nb: 2\n",
	    "f:2:1: a second document; remove it: one "
	    "file is one configuration\n");
	faulty("--- a\n...\n", "");
}

static void
wrong_syntax_is_named_with_its_place(void **state)
{
	(void)state;
	unreadable("a: [1\nb: 2\n",
	    "f:2:2: not YAML: did not find expected ',' or ']', while parsing "
	    "a flow sequence\n");
	unreadable("a: b: c\n",
	    "f:1:5: not YAML: mapping values are not "
	    "allowed in this context\n");
	unreadable("\xc3\xa9:\n\tb: 1\n",
	    "f:2:1: not YAML: a tab; indent with spaces\n");
	unreadable("a: 'x\n",
	    "f:2:1: not YAML: found unexpected end of "
	    "stream, while scanning a quoted scalar\n");
	unreadable("a: \"\\ud800\"\n",
	    "f:1:7: not YAML: found invalid Unicode character escape code, "
	    "while parsing a quoted scalar\n");
	unreadable("a: @b\n",
	    "f:1:4: not YAML: found character that cannot "
	    "start any token, while scanning for the next "
	    "token\n");
}

static void
what_was_found_before_the_syntax_broke_is_told_too(void **state)
{
	(void)state;
	unreadable("a: 1\na: 2\nb: ]\n",
	    "f:2:1: the same key as in line 1; keep one of the two\n"
	    "f:3:4: not YAML: did not find expected node content, while "
	    "parsing a block node\n");
}

static void
bytes_that_are_no_text_are_named_with_their_place(void **state)
{
	(void)state;
	unreadable("a: 1\nb: x\xc3\xa9\xff\n",
	    "f:2:6: not text: invalid leading UTF-8 octet; write plain "
	    "UTF-8\n");
	unreadable("a: \xc3\x28\n",
	    "f:1:5: not text: invalid trailing UTF-8 "
	    "octet; write plain UTF-8\n");
	unreadable("a: \x1b[31m\n",
	    "f:1:4: not text: control characters are not allowed; write plain "
	    "UTF-8\n");
	assert_null(parse_bytes("a: x\0y\n", 7,
	    "f:1:5: not text: control characters are not allowed; write plain "
	    "UTF-8\n"));
	unreadable("\xff\xfe",
	    "f:1:1: not text: invalid leading UTF-8 octet; "
	    "write plain UTF-8\n");
}

static void
an_escaped_nul_is_a_fault(void **state)
{
	struct tree_node *root;

	(void)state;
	root = parse("{a: \"x\\0y\", \"\\0\": 1}",
	    "f:1:5: a NUL character; remove it\n"
	    "f:1:13: a NUL character; remove it\n");
	assert_int_equal(root->first->kind, TREE_BROKEN);
	assert_null(root->first->next);
	tree_free(root);
}

static void
depth_has_a_ceiling(void **state)
{
	char text[5000];

	(void)state;
	memset(text, '[', TREE_DEPTH_MAX);
	memset(text + TREE_DEPTH_MAX, ']', TREE_DEPTH_MAX);
	text[2 * TREE_DEPTH_MAX] = '\0';
	faulty(text, "");
	memset(text, '[', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	unreadable(text, "f:1:33: nested too deeply; flatten it\n");
	memset(text, '{', sizeof(text) - 1);
	unreadable(text, "f:1:33: nested too deeply; flatten it\n");
}

static void
the_number_of_nodes_has_a_ceiling(void **state)
{
	char *text = malloc(2 * TREE_NODES_MAX + 3);
	size_t i;

	(void)state;
	assert_non_null(text);
	text[0] = '[';
	for (i = 0; i < TREE_NODES_MAX; i++)
		memcpy(text + 1 + 2 * i, "a,", 3);
	memcpy(text + 1 + 2 * TREE_NODES_MAX, "]", 2);
	unreadable(text,
	    "f:1:65536: more than any configuration needs; "
	    "shorten it\n");
	memcpy(text + 1 + 2 * (TREE_NODES_MAX - 1), "]", 2);
	faulty(text, "");
	free(text);
}

static void
the_number_of_keys_has_a_ceiling(void **state)
{
	char text[8 * (TREE_KEYS_MAX + 1)];
	size_t len = 0, i;

	(void)state;
	for (i = 0; i < TREE_KEYS_MAX; i++)
		len += (size_t)sprintf(text + len, "a%zu: 1\n", i);
	faulty(text, "");
	(void)sprintf(text + len, "b: 1\n");
	unreadable(text, "f:513:1: too many keys; shorten it\n");
}

static void
a_billion_laughs_are_no_larger_than_their_file(void **state)
{
	struct fault_list faults = { 0 };
	const char *text = "a: &a [x, x, x]\n"
			   "b: &b [*a, *a, *a]\n"
			   "c: &c [*b, *b, *b]\n";
	struct tree_node *root, *node;
	size_t lines = 0;

	(void)state;
	root = tree_parse(text, strlen(text), &faults);
	assert_int_equal(faults.count, 3 + 6);
	for (node = root->first; node != NULL; node = node->next, lines++)
		assert_null(node->first->first);
	assert_int_equal(lines, 3);
	tree_free(root);
	fault_release(&faults);
}

static void
a_fault_that_is_cut_short_leaks_nothing(void **state)
{
	static const char text[] = "a: [{b: c, d: [e]}, &x f, \"g\"]\n"
				   "? [h]\n: {i: *x}\nj: {'k': |\n  l\n}\n";
	struct fault_list faults;
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(text); len++) {
		faults = (struct fault_list){ 0 };
		tree_free(tree_parse(text, len, &faults));
		fault_release(&faults);
	}
}

/* Whether two documents have the same text, without those keys. */
static bool
alike(const char *a, const char *b, const char *const except[])
{
	struct tree_node *in_a = parse(a, ""), *in_b = parse(b, "");
	char *text_a = tree_text(in_a, except);
	char *text_b = tree_text(in_b, except);
	bool same;

	assert_non_null(text_a);
	assert_non_null(text_b);
	same = strcmp(text_a, text_b) == 0;
	free(text_a);
	free(text_b);
	tree_free(in_a);
	tree_free(in_b);
	return same;
}

static void
the_text_is_the_same_for_the_same_meaning_only(void **state)
{
	static const char *const apart[] = { "a: b", "a: 'b'", "'a': b", "a",
		"[a]", "[[a]]", "{a: {b: c}}", "{a: b, c: d}", "{a: [b, c]}",
		"[a, b]", "[b, a]", "[ab]", "{a: '', b: ''}", "{a: ~}", "",
		"{}", "[]", "''", "{a: 'p1:b'}", "{a: 'b}'}", "[a, '', b]",
		"[a, 'b']", "[aq:b]" };
	size_t i, j, len = sizeof(apart) / sizeof(*apart);

	(void)state;
	for (i = 0; i < len; i++)
		for (j = 0; j < len; j++)
			assert_int_equal(
			    alike(apart[i], apart[j], NULL), i == j);
	assert_true(alike("{b: 1, a: {d: 2, c: [3]}} # x",
	    "a:\n  c:\n    - 3\n  d: 2\nb: 1\n", NULL));
	assert_true(alike("a: \"\\x41\"", "a: 'A'", NULL));
}

/* Only the keys of the node itself, not those within. */
static void
the_text_leaves_out_what_it_is_told_to(void **state)
{
	static const char *const except[] = { "a", "x", NULL };

	(void)state;
	assert_true(alike("{a: 1, b: 2}", "{b: 2, x: [3]}", except));
	assert_false(alike("{a: 1, b: 2}", "{a: 1, b: 3}", except));
	assert_false(alike("{b: {a: 1}}", "{b: {a: 2}}", except));
}

/* As large as a file can make it: characters that are escaped in it. */
static void
the_text_of_any_tree_has_room(void **state)
{
	size_t len = 0;
	struct tree_node *root;
	char *text, *file = malloc(CONFIG_FILE_MAX + 64);

	(void)state;
	assert_non_null(file);
	file[len++] = '"';
	while (len < CONFIG_FILE_MAX)
		len += (size_t)sprintf(file + len, "\\L");
	file[len++] = '"';
	root = parse_bytes(file, len, "");
	assert_non_null(root);
	assert_non_null(text = tree_text(root, NULL));
	assert_true(strlen(text) > CONFIG_FILE_MAX);
	free(text);
	tree_free(root);
	free(file);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_node_knows_its_place),
		cmocka_unit_test(null_is_a_plain_word_only),
		cmocka_unit_test(nothing_is_null),
		cmocka_unit_test(a_key_given_twice_is_a_fault),
		cmocka_unit_test(keys_that_are_no_words_are_faults),
		cmocka_unit_test(nothing_stands_for_something_else),
		cmocka_unit_test(a_tag_directive_is_refused_before_it_is_read),
		cmocka_unit_test(a_second_document_is_a_fault),
		cmocka_unit_test(wrong_syntax_is_named_with_its_place),
		cmocka_unit_test(
		    what_was_found_before_the_syntax_broke_is_told_too),
		cmocka_unit_test(
		    bytes_that_are_no_text_are_named_with_their_place),
		cmocka_unit_test(an_escaped_nul_is_a_fault),
		cmocka_unit_test(depth_has_a_ceiling),
		cmocka_unit_test(the_number_of_nodes_has_a_ceiling),
		cmocka_unit_test(the_number_of_keys_has_a_ceiling),
		cmocka_unit_test(
		    a_billion_laughs_are_no_larger_than_their_file),
		cmocka_unit_test(a_fault_that_is_cut_short_leaks_nothing),
		cmocka_unit_test(
		    the_text_is_the_same_for_the_same_meaning_only),
		cmocka_unit_test(the_text_leaves_out_what_it_is_told_to),
		cmocka_unit_test(the_text_of_any_tree_has_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
