/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/tail.h"
#include "wal/plan.h"

/* A log of the segments 4, 5 and 6, each of one sample. */
struct fixture {
	struct tail tail;
	struct wal_log log;
	struct wal_cursor cursor;
	struct wal_plan plan;
	struct wal_notice notice;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int64_t time;

	assert_non_null(f);
	tail_open(&f->tail, 4);
	for (time = 0; time < 3; time++) {
		if (time > 0)
			writer_rotate(&f->tail.writer);
		writer_sample(&f->tail.writer, 1, time, 1.0);
	}
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	wal_log_release(&f->log);
	tail_close(&f->tail);
	free(f);
	return 0;
}

static enum wal_status
make(struct fixture *f, enum wal_from from)
{
	f->plan = (struct wal_plan){ 0 };
	f->notice = (struct wal_notice){ 0 };
	f->log.path = f->tail.wal;
	assert_int_equal(wal_log_look(&f->log), WAL_OK);
	return wal_plan_make(&f->plan, &f->cursor, from, &f->log, &f->notice);
}

/* Read ${count} records, and have the cursor resume there. */
static void
resume_at(struct fixture *f, unsigned int count)
{
	struct wal_mark mark;

	tail_follow(&f->tail, WAL_FROM_OLDEST);
	(void)tail_step(&f->tail, count);
	wal_follow_mark(f->tail.follow, &mark);
	wal_cursor_resume(&f->cursor, &mark);
}

/* Have the cursor resume at the end of the log as it is. */
static void
resume_at_end(struct fixture *f)
{
	struct wal_mark end = { 0 };

	f->log.path = f->tail.wal;
	assert_int_equal(wal_log_look(&f->log), WAL_OK);
	assert_true(wal_mark_end(&end, &f->log));
	wal_cursor_resume(&f->cursor, &end);
}

/* The segment to begin with after checkpoint ${number}. */
static uint64_t
after(struct fixture *f, uint64_t number)
{
	struct wal_plan plan = f->plan;

	wal_plan_after(&plan, &f->cursor, &f->log.dir, number);
	assert_true(plan.begun);
	return plan.want;
}

static void
from_the_oldest_all_is_fresh_and_the_checkpoint_missed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(make(f, WAL_FROM_OLDEST), WAL_OK);
	assert_true(f->plan.missed);
	assert_true(f->cursor.past);
	assert_true(f->plan.preferred == UINT64_MAX);
	assert_int_equal(after(f, 3), 4);
	assert_int_equal(after(f, 5), 6);
	/* One above every segment covers none. */
	assert_int_equal(after(f, 6), 4);
	assert_int_equal(after(f, 99), 4);
}

static void
from_the_end_what_is_there_is_read_for_its_series(void **state)
{
	struct fixture *f = *state;

	resume_at_end(f);
	assert_int_equal(make(f, WAL_FROM_MARK), WAL_OK);
	assert_false(f->plan.missed);
	assert_int_equal(f->cursor.fresh.segment, 6);
	assert_int_equal(f->cursor.fresh.offset, 34);
	assert_int_equal(after(f, 4), 5);
	/* An empty last segment is known by the end of the one before it. */
	writer_rotate(&f->tail.writer);
	resume_at_end(f);
	assert_int_equal(make(f, WAL_FROM_MARK), WAL_OK);
	assert_int_equal(f->cursor.from.at.segment, 7);
	assert_int_equal(f->cursor.from.at.offset, 0);
	assert_int_equal(f->cursor.from.before_len, 1);
	assert_int_equal(f->cursor.from.before[0].offset, WAL_PAGE_SIZE);
}

static void
without_a_segment_all_that_comes_is_fresh(void **state)
{
	struct fixture *f = *state;

	tail_delete(&f->tail, 4);
	tail_delete(&f->tail, 5);
	tail_delete(&f->tail, 6);
	assert_int_equal(make(f, WAL_FROM_OLDEST), WAL_OK);
	assert_true(f->cursor.past);
	assert_int_equal(after(f, 9), 10);
}

static void
past_a_mark_a_checkpoint_that_covers_it_hides_nothing(void **state)
{
	struct fixture *f = *state;

	resume_at(f, 2);
	assert_int_equal(make(f, WAL_FROM_MARK), WAL_OK);
	assert_false(f->plan.missed);
	assert_int_equal(f->plan.preferred, 5);
	assert_int_equal(f->cursor.fresh.segment, 5);
	assert_int_equal(after(f, 4), 5);
	assert_int_equal(after(f, 5), 4);
	assert_int_equal(after(f, 6), 4);
}

