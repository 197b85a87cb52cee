/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/re2.h"

static void
assert_becomes(const char *pattern, const char *want)
{
	struct re2 re2;

	assert_int_equal(re2_translate(&re2, pattern), 0);
	assert_string_equal(buf_text(&re2.out), want);
	assert_string_equal(re2.fault, "");
	re2_release(&re2);
}

/* That the fault of ${pattern} begins with ${want}. */
static void
assert_refused(const char *pattern, const char *want)
{
	struct re2 re2;

	assert_int_equal(re2_translate(&re2, pattern), -1);
	assert_memory_equal(re2.fault, want, strlen(want));
	re2_release(&re2);
}

static void
what_is_alike_in_both_stays(void **state)
{
	static const char *const patterns[] = { "", "abc", "(.*)", "a|b|",
		"(?:a|b)+?c*?d??", "[a-z0-9_]+", "[^a-z]", "a{2}b{2,}c{2,3}?",
		"(?i)a(?s-m:b)(?U:c)", "[[:alpha:][:^digit:]]", "^a$|\\Ab\\z",
		"\\b\\B", "\\p{Greek}\\P{Lu}", "x.y", "\xc3\xa9+" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		assert_becomes(patterns[i], patterns[i]);
}

static void
what_means_another_thing_in_pcre2_is_written_in_its_words(void **state)
{
	(void)state;
	assert_becomes("\\v\\a\\12\\0\\x41\\x{1F600}",
	    "\\x{b}\\x{7}\\x{a}\\x{0}\\x{41}\\x{1f600}");
	assert_becomes("\\s\\S", "[\\t\\n\\f\\r ][^\\t\\n\\f\\r ]");
	assert_becomes(
	    "[\\s\\S\\d\\w]", "[\\t\\n\\f\\r \\S\\x{b}0-90-9A-Za-z_]");
	assert_becomes("\\d\\D\\w\\W",
	    "[0-9][^0-9][0-9A-Za-z_]"
	    "[^0-9A-Za-z_]");
	assert_becomes(
	    "a{,5}{a}{1,x}{01}", "a\\{\\,5\\}\\{a\\}\\{1\\,x\\}\\{01\\}");
	assert_becomes("[[.a.]]", "[\\[\\.a\\.]\\]");
	assert_becomes("[]a-]", "[\\]a\\-]");
	assert_becomes("[\\d-z]", "[0-9\\-z]");
	assert_becomes("[a\\]]", "[a\\]]");
	assert_becomes("\\pL\\PN", "\\p{L}\\P{N}");
	assert_becomes("\\Qa.b*\\E+", "a\\.b\\*+");
	assert_becomes("\\Qa.", "a\\.");
	assert_becomes("# -", "\\# \\-");
	assert_becomes("^*\\b+$?\\z{2}", "(?:^)*(?:\\b)+(?:$)?(?:\\z){2}");
	assert_becomes("\\_\\/", "_\\/");
}

static void
groups_lose_their_names_and_are_known_by_them(void **state)
{
	struct re2 re2;

	(void)state;
	assert_int_equal(re2_translate(&re2, "(a)(?P<n_1>b)(?:c)(?<m>d)"), 0);
	assert_string_equal(buf_text(&re2.out), "(a)(b)(?:c)(d)");
	assert_int_equal(re2.groups, 3);
	assert_int_equal(re2.names[0].len, 0);
	assert_int_equal(re2.names[1].at, 7);
	assert_int_equal(re2.names[1].len, 3);
	assert_int_equal(re2.names[2].at, 21);
	assert_int_equal(re2.names[2].len, 1);
	re2_release(&re2);
}

static void
what_re2_lacks_is_refused_with_its_place(void **state)
{
	static const char *const groups[] = { "(?=a)", "(?!a)", "(?<=a)",
		"(?<!a)", "(?>a)", "(?#a)", "(?P=a)", "(?P>a)", "(?R)", "(?1)",
		"(?|a)", "(?(1)a)", "(?C)", "(?x)", "(?-)", "(?i", "(?" };
	char pattern[32] = "\xc3\xa9x";
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		strcpy(pattern + 3, groups[i]);
		assert_refused(
		    pattern, "at character 3: RE2 has no such group: ");
	}
	assert_refused("(*UTF)a", "at character 2: nothing to repeat");
	assert_refused("(a)\\1", "at character 4: RE2 has no references back");
	assert_refused("\\8", "at character 1: RE2 has no references back");
	assert_refused("(?P<>a)", "at character 1: not the name of a group");
	assert_refused("(?P<a-b>a)", "at character 1: not the name of a");
	assert_refused("(?P<a", "at character 1: not the name of a");
}

