/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/base/buf.h"

static void
appends_follow_each_other(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_puts(&b, "ab");
	buf_putc(&b, 'c');
	buf_printf(&b, "%d-%s", 7, "x");
	buf_put(&b, "\0z", 2);
	assert_false(b.bad);
	assert_int_equal(b.len, 8);
	assert_memory_equal(b.data, "abc7-x\0z", 8);
	buf_release(&b);
}

static void
text_ends_with_a_nul_that_is_not_counted(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 1000);
	assert_string_equal(buf_text(&b), "");
	for (i = 1; i <= 1000; i++) {
		buf_putc(&b, 'x');
		assert_int_equal(strlen(buf_text(&b)), i);
	}
	assert_false(b.bad);
	buf_release(&b);
}

static void
the_ceiling_is_reached_but_never_passed(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_puts(&b, "abcd");
	assert_false(b.bad);
	assert_string_equal(buf_text(&b), "abcd");
	buf_putc(&b, 'e');
	assert_true(b.bad);
	assert_string_equal(buf_text(&b), "abcd");
	assert_true(b.cap <= 5);
	buf_release(&b);
}

static void
the_first_append_past_the_ceiling_makes_it_bad(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_puts(&b, "ab");
	buf_puts(&b, "cde");
	assert_true(b.bad);
	buf_putc(&b, 'c'); /* Would fit, and still does nothing. */
	buf_printf(&b, "%d", 1);
	assert_null(buf_reserve(&b, 1));
	assert_string_equal(buf_text(&b), "ab");
	buf_release(&b);
}

static void
printf_past_the_ceiling_appends_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_printf(&b, "%s", "abcde");
	assert_true(b.bad);
	assert_int_equal(b.len, 0);
	assert_string_equal(buf_text(&b), "");
	buf_release(&b);
}

static void
reset_empties_and_heals_but_keeps_the_memory(void **state)
{
	struct buf b;
	uint8_t *before;

	(void)state;
	buf_init(&b, 4);
	buf_puts(&b, "abcd");
	buf_putc(&b, 'e');
	before = b.data;
	buf_reset(&b);
	assert_false(b.bad);
	assert_int_equal(b.len, 0);
	assert_ptr_equal(b.data, before);
	assert_string_equal(buf_text(&b), "");
	buf_puts(&b, "wxyz");
	assert_string_equal(buf_text(&b), "wxyz");
	buf_release(&b);
}

static void
release_leaves_it_as_after_init(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_puts(&b, "abcde");
	buf_puts(&b, "ab");
	buf_release(&b);
	assert_null(b.data);
	assert_int_equal(b.len + b.cap, 0);
	assert_int_equal(b.max, 4);
	assert_false(b.bad);
	buf_release(&b);
}

static void
reserved_room_is_the_callers_to_fill(void **state)
{
	struct buf b;
	uint8_t *to;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_puts(&b, "a");
	to = buf_reserve(&b, 500000);
	assert_non_null(to);
	memset(to, 'b', 500000);
	assert_int_equal(b.len, 1);
	b.len += 500000;
	assert_int_equal(strlen(buf_text(&b)), 500001);
	buf_release(&b);
}

static void
an_absurd_length_makes_it_bad(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	buf_puts(&b, "a");
	assert_null(buf_reserve(&b, SIZE_MAX - 1));
	assert_true(b.bad);
	buf_release(&b);
}

static void
a_zeroed_buffer_holds_nothing(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_put(&b, NULL, 0);
	assert_false(b.bad);
	buf_putc(&b, 'a');
	assert_true(b.bad);
	assert_string_equal(buf_text(&b), "");
	buf_release(&b);
}

static void
a_buffer_over_memory_stays_in_it(void **state)
{
	char memory[4] = "....";
	struct buf b;

	(void)state;
	buf_over(&b, memory, sizeof(memory));
	buf_puts(&b, "abc");
	assert_false(b.bad);
	assert_ptr_equal(buf_text(&b), memory);
	assert_string_equal(memory, "abc");
	buf_putc(&b, 'd');
	assert_true(b.bad);
	assert_ptr_equal(buf_text(&b), memory);
	assert_string_equal(memory, "abc");
}

static void
a_secret_buffer_grows_and_is_as_any_other(void **state)
{
	struct buf b;

	(void)state;
	buf_secret(&b, 100);
	buf_puts(&b, "abc");
	assert_non_null(buf_reserve(&b, 90));
	assert_string_equal(buf_text(&b), "abc");
	assert_null(buf_reserve(&b, 98));
	assert_true(b.bad);
	buf_release(&b);
	assert_int_equal(b.max, 100);
	buf_puts(&b, "d");
	assert_string_equal(buf_text(&b), "d");
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_follow_each_other),
		cmocka_unit_test(text_ends_with_a_nul_that_is_not_counted),
		cmocka_unit_test(the_ceiling_is_reached_but_never_passed),
		cmocka_unit_test(
		    the_first_append_past_the_ceiling_makes_it_bad),
		cmocka_unit_test(printf_past_the_ceiling_appends_nothing),
		cmocka_unit_test(reset_empties_and_heals_but_keeps_the_memory),
		cmocka_unit_test(release_leaves_it_as_after_init),
		cmocka_unit_test(reserved_room_is_the_callers_to_fill),
		cmocka_unit_test(an_absurd_length_makes_it_bad),
		cmocka_unit_test(a_zeroed_buffer_holds_nothing),
		cmocka_unit_test(a_buffer_over_memory_stays_in_it),
		cmocka_unit_test(a_secret_buffer_grows_and_is_as_any_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