static void
without_a_segment_a_mark_has_to_wait(void **state)
{
	struct fixture *f = *state;

	resume_at(f, 2);
	tail_delete(&f->tail, 4);
	tail_delete(&f->tail, 5);
	tail_delete(&f->tail, 6);
	assert_int_equal(make(f, WAL_FROM_MARK), WAL_END);
}

static void
a_gap_is_told_and_the_newest_checkpoint_missed(void **state)
{
	struct fixture *f = *state;

	resume_at(f, 1);
	tail_delete(&f->tail, 4);
	tail_delete(&f->tail, 5);
	assert_int_equal(make(f, WAL_FROM_MARK), WAL_NOTICE);
	assert_int_equal(f->notice.kind, WAL_GAP);
	assert_int_equal(f->notice.at.segment, 4);
	assert_int_equal(f->notice.count, 2);
	assert_true(f->plan.missed && f->plan.begun);
	assert_int_equal(f->plan.want, 6);
	assert_true(f->plan.preferred == UINT64_MAX);
	assert_int_equal(wal_cursor_mark(&f->cursor)->at.segment, 4);
}

static void
another_log_is_another_generation(void **state)
{
	struct fixture *f = *state;

	resume_at(f, 3);
	writer_close(&f->tail.writer);
	tail_delete(&f->tail, 6);
	assert_int_equal(make(f, WAL_FROM_MARK), WAL_NOTICE);
	assert_int_equal(f->notice.kind, WAL_RESTARTED);
	assert_int_equal(f->notice.at.segment, 5);
	assert_int_equal(f->notice.at.offset, 34);
	assert_int_equal(wal_cursor_mark(&f->cursor)->generation, 1);
	assert_int_equal(f->cursor.fresh.segment, 5);

	resume_at(f, 2);
	tail_delete(&f->tail, 5);
	writer_open_dir(&f->tail.writer, f->tail.wal, 5);
	assert_int_equal(make(f, WAL_FROM_MARK), WAL_NOTICE);
	assert_int_equal(f->notice.at.segment, 5);
	assert_int_equal(f->notice.at.offset, 0);
	assert_true(wal_cursor_is_searching(&f->cursor, 5));
	assert_int_equal(wal_cursor_mark(&f->cursor)->generation, 1);
	writer_close(&f->tail.writer);

	resume_at(f, 1);
	tail_delete(&f->tail, 4);
	writer_open_dir(&f->tail.writer, f->tail.wal, 3);
	assert_int_equal(make(f, WAL_FROM_MARK), WAL_NOTICE);
	assert_int_equal(f->notice.at.segment, 3);
	assert_true(f->plan.missed);
	assert_true(f->cursor.past);
	assert_int_equal(wal_cursor_mark(&f->cursor)->generation, 1);
}

static void
after_an_older_checkpoint_what_it_does_not_cover_is_read(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(make(f, WAL_FROM_OLDEST), WAL_OK);
	wal_plan_after(&f->plan, &f->cursor, &f->log.dir, 5);
	assert_int_equal(f->plan.want, 6);
	wal_plan_leave(&f->plan, &f->log.dir, 4);
	assert_int_equal(f->plan.want, 5);
	assert_false(f->plan.missed);
	/* But not on the way, where it was read. */
	wal_plan_leave(&f->plan, &f->log.dir, 3);
	assert_int_equal(f->plan.want, 5);

	assert_int_equal(make(f, WAL_FROM_OLDEST), WAL_OK);
	wal_plan_after(&f->plan, &f->cursor, &f->log.dir, 5);
	wal_plan_leave(&f->plan, &f->log.dir, 5);
	assert_int_equal(f->plan.want, 6);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(from_the_oldest_all_is_fresh_and_the_checkpoint_missed),
		TEST(from_the_end_what_is_there_is_read_for_its_series),
		TEST(without_a_segment_all_that_comes_is_fresh),
		TEST(past_a_mark_a_checkpoint_that_covers_it_hides_nothing),
		TEST(without_a_segment_a_mark_has_to_wait),
		TEST(a_gap_is_told_and_the_newest_checkpoint_missed),
		TEST(another_log_is_another_generation),
		TEST(after_an_older_checkpoint_what_it_does_not_cover_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
