/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/config/config.h"
#include "agent/config/fault.h"

static void
faults_come_out_in_the_order_of_their_places(void **state)
{
	struct fault_list list = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	fault_add(&list, 2, 1, "third");
	fault_add(&list, 1, 9, "second %d", 2);
	fault_add(&list, 2, 1, "fourth, at the place of the third");
	fault_add(&list, 1, 2, "first");
	assert_false(fault_none(&list));
	fault_write(&list, "f", &out);
	assert_string_equal(buf_text(&out),
	    "f:1:2: first\n"
	    "f:1:9: second 2\n"
	    "f:2:1: third\n"
	    "f:2:1: fourth, at the place of the third\n");
	fault_release(&list);
	assert_true(fault_none(&list));
	buf_release(&out);
}

static void
past_the_ceiling_only_their_number_is_told(void **state)
{
	struct fault_list list = { 0 };
	struct buf out;
	size_t i, lines = 0;

	(void)state;
	buf_init(&out, 1u << 16);
	for (i = 0; i < CONFIG_FAULTS_MAX + 3; i++)
		fault_add(&list, i + 1, 1, "wrong");
	fault_write(&list, "f", &out);
	for (i = 0; i < out.len; i++)
		lines += out.data[i] == '\n';
	assert_int_equal(lines, CONFIG_FAULTS_MAX + 1);
	assert_non_null(
	    strstr(buf_text(&out), "f:100:1: wrong\nf: and 3 more faults\n"));
	fault_release(&list);
	buf_release(&out);
}

static void
want_of_memory_is_a_fault_of_its_own(void **state)
{
	struct fault_list list = { .nomem = true };
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	assert_false(fault_none(&list));
	fault_write(&list, "f", &out);
	assert_string_equal(
	    buf_text(&out), "f: not all could be read: out of memory\n");
	fault_release(&list);
	buf_release(&out);
}

static void
a_long_message_is_cut(void **state)
{
	struct fault_list list = { 0 };
	char text[2 * FAULT_TEXT_MAX];
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	fault_add(&list, 1, 1, "%s", text);
	fault_write(&list, "f", &out);
	assert_int_equal(out.len, strlen("f:1:1: ") + FAULT_TEXT_MAX);
	fault_release(&list);
	buf_release(&out);
}

static void
a_quoted_word_is_short_printable_ascii(void **state)
{
	char word[100];

	(void)state;
	assert_string_equal(fault_quote("plain ~word").text, "plain ~word");
	assert_string_equal(
	    fault_quote("a\x1b[31m\n\x7f\xc3\xa9").text, "a?[31m????");
	memset(word, 'x', sizeof(word));
	word[FAULT_QUOTE_MAX - 1] = '\0';
	assert_string_equal(fault_quote(word).text, word);
	word[FAULT_QUOTE_MAX - 1] = 'x';
	word[FAULT_QUOTE_MAX] = '\0';
	assert_int_equal(strlen(fault_quote(word).text), FAULT_QUOTE_MAX - 1);
	assert_string_equal(
	    fault_quote(word).text + FAULT_QUOTE_MAX - 5, "x...");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_come_out_in_the_order_of_their_places),
		cmocka_unit_test(past_the_ceiling_only_their_number_is_told),
		cmocka_unit_test(want_of_memory_is_a_fault_of_its_own),
		cmocka_unit_test(a_long_message_is_cut),
		cmocka_unit_test(a_quoted_word_is_short_printable_ascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
