/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"

typedef void put_fn(struct buf *out, const char *data, size_t len);

/* Check what ${put} makes of the ${len} bytes at ${data}. */
static void
check_bytes(put_fn *put, const char *data, size_t len, const char *want)
{
	char *copy = malloc(len); /* Exact, so that ASan sees a step past. */
	struct buf out;

	assert_true(copy != NULL || len == 0);
	if (len > 0)
		memcpy(copy, data, len);
	buf_init(&out, 10000);
	put(&out, copy, len);
	assert_string_equal(buf_text(&out), want);
	assert_int_equal(out.len, strlen(want));
	buf_release(&out);
	free(copy);
}

static void
check(put_fn *put, const char *data, const char *want)
{
	check_bytes(put, data, strlen(data), want);
}

static void
a_plain_logfmt_value_is_bare(void **state)
{
	(void)state;
	check(text_put_logfmt, "abc", "abc");
	check(text_put_logfmt, "http://h:1/p?q", "http://h:1/p?q");
	check(text_put_logfmt, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
	    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
}

static void
a_logfmt_value_that_needs_quotes_gets_them(void **state)
{
	(void)state;
	check(text_put_logfmt, "", "\"\"");
	check(text_put_logfmt, "a b", "\"a b\"");
	check(text_put_logfmt, "a=b", "\"a=b\"");
	check(text_put_logfmt, "a\"b", "\"a\\\"b\"");
	check(text_put_logfmt, "a\\b", "\"a\\\\b\"");
	check(text_put_logfmt, "a\nb", "\"a\\nb\"");
	check(text_put_logfmt, "\xff", "\"\\ufffd\"");
	check(text_put_logfmt, "\x7f", "\"\\u007f\"");
}

static void
json_escapes_what_a_string_cannot_hold(void **state)
{
	(void)state;
	check(text_put_json, "", "");
	check(text_put_json, "a b=c/", "a b=c/");
	check(text_put_json, "\"\\", "\\\"\\\\");
	check(text_put_json, "\n\r\t", "\\n\\r\\t");
	check_bytes(text_put_json, "\0\x1b", 2, "\\u0000\\u001b");
}

static void
a_whole_json_string_has_its_quotes(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 64);
	text_put_quoted(&out, "");
	text_put_quoted(&out, "a \"b\"\n\xff");
	assert_string_equal(buf_text(&out), "\"\"\"a \\\"b\\\"\\n\\ufffd\"");
	buf_release(&out);
}

static void
what_leads_a_terminal_astray_is_escaped(void **state)
{
	(void)state;
	check(text_put_json, "\x1b[31m", "\\u001b[31m");
	check(text_put_json, "\x7f", "\\u007f");
	check(text_put_json, "\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0",
	    "\\u0080\\u009b\\u009f\xc2\xa0");
	check(text_put_json, "\xd8\x9c", "\\u061c");
	check(text_put_json, "\xe2\x80\x8d\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\x90",
	    "\xe2\x80\x8d\\u200e\\u200f\xe2\x80\x90");
	check(text_put_json, "\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xae\xe2\x80\xaf",
	    "\xe2\x80\xa7\\u2028\\u202e\xe2\x80\xaf");
	check(text_put_json, "\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa",
	    "\xe2\x81\xa5\\u2066\\u2069\xe2\x81\xaa");
}

static void
utf8_is_what_it_was_but_for_what_is_none(void **state)
{
	(void)state;
	check(text_put_utf8, "a\"\\\n\x1b\xc3\xbc\xe2\x80\xae",
	    "a\"\\\n\x1b\xc3\xbc\xe2\x80\xae");
	check(text_put_utf8, "a\xff\xc3", "a\xef\xbf\xbd\xef\xbf\xbd");
	check_bytes(text_put_utf8, "a\0b", 3,
	    "a\xef\xbf\xbd"
	    "b");
}

static void
html_stays_text_in_elements_and_attributes(void **state)
{
	(void)state;
	check(text_put_html, "<b a='1' c=\"2\">&amp;</b>",
	    "&#60;b a=&#39;1&#39; c=&#34;2&#34;&#62;&#38;amp;&#60;/b&#62;");
	check(text_put_html, "a\nb\tc\r\x1b[2J\x7f",
	    "a\nb\tc\\u000d\\u001b[2J\\u007f");
	check(text_put_html, "\xe2\x80\xae\xff\xc3\xbc",
	    "\\u202e\xef\xbf\xbd\xc3\xbc");
	check_bytes(text_put_html, "a\0b", 3, "a\\u0000b");
}

