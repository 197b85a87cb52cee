/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/auth/form.h"

static void
fields_stand_one_after_the_other(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 256);
	form_put(&out, "a", "plain-._~");
	form_put(&out, "b", "");
	form_put(&out, "c", " &=+%\n\xc3\xa4");
	assert_string_equal(
	    buf_text(&out), "a=plain-._~&b=&c=%20%26%3D%2B%25%0A%C3%A4");
	buf_release(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_stand_one_after_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
