/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/regex.h"

static struct regex *
make(const char *pattern)
{
	struct regex_fault fault;
	struct regex *regex = regex_new(pattern, &fault);

	assert_string_equal(fault.text, "");
	assert_non_null(regex);
	return regex;
}

static enum regex_result
match(const char *pattern, const char *text)
{
	struct regex *regex = make(pattern);
	enum regex_result result = regex_match(regex, text, strlen(text));

	regex_free(regex);
	return result;
}

#define assert_fits(pattern, text) \
	assert_int_equal(match(pattern, text), REGEX_MATCH)
#define assert_misses(pattern, text) \
	assert_int_equal(match(pattern, text), REGEX_NONE)

/* What ${template} becomes after ${pattern} has fitted ${text}. */
static void
assert_expands(const char *pattern, const char *text, const char *template,
    const char *want)
{
	struct regex *regex = make(pattern);
	struct buf out;

	buf_init(&out, 4096);
	assert_int_equal(regex_match(regex, text, strlen(text)), REGEX_MATCH);
	regex_expand(regex, template, &out);
	assert_string_equal(buf_text(&out), want);
	buf_release(&out);
	regex_free(regex);
}

static void
all_of_the_text_must_fit(void **state)
{
	(void)state;
	assert_fits("a.c", "abc");
	assert_misses("a.c", "xabc");
	assert_misses("a.c", "abcx");
	assert_fits("a|ab", "ab");
	assert_misses("a|b", "ab");
	assert_fits("", "");
	assert_misses("", "a");
	assert_misses("abc", "abc\n");
	assert_misses("abc$", "abc\n");
	assert_fits("^abc$", "abc");
}

static void
the_dot_fits_a_line_break_unless_it_is_told_not_to(void **state)
{
	(void)state;
	assert_fits("a.*b", "a\n\r\nb");
	assert_misses("(?-s)a.*b", "a\nb");
	assert_fits("(?-s)a.b", "a\rb");
	assert_fits("(?m)a\n^", "a\n");
	assert_fits("(?m)a$\n^b$", "a\nb");
}

static void
characters_are_those_of_unicode_and_their_classes_those_of_ascii(void **state)
{
	(void)state;
	assert_fits("a.c",
	    "a\xc3\xa9"
	    "c");
	assert_fits("[\xc3\xa9-\xc3\xab]", "\xc3\xaa");
	assert_fits("(?i)\xc3\xa9", "\xc3\x89");
	assert_misses("\\w", "\xc3\xa9");
	assert_misses("\\d", "\xd9\xa3");
	assert_fits("\\pL+", "\xc3\xa9x");
	assert_fits("\\p{Greek}", "\xce\xb1");
	assert_misses("\\s", "\v");
	assert_misses("[\\s]", "\v");
	assert_fits("\\S", "\v");
	assert_fits("[\\S]", "\v");
	assert_fits("[^a]", "\n");
}

static void
bytes_that_are_not_utf8_are_as_the_replacement_character(void **state)
{
	struct regex *regex = make("a(.)b");
	struct buf out;

	(void)state;
	buf_init(&out, 64);
	assert_int_equal(regex_match(regex,
			     "a\xff"
			     "b",
			     3),
	    REGEX_MATCH);
	regex_expand(regex, "$1", &out);
	assert_string_equal(buf_text(&out), "\xef\xbf\xbd");
	assert_int_equal(regex_match(regex,
			     "a\xff\xff"
			     "b",
			     4),
	    REGEX_NONE);
	/* A NUL is a character. */
	assert_int_equal(regex_match(regex, "a\0b", 3), REGEX_MATCH);
	buf_release(&out);
	regex_free(regex);
}

static void
captures_are_put_where_the_template_has_their_names(void **state)
{
	(void)state;
	assert_expands(
	    "(a)(?P<n>b)(c)?", "ab", "$1-${1}x-$n-${n}y", "a-ax-b-by");
	assert_expands("(a)", "a", "$1x|$0|$$|$2|$x|${x}", "|a|$|||");
	assert_expands("(a)(c)?", "a", "<$2>", "<>");
	assert_expands("(a)", "a", "$", "$");
	assert_expands("(a)", "a", "$-${1${}$", "$-${1${}$");
	assert_expands("(a)", "a", "$01${00}$0", "a");
	assert_expands("(a)", "a", "$1$1", "aa");
	assert_expands("(a)", "a", "$18446744073709551617$100000001", "");
	assert_expands("(.*)", "", "x${1}y$1y", "xy");
	/* Of several groups with one name, the first that captured. */
	assert_expands("(?:(?P<n>a)|(?P<n>b))(?P<n>c)", "bc", "$n", "b");
	/* By Perl's way of several. */
	assert_expands("(a*)(a*)", "aaa", "$1,$2", "aaa,");
	assert_expands("(a*?)(a*)", "aaa", "$1,$2", ",aaa");
	assert_expands("(a|ab)(c|bcd)(d*)", "abcd", "$1,$2,$3", "a,bcd,");
}