static void
each_byte_that_is_not_utf8_is_replaced(void **state)
{
	static const char *const one[] = { "\x80", "\xbf", "\xc2", "\xe2",
		"\xf0", "\xf5", "\xfe", "\xff" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(one) / sizeof(one[0]); i++)
		check(text_put_json, one[i], "\\ufffd");
	/* Cut off, at the end and before another character. */
	check(text_put_json, "\xe2\x82", "\\ufffd\\ufffd");
	check(text_put_json, "\xe2\x82z", "\\ufffd\\ufffdz");
	check(text_put_json, "\xf0\x9f\x98", "\\ufffd\\ufffd\\ufffd");
	/* Too long a form. */
	check(text_put_json, "\xc0\x80", "\\ufffd\\ufffd");
	check(text_put_json, "\xc1\xbf", "\\ufffd\\ufffd");
	check(text_put_json, "\xe0\x9f\xbf", "\\ufffd\\ufffd\\ufffd");
	check(
	    text_put_json, "\xf0\x8f\xbf\xbf", "\\ufffd\\ufffd\\ufffd\\ufffd");
	/* Surrogates, and past the end. */
	check(text_put_json, "\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd");
	check(text_put_json, "\xed\xbf\xbf", "\\ufffd\\ufffd\\ufffd");
	check(
	    text_put_json, "\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd");
	/* The nearest that are characters. */
	check(text_put_json, "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf",
	    "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf");
}

static void
a_label_value_escapes_only_what_the_format_knows(void **state)
{
	(void)state;
	check(text_put_label, "a\\b\"c\nd", "a\\\\b\\\"c\\nd");
	check(text_put_label, "\t\r\x1b{}=,", "\t\r\x1b{}=,");
	check(text_put_label, "\xe2\x80\xae", "\xe2\x80\xae");
}

static void
a_label_value_stays_utf8_and_without_nul(void **state)
{
	(void)state;
	check(text_put_label, "a\xff\xc3",
	    "a\xef\xbf\xbd"
	    "\xef\xbf\xbd");
	check_bytes(text_put_label, "a\0b", 3,
	    "a\xef\xbf\xbd"
	    "b");
}

static void
a_full_buffer_ends_with_a_whole_character(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4);
	text_put_json(&out, "ab\x01z", 4);
	assert_true(out.bad);
	assert_string_equal(buf_text(&out), "ab");
	buf_reset(&out);
	text_put_json(&out, "ab\xe2\x82\xacz", 6);
	assert_true(out.bad);
	assert_string_equal(buf_text(&out), "ab");
	buf_reset(&out);
	text_put_label(&out, "abc\"", 4);
	assert_true(out.bad);
	assert_string_equal(buf_text(&out), "abc");
	buf_release(&out);
}

static void
help_escapes_backslash_and_newline_alone(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	text_put_help(&out, "a\\b\n\"c\"");
	assert_string_equal(buf_text(&out), "a\\\\b\\n\"c\"");
	buf_release(&out);
}

static void
check_number(double value, const char *want)
{
	struct buf out;

	buf_init(&out, 100);
	text_put_number(&out, value);
	assert_string_equal(buf_text(&out), want);
	buf_release(&out);
}

static void
integers_have_no_exponent_up_to_2_to_the_53(void **state)
{
	(void)state;
	check_number(0, "0");
	check_number(-0.0, "0");
	check_number(-17, "-17");
	check_number(1e15, "1000000000000000");
	check_number(9007199254740992.0, "9007199254740992");
	check_number(-9007199254740992.0, "-9007199254740992");
	check_number(1e300, "1e+300");
}

static void
numbers_read_back_the_same_in_few_digits(void **state)
{
	static const double values[] = { 1.0 / 3, 5e-324,
		1.7976931348623157e308, 2.2250738585072014e-308,
		9007199254740994.0, 123456.789e3 };
	struct buf out;
	size_t i;

	(void)state;
	check_number(0.1, "0.1");
	check_number(0.005, "0.005");
	check_number(-2.5, "-2.5");
	buf_init(&out, 100);
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		buf_reset(&out);
		text_put_number(&out, values[i]);
		assert_true(strtod(buf_text(&out), NULL) == values[i]);
	}
	buf_release(&out);
}

static void
what_is_no_number_has_prometheus_names(void **state)
{
	(void)state;
	check_number((double)NAN, "NaN");
	check_number((double)INFINITY, "+Inf");
	check_number(-(double)INFINITY, "-Inf");
}

