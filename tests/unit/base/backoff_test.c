/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdbool.h>

#include "agent/base/backoff.h"

#define DRAWS 1000u

/* The least and the most of many waits after ${failures} failures. */
static void
draw_waits(struct backoff backoff, unsigned int failures, uint64_t *ret_least,
    uint64_t *ret_most)
{
	uint64_t wait;
	unsigned int i;

	*ret_least = UINT64_MAX;
	*ret_most = 0;
	for (i = 0; i < DRAWS; i++) {
		wait = backoff_wait(&backoff, failures);
		if (wait < *ret_least)
			*ret_least = wait;
		if (wait > *ret_most)
			*ret_most = wait;
	}
}

static void
waits_double_up_to_the_most_less_a_quarter_at_most(void **state)
{
	const struct backoff backoff = { .min = 30000, .max = 5000000 };
	uint64_t base = 30000, least, most;
	unsigned int failures;

	(void)state;
	for (failures = 1; failures < 20; failures++) {
		draw_waits(backoff, failures, &least, &most);
		assert_in_range(least, base - base / 4, base - base / 5);
		assert_in_range(most, base - base / 20, base);
		base = base * 2 < 5000000 ? base * 2 : 5000000;
	}
}

static void
failures_without_end_wait_the_most(void **state)
{
	struct backoff backoff = { .min = 1, .max = UINT64_MAX / 2 + 1 };

	(void)state;
	assert_true(backoff_wait(&backoff, UINT_MAX) >= UINT64_MAX / 4);
	backoff.max = 4;
	assert_in_range(backoff_wait(&backoff, UINT_MAX), 3, 4);
}

static void
a_wait_is_never_nothing(void **state)
{
	struct backoff backoff = { .min = 1, .max = 1 };
	unsigned int i;

	(void)state;
	for (i = 1; i < DRAWS; i++)
		assert_int_equal(backoff_wait(&backoff, i), 1);
}

static void
two_of_a_fleet_do_not_wait_alike(void **state)
{
	struct backoff a = { .min = 1000000, .max = 1000000, .random = 1000 };
	struct backoff b = { .min = 1000000, .max = 1000000, .random = 2000 };
	unsigned int i, alike = 0;

	(void)state;
	for (i = 0; i < 100; i++)
		alike += backoff_wait(&a, 1) == backoff_wait(&b, 1);
	assert_true(alike < 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    waits_double_up_to_the_most_less_a_quarter_at_most),
		cmocka_unit_test(failures_without_end_wait_the_most),
		cmocka_unit_test(a_wait_is_never_nothing),
		cmocka_unit_test(two_of_a_fleet_do_not_wait_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