static void
escapes_that_re2_lacks_are_refused(void **state)
{
	static const char *const escapes[] = { "\\C", "\\G", "\\Z", "\\K",
		"\\R", "\\X", "\\h", "\\N", "\\e", "\\cA", "\\g1", "\\k<a>",
		"\\E", "\\u0041", "\\x", "\\x4", "\\x{}", "\\x{4", "\\xg0",
		"\\x{110000}", "\\x{fffffffff}", "\\\xc3\xa9", "[\\b]",
		"[\\Qa\\E]", "[a-\\d]" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
		assert_refused(escapes[i], "at character ");
	assert_refused("a\\", "at character 2: a '\\' at the end");
	assert_refused("\\p{Xan}", "at character 1: not a Unicode property");
	assert_refused("\\p{L&}", "at character 1: not a Unicode property");
	assert_refused("\\p{Greek", "at character 1: not a Unicode property");
	assert_refused("\\p", "at character 1: not a Unicode property");
	assert_refused("\\p{}", "at character 1: not a Unicode property");
}

static void
repetitions_of_nothing_or_twice_are_refused(void **state)
{
	static const char *const patterns[] = { "*", "+a", "a|?", "(*a)", "a**",
		"a*+", "a++", "a?+", "a{2}+", "a{2}{3}", "a+?+", "(?i)*" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct re2 re2;

		assert_int_equal(re2_translate(&re2, patterns[i]), -1);
		assert_non_null(strstr(re2.fault, "nothing to repeat"));
		re2_release(&re2);
	}
	assert_refused("a{3,2}", "at character 2: not a number of times");
	assert_refused("a{1001}", "at character 2: not a number of times");
	assert_refused("a{1,1001}", "at character 2: not a number of times");
	assert_refused(
	    "a{99999999999999999999}", "at character 2: not a number of times");
	assert_becomes("a{1000}", "a{1000}");
}

static void
brackets_must_have_their_other_half(void **state)
{
	(void)state;
	assert_refused("(a", "at character 3: a '(' without its ')'");
	assert_refused("a)", "at character 2: a ')' without its '('");
	assert_refused("x[a", "at character 2: a '[' without its ']'");
	assert_refused("[]", "at character 1: a '[' without its ']'");
	assert_refused("[a-", "at character 1: a '[' without its ']'");
	assert_refused("[[:foo:]]", "at character 2: no such class");
	assert_refused("[[:^:]]", "at character 2: no such class");
	assert_refused("[[:alpha alnum:]]", "at character 2: no such class");
	assert_becomes("a]b}", "a\\]b\\}");
}

static void
groups_are_bounded(void **state)
{
	char *pattern = calloc(RE2_GROUPS_MAX + 1, 2);
	size_t i;

	(void)state;
	assert_non_null(pattern);
	for (i = 0; i < RE2_GROUPS_MAX; i++)
		memcpy(pattern + 2 * i, "()", 2);
	assert_becomes(pattern, pattern);
	pattern[2 * i] = '(';
	assert_refused(pattern, "at character 2002: more than 1000 groups");
	free(pattern);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_alike_in_both_stays),
		cmocka_unit_test(
		    what_means_another_thing_in_pcre2_is_written_in_its_words),
		cmocka_unit_test(groups_lose_their_names_and_are_known_by_them),
		cmocka_unit_test(what_re2_lacks_is_refused_with_its_place),
		cmocka_unit_test(escapes_that_re2_lacks_are_refused),
		cmocka_unit_test(repetitions_of_nothing_or_twice_are_refused),
		cmocka_unit_test(brackets_must_have_their_other_half),
		cmocka_unit_test(groups_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
