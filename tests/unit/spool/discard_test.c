/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>

#include "agent/spool/discard.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/wal/scratch.h"

static void
it_is_the_worker_that_closes_them(void **state)
{
	struct lazy lazy;
	int a = scratch_file(), b = scratch_file();

	(void)state;
	lazy_init(&lazy);
	discard_fd(&lazy.worker, a);
	discard_fd(&lazy.worker, b);
	assert_int_not_equal(fcntl(a, F_GETFD), -1);
	assert_int_not_equal(fcntl(b, F_GETFD), -1);
	lazy_work(&lazy);
	assert_int_equal(fcntl(a, F_GETFD), -1);
	assert_int_equal(fcntl(b, F_GETFD), -1);
}

static void
none_is_no_work(void **state)
{
	struct lazy lazy;

	(void)state;
	lazy_init(&lazy);
	discard_fd(&lazy.worker, -1);
	assert_int_equal(lazy.submitted, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_the_worker_that_closes_them),
		cmocka_unit_test(none_is_no_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
