/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/auth/stamp.h"

static void
each_part_tells_files_apart(void **state)
{
	static const struct stat sts[] = {
		{ .st_dev = 1 }, { .st_ino = 1 }, { .st_size = 1 },
		{ .st_mtim = { 1, 0 } }, { .st_mtim = { 0, 1 } },
		{ .st_ctim = { 1, 0 } }, { .st_ctim = { 0, 1 } },
		{ .st_mode = 1 }, /* Not this one. */
	};
	struct stamp none = stamp_of(&(struct stat){ 0 }), some;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sts) / sizeof(sts[0]); i++) {
		some = stamp_of(&sts[i]);
		assert_true(stamp_same(&some, &some));
		assert_int_equal(stamp_same(&some, &none), i == 7);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_part_tells_files_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
