/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/keeper.h"
#include "wal/outset.h"

/* A log of segments 4 and 5, both kept, that was read to its end. */
struct fixture {
	struct tail tail;
	struct keeper keeper;
	struct wal_log log;
	struct wal_mark mark;
	struct wal_cursor cursor;
	struct wal_plan plan;
	struct wal_outset outset;
	struct wal_notice notice;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	tail_open(&f->tail, 4);
	writer_sample(&f->tail.writer, 1, 1000, 1.0);
	writer_rotate(&f->tail.writer);
	writer_sample(&f->tail.writer, 1, 2000, 1.0);
	keeper_init(&f->keeper, &f->tail);
	keeper_keep(&f->keeper, &f->tail, 4);
	keeper_keep(&f->keeper, &f->tail, 5);
	tail_follow(&f->tail, WAL_FROM_OLDEST);
	(void)tail_read(&f->tail);
	wal_follow_mark(f->tail.follow, &f->mark);
	f->log = (struct wal_log){
		.path = f->tail.wal,
		.keeper = &f->keeper.keeper,
	};
	f->outset.from = WAL_FROM_MARK;
	wal_cursor_resume(&f->cursor, &f->mark);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	wal_log_release(&f->log);
	keeper_release(&f->keeper);
	tail_close(&f->tail);
	free(f);
	return 0;
}

static enum wal_status
settle(struct fixture *f)
{
	assert_int_equal(wal_log_look(&f->log), WAL_OK);
	return wal_outset_settle(
	    &f->outset, &f->log, &f->cursor, &f->plan, &f->notice);
}

/* Have segment 5 hold other samples, in the next generation. */
static void
rewrite(struct fixture *f)
{
	writer_close(&f->tail.writer);
	tail_delete(&f->tail, 5);
	writer_open_dir(&f->tail.writer, f->tail.wal, 5);
	writer_sample(&f->tail.writer, 1, 3000, 1.0);
	f->keeper.now = 1;
	f->keeper.common = 5;
	keeper_keep(&f->keeper, &f->tail, 4);
	keeper_keep(&f->keeper, &f->tail, 5);
}

static void
it_is_settled_once(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(settle(f), WAL_OK);
	assert_true(f->outset.planned);
	assert_false(f->plan.bare);
	f->plan.want = 77;
	assert_int_equal(settle(f), WAL_OK);
	assert_int_equal(f->plan.want, 77);
	wal_outset_again(&f->outset, false);
	assert_int_equal(settle(f), WAL_OK);
	assert_int_not_equal(f->plan.want, 77);
}

static void
series_that_are_known_need_no_checkpoint(void **state)
{
	struct fixture *f = *state;

	tail_checkpoint(&f->tail, 4, 1);
	f->outset.series = (struct wal_known){ true, f->mark };
	assert_int_equal(settle(f), WAL_OK);
	assert_true(f->plan.bare);
	assert_false(f->plan.carried);
	assert_int_equal(f->plan.want, 5);
	assert_false(f->outset.series.is);
}

static void
what_nothing_is_left_of_is_passed_over(void **state)
{
	struct fixture *f = *state;

	f->keeper.len = 0;
	rewrite(f);
	f->outset.series = (struct wal_known){ true, f->mark };
	assert_int_equal(settle(f), WAL_WAIT);
	assert_int_equal(f->log.generation, 1);
	/* As the series are known, the repair need not be told of. */
	assert_int_equal(settle(f), WAL_OK);
	assert_true(f->plan.bare);
	assert_true(f->plan.carried);
	assert_int_equal(f->plan.want, 5);
	assert_int_equal(wal_cursor_mark(&f->cursor)->generation, 1);
}

static void
without_the_series_a_repair_begins_with_a_checkpoint(void **state)
{
	struct fixture *f = *state;

	f->keeper.len = 0;
	rewrite(f);
	assert_int_equal(settle(f), WAL_WAIT);
	assert_int_equal(settle(f), WAL_NOTICE);
	assert_int_equal(f->notice.kind, WAL_RESTARTED);
	assert_false(f->plan.bare);
}

/* Whatever is known of the series of another log. */
static void
another_log_is_told_of(void **state)
{
	struct fixture *f = *state;

	f->keeper.len = 0;
	rewrite(f);
	f->keeper.common = 0;
	tail_delete(&f->tail, 4);
	f->keeper.kept[0] = f->keeper.kept[1];
	f->keeper.len = 1;
	f->outset.series = (struct wal_known){ true, f->mark };
	assert_int_equal(settle(f), WAL_WAIT);
	assert_int_equal(settle(f), WAL_NOTICE);
	assert_int_equal(f->notice.kind, WAL_RESTARTED);
	assert_int_equal(f->notice.at.segment, 5);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(it_is_settled_once),
		TEST(series_that_are_known_need_no_checkpoint),
		TEST(what_nothing_is_left_of_is_passed_over),
		TEST(without_the_series_a_repair_begins_with_a_checkpoint),
		TEST(another_log_is_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
