/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/intake/roll.h"
#include "tests/unit/intake/checkpoint.h"

#define SERIES (2 * ROLL_RECORDS + 1)

/* Add up the refs in ${arg}; labels must be there. */
static enum wal_status
add_up(void *arg, const struct wal_series_list *list,
    const struct wal_series *series)
{
	uint64_t *sum = arg;

	assert_int_equal(series->count, 1);
	assert_int_equal(list->pool.labels[series->first].value.len, 1);
	*sum += series->ref;
	return WAL_OK;
}

static enum wal_status
refuse(void *arg, const struct wal_series_list *list,
    const struct wal_series *series)
{
	(void)arg;
	(void)list;
	(void)series;
	return WAL_NOMEM;
}

static void
every_series_is_called_once_in_bounded_steps(void **state)
{
	char *dir = checkpoint_make(SERIES);
	struct roll roll = { 0 };
	uint64_t sum = 0;

	(void)state;
	roll_begin(&roll, dir, 3);
	assert_true(roll_under_way(&roll));
	assert_int_equal(roll_step(&roll, add_up, &sum), ROLL_MORE);
	assert_int_equal(sum, ROLL_RECORDS * (ROLL_RECORDS + 1) / 2);
	assert_int_equal(roll_step(&roll, add_up, &sum), ROLL_MORE);
	assert_int_equal(roll_step(&roll, add_up, &sum), ROLL_WHOLE);
	assert_int_equal(sum, SERIES * (SERIES + 1) / 2);
	assert_false(roll_under_way(&roll));
	roll_release(&roll);
	scratch_remove(dir);
}

static void
what_the_caller_returns_ends_it_as_broken(void **state)
{
	char *dir = checkpoint_make(SERIES);
	struct roll roll = { 0 };

	(void)state;
	roll_begin(&roll, dir, 3);
	assert_int_equal(roll_step(&roll, refuse, NULL), ROLL_BROKEN);
	assert_false(roll_under_way(&roll));
	roll_release(&roll);
	scratch_remove(dir);
}

static void
one_that_is_not_there_never_begins(void **state)
{
	char *dir = checkpoint_make(SERIES);
	struct roll roll = { 0 };

	(void)state;
	roll_begin(&roll, dir, 4);
	assert_false(roll_under_way(&roll));
	assert_int_equal(roll_step(&roll, refuse, NULL), ROLL_BROKEN);
	roll_release(&roll);
	scratch_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_series_is_called_once_in_bounded_steps),
		cmocka_unit_test(what_the_caller_returns_ends_it_as_broken),
		cmocka_unit_test(one_that_is_not_there_never_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