static void
check_url(const char *url, const char *want)
{
	struct buf out;

	buf_init(&out, 1000);
	text_put_shown_url(&out, url);
	assert_string_equal(buf_text(&out), want);
	buf_release(&out);
}

static void
a_url_without_secrets_is_shown_as_it_is(void **state)
{
	(void)state;
	check_url("", "");
	check_url("http://h", "http://h");
	check_url("https://h.example:9090/api/v1/write",
	    "https://h.example:9090/api/v1/write");
	check_url("http://[::1]:9090/a:b", "http://[::1]:9090/a:b");
	check_url("http://[::1]/", "http://[::1]/");
}

static void
userinfo_is_left_out(void **state)
{
	(void)state;
	check_url("http://u:p@h:1/a", "http://h:1/a");
	check_url("http://u@h", "http://h");
	check_url("http://u:p@q@h/", "http://h/");
	check_url("u:p@h/a", "h/a");
	check_url("x_y://u:p@h/a", "***@h/a");
}

static void
query_values_are_masked_and_keys_kept(void **state)
{
	(void)state;
	check_url("http://h/a?k=v", "http://h/a?k=***");
	check_url("http://h/a?k=v&l=w=x&m=", "http://h/a?k=***&l=***&m=***");
	check_url("http://h/a?token", "http://h/a?***");
	check_url("http://h/a?k=v&token&&z", "http://h/a?k=***&***&&***");
	check_url("http://h/a?k=v;l=w?m=x", "http://h/a?k=***");
	check_url("http://h?", "http://h?");
	check_url("http://h?k=a@b.c", "http://h?k=***");
	check_url("http://h:80?k=a@b.c", "http://h:80?k=***");
}

static void
a_fragment_is_masked(void **state)
{
	(void)state;
	check_url("http://h/a#secret", "http://h/a#***");
	check_url("http://h/a?k=v#s?t=u", "http://h/a?k=***#***");
}

static void
a_password_that_was_not_escaped_is_hidden_too(void **state)
{
	(void)state;
	check_url("http://u:p/w@h/a", "http://***@h/a");
	check_url("http://u:1/w@h/a", "http://***@h/a");
	check_url("http://u:p?w@h/a?k=v", "http://***@h/a?k=***");
	check_url("http://u:p#w@h/a", "http://***@h/a");
	check_url("http:/u:p@h/a", "***@h/a");
	check_url("http:///u:p@h/a", "http://***@h/a");
}

static void
a_value_of_a_query_is_escaped(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	text_put_query(&out, "az-AZ_09.~ /:&=?%+#\xc3\xa9\n");
	assert_string_equal(
	    buf_text(&out), "az-AZ_09.~%20%2F%3A%26%3D%3F%25%2B%23%C3%A9%0A");
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_logfmt_value_is_bare),
		cmocka_unit_test(a_value_of_a_query_is_escaped),
		cmocka_unit_test(a_logfmt_value_that_needs_quotes_gets_them),
		cmocka_unit_test(json_escapes_what_a_string_cannot_hold),
		cmocka_unit_test(a_whole_json_string_has_its_quotes),
		cmocka_unit_test(what_leads_a_terminal_astray_is_escaped),
		cmocka_unit_test(utf8_is_what_it_was_but_for_what_is_none),
		cmocka_unit_test(html_stays_text_in_elements_and_attributes),
		cmocka_unit_test(each_byte_that_is_not_utf8_is_replaced),
		cmocka_unit_test(
		    a_label_value_escapes_only_what_the_format_knows),
		cmocka_unit_test(a_label_value_stays_utf8_and_without_nul),
		cmocka_unit_test(a_full_buffer_ends_with_a_whole_character),
		cmocka_unit_test(help_escapes_backslash_and_newline_alone),
		cmocka_unit_test(integers_have_no_exponent_up_to_2_to_the_53),
		cmocka_unit_test(numbers_read_back_the_same_in_few_digits),
		cmocka_unit_test(what_is_no_number_has_prometheus_names),
		cmocka_unit_test(a_url_without_secrets_is_shown_as_it_is),
		cmocka_unit_test(userinfo_is_left_out),
		cmocka_unit_test(query_values_are_masked_and_keys_kept),
		cmocka_unit_test(a_fragment_is_masked),
		cmocka_unit_test(a_password_that_was_not_escaped_is_hidden_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