static void
a_search_without_end_is_given_up(void **state)
{
	char text[4096];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(match("(a*)*[bc]", text), REGEX_LIMIT);
	assert_int_equal(match("(a|aa)+[bc]", text), REGEX_LIMIT);
	/* Some million ways, which PCRE2 by itself would try. */
	assert_int_equal(
	    match("(a|aa)+[bc]", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa"), REGEX_LIMIT);
	/* What is often written is far from it. */
	assert_misses(".*x.*y.*", text);
	assert_fits("(a|b)*", text);
}

/* Twenty letters take fewer steps than the first limit, not the second. */
static void
an_expression_that_is_given_up_often_gets_less_time(void **state)
{
	struct regex *regex = make("(a|aa)+[bc]");
	char text[64];
	unsigned int i;

	(void)state;
	memset(text, 'a', sizeof(text));
	for (i = 0; i < REGEX_GIVEN_UP_MAX; i++) {
		assert_int_equal(regex_match(regex, text, 20), REGEX_NONE);
		assert_int_equal(
		    regex_match(regex, text, sizeof(text)), REGEX_LIMIT);
	}
	assert_int_equal(regex_match(regex, text, 20), REGEX_LIMIT);
	assert_int_equal(regex_match(regex, text, 5), REGEX_NONE);
	assert_int_equal(regex_match(regex, "ab", 2), REGEX_MATCH);
	regex_free(regex);
}

static void
a_long_text_takes_bounded_memory(void **state)
{
	size_t len = 4u << 20;
	char *text = malloc(len);
	struct regex *regex = make("(?:a|b)*");

	(void)state;
	assert_non_null(text);
	memset(text, 'a', len);
	assert_int_equal(regex_match(regex, text, len), REGEX_LIMIT);
	assert_int_equal(regex_match(regex, text, 1000), REGEX_MATCH);
	regex_free(regex);
	regex = make(".*");
	assert_int_equal(regex_match(regex, text, len), REGEX_MATCH);
	regex_free(regex);
	free(text);
}

static void
assert_fault(const char *pattern, const char *want)
{
	struct regex_fault fault;

	assert_null(regex_new(pattern, &fault));
	assert_memory_equal(fault.text, want, strlen(want));
}

static void
a_bad_pattern_is_refused_with_what_is_wrong(void **state)
{
	char *pattern = malloc(REGEX_PATTERN_MAX + 2);

	(void)state;
	assert_non_null(pattern);
	assert_fault("(?=a)", "at character 1: RE2 has no such group");
	assert_fault("[b-a]", "range out of order in character class; write");
	assert_fault("\\p{Klingon}", "unknown property");
	memset(pattern, 'x', REGEX_PATTERN_MAX + 1);
	pattern[REGEX_PATTERN_MAX + 1] = '\0';
	assert_fault(pattern, "longer than 262144 bytes; ");
	pattern[REGEX_PATTERN_MAX] = '\0';
	assert_fault(pattern, "regular expression is too large; ");
	free(pattern);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_the_text_must_fit),
		cmocka_unit_test(
		    the_dot_fits_a_line_break_unless_it_is_told_not_to),
		cmocka_unit_test(
		    characters_are_those_of_unicode_and_their_classes_those_of_ascii),
		cmocka_unit_test(
		    bytes_that_are_not_utf8_are_as_the_replacement_character),
		cmocka_unit_test(
		    captures_are_put_where_the_template_has_their_names),
		cmocka_unit_test(a_search_without_end_is_given_up),
		cmocka_unit_test(
		    an_expression_that_is_given_up_often_gets_less_time),
		cmocka_unit_test(a_long_text_takes_bounded_memory),
		cmocka_unit_test(a_bad_pattern_is_refused_with_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
