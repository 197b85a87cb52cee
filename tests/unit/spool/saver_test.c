/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/log.h"
#include "agent/spool/saved.h"
#include "agent/spool/saver.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/http/sim.h"
#include "tests/unit/wal/scratch.h"

struct fixture {
	struct sim *sim;
	struct lazy lazy;
	char *dir, *path;
	struct saver *saver;
	struct spool_table table;
};

/* No request is made. */
static const struct sim_receiver nobody;

static int
set_up(void **state)
{
	static struct fixture fixture;
	struct fixture *f = &fixture;

	*f = (struct fixture){ .sim = sim_new(&nobody), .dir = scratch_dir() };
	lazy_init(&f->lazy);
	f->path = scratch_path(f->dir, "segments");
	f->saver = saver_new(sim_clock(f->sim), &f->lazy.worker, f->path);
	assert_non_null(f->saver);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	saver_free(f->saver);
	lazy_work(&f->lazy);
	spool_table_release(&f->table);
	free(f->path);
	scratch_remove(f->dir);
	sim_free(f->sim);
	return 0;
}

/* What is on the disk: the number of the next segment; -1: nothing. */
static int
on_disk(struct fixture *f)
{
	struct spool_table table = { 0 };
	int next = -1;

	if (saved_load(&table, f->path) == SAVED_OK)
		next = (int)table.next;
	spool_table_release(&table);
	return next;
}

static void
put(struct fixture *f, uint64_t next)
{
	f->table.next = next;
	saver_put(f->saver, &f->table);
}

static void
the_last_that_was_put_is_written(void **state)
{
	struct fixture *f = *state;

	put(f, 1);
	assert_int_equal(on_disk(f), -1);
	put(f, 2);
	put(f, 3);
	assert_int_equal(f->lazy.submitted, 1);
	lazy_work(&f->lazy);
	assert_int_equal(f->lazy.submitted, 2);
	assert_int_equal(on_disk(f), 3);
}

static void
what_is_on_the_disk_is_not_written_again(void **state)
{
	struct fixture *f = *state;

	put(f, 1);
	lazy_work(&f->lazy);
	put(f, 1);
	assert_int_equal(f->lazy.submitted, 1);
	put(f, 2);
	put(f, 2);
	assert_int_equal(f->lazy.submitted, 2);
	lazy_work(&f->lazy);
	assert_int_equal(f->lazy.submitted, 2);
	assert_int_equal(on_disk(f), 2);
}

static void
what_could_not_be_written_is_tried_again(void **state)
{
	struct fixture *f = *state;
	char *fresh = scratch_path(f->dir, "segments.tmp");

	assert_int_equal(mkdir(fresh, 0700), 0);
	put(f, 1);
	lazy_work(&f->lazy);
	assert_int_equal(on_disk(f), -1);
	assert_int_equal(rmdir(fresh), 0);
	put(f, 1);
	assert_int_equal(f->lazy.submitted, 1); /* Not yet. */
	sim_run(f->sim, SAVER_RETRY);
	put(f, 1);
	lazy_work(&f->lazy);
	assert_int_equal(on_disk(f), 1);
	put(f, 1);
	assert_int_equal(f->lazy.submitted, 2);
	free(fresh);
}

static void
what_was_put_before_the_end_is_written(void **state)
{
	struct fixture *f = *state;

	put(f, 1);
	put(f, 2);
	saver_free(f->saver);
	f->saver = NULL;
	lazy_work(&f->lazy);
	assert_int_equal(on_disk(f), 2);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(the_last_that_was_put_is_written),
		TEST(what_is_on_the_disk_is_not_written_again),
		TEST(what_could_not_be_written_is_tried_again),
		TEST(what_was_put_before_the_end_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
