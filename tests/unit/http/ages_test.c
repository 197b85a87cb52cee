/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/http/ages.h"

static void
a_connection_lives_for_its_time(void **state)
{
	struct ages ages = { 0 };
	const uint64_t now = 1000 * CLOCK_SEC;

	(void)state;
	assert_true(ages_over(&ages, 1, now));
	ages_begin(&ages, 1, now);
	ages_begin(&ages, 2, now + 1);
	assert_false(ages_over(&ages, 1, now + AGES_LIFE - 1));
	assert_true(ages_over(&ages, 1, now + AGES_LIFE));
	assert_false(ages_over(&ages, 2, now + AGES_LIFE));
	/* Its port may be another's then. */
	ages_begin(&ages, 1, now + AGES_LIFE);
	assert_false(ages_over(&ages, 1, now + AGES_LIFE));
}

static void
the_oldest_of_too_many_is_forgotten(void **state)
{
	struct ages ages = { 0 };
	long i;

	(void)state;
	for (i = 0; i < (long)AGES_MAX; i++)
		ages_begin(&ages, i, i == 7 ? 1 : 100);
	ages_begin(&ages, 9999, 100);
	assert_true(ages_over(&ages, 7, 100));
	assert_false(ages_over(&ages, 9999, 100));
	assert_false(ages_over(&ages, 8, 100));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_lives_for_its_time),
		cmocka_unit_test(the_oldest_of_too_many_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
