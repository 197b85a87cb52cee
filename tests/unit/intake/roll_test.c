/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/intake/roll.h"
#include "tests/unit/wal/scratch.h"
#include "tests/unit/wal/writer.h"

#define SERIES (2 * ROLL_RECORDS + 1)

/* A checkpoint 3 of as many series, a record each; its directory. */
static char *
make_checkpoint(void)
{
	char *dir = scratch_dir();
	char *path = scratch_path(dir, "checkpoint.00000003");
	struct writer writer = { .codec = WAL_SNAPPY };
	uint64_t ref;

	if (mkdir(path, 0700) != 0)
		abort();
	writer_open_dir(&writer, path, 0);
	for (ref = 1; ref <= SERIES; ref++)
		writer_series(&writer, ref, "__name__", "m", NULL);
	writer_close(&writer);
	free(path);
	return dir;
}

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
	char *dir = make_checkpoint();
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
	char *dir = make_checkpoint();
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
	char *dir = make_checkpoint();
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
