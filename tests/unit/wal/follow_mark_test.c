/* SPDX-License-Identifier: Apache-2.0 */
/* The follower from a mark: exactly what was not read before is fresh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/tail.h"

/* The mark where the tail's follower is. */
static struct wal_mark
mark_of(const struct tail *tail)
{
	struct wal_mark mark;

	wal_follow_mark(tail->follow, &mark);
	return mark;
}

/* Stop here, and go on as after a restart. */
static void
stop_and_go(struct tail *tail)
{
	struct wal_mark mark = mark_of(tail);

	tail_resume(tail, &mark);
}

/* Write a segment with one sample at ${time}, and go on to the next. */
static void
segment(struct tail *tail, int64_t time)
{
	writer_sample(&tail->writer, 1, time, 1.0);
	writer_rotate(&tail->writer);
}

static void
a_mark_says_what_was_read_last(void **state)
{
	struct wal_mark mark;
	struct tail tail;

	(void)state;
	tail_open(&tail, 7);
	writer_series(&tail.writer, 1, "__name__", "up", NULL);
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 1, 1000, 1.0); /* 34 bytes each. */
	writer_sample(&tail.writer, 1, 2000, 1.0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	mark = mark_of(&tail);
	assert_int_equal(mark.at.offset, 0);
	assert_string_equal(tail_read(&tail), "s1* t1000* t2000*");
	mark = mark_of(&tail);
	assert_int_equal(mark.generation, 0);
	assert_int_equal(mark.inside, 0);
	assert_int_equal(mark.at.segment, 8);
	assert_int_equal(mark.at.offset, 68);
	assert_int_equal(mark.at.fragment, 34);
	assert_int_equal(mark.at.stored.len, 27);
	assert_int_equal(mark.at.stored.crc, mark.at.record.crc);
	assert_int_equal(mark.at.record.len, 27);
	assert_int_equal(mark.at.first.len, 27);
	assert_int_not_equal(mark.at.first.crc, mark.at.record.crc);
	assert_int_equal(mark.before_len, 1);
	assert_int_equal(mark.before[0].segment, 7);
	tail_close(&tail);
}

static void
what_follows_the_mark_is_fresh_and_what_does_not_is_not(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 3);
	writer_series(&tail.writer, 1, "__name__", "up", NULL);
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "s1* t1000*");
	writer_sample(&tail.writer, 1, 2000, 1.0);
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 1, 3000, 1.0);
	stop_and_go(&tail);
	assert_string_equal(tail_read(&tail), "s1 t1000 t2000* t3000*");
	stop_and_go(&tail);
	assert_string_equal(tail_read(&tail), "s1 t1000 t2000 t3000");
	writer_sample(&tail.writer, 1, 4000, 1.0);
	assert_string_equal(tail_read(&tail), "t4000*");
	tail_close(&tail);
}

static void
until_something_fresh_came_the_mark_is_that_of_the_start(void **state)
{
	struct wal_mark mark, again;
	struct tail tail;

	(void)state;
	tail_open(&tail, 3);
	segment(&tail, 1000);
	writer_sample(&tail.writer, 1, 2000, 1.0);
	writer_sample(&tail.writer, 1, 3000, 1.0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_step(&tail, 2), "t1000* t2000*");
	mark = mark_of(&tail);
	stop_and_go(&tail);
	again = mark_of(&tail);
	assert_memory_equal(&mark, &again, sizeof(mark));
	assert_string_equal(tail_step(&tail, 1), "t1000");
	again = mark_of(&tail);
	assert_memory_equal(&mark, &again, sizeof(mark));
	assert_string_equal(tail_step(&tail, 1), "t2000");
	again = mark_of(&tail);
	assert_memory_equal(&mark, &again, sizeof(mark));
	assert_string_equal(tail_step(&tail, 1), "t3000*");
	again = mark_of(&tail);
	assert_int_equal(again.at.offset, 68);
	tail_close(&tail);
}

static void
a_follower_from_the_end_that_read_nothing_goes_on_from_that_end(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 3);
	segment(&tail, 1000);
	writer_sample(&tail.writer, 1, 2000, 1.0);
	tail_follow_end(&tail);
	assert_string_equal(tail_step(&tail, 1), "t1000");
	writer_sample(&tail.writer, 1, 3000, 1.0);
	stop_and_go(&tail);
	assert_string_equal(tail_read(&tail), "t1000 t2000 t3000*");

	/* The same with nothing in the last segment. */
	writer_rotate(&tail.writer);
	tail_follow_end(&tail);
	assert_string_equal(tail_read(&tail), "t1000 t2000 t3000");
	stop_and_go(&tail);
	writer_sample(&tail.writer, 1, 4000, 1.0);
	assert_string_equal(tail_read(&tail), "t1000 t2000 t3000 t4000*");
	tail_close(&tail);
}

static void
a_follower_that_found_no_log_goes_on_from_its_first_byte(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_delete(&tail, 0);
	writer_close(&tail.writer);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "");
	stop_and_go(&tail);
	assert_string_equal(tail_read(&tail), "");
	assert_true(wal_follow_waiting(tail.follow));
	writer_open_dir(&tail.writer, tail.wal, 0);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	assert_string_equal(tail_read(&tail), "t1000*");
	tail_close(&tail);
}

static void
series_come_from_the_newest_checkpoint_at_or_below_the_mark(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 6);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "t1000*");
	tail_checkpoint(&tail, 4, 40);
	tail_checkpoint(&tail, 5, 50);
	tail_checkpoint(&tail, 7, 70);
	writer_rotate(&tail.writer);
	segment(&tail, 2000);
	segment(&tail, 3000);
	stop_and_go(&tail);
	assert_string_equal(tail_read(&tail), "cp:s50 t1000 t2000* t3000*");
	tail_close(&tail);
}

static void
a_checkpoint_that_covers_the_mark_hides_no_segment_there_is(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 5);
	segment(&tail, 500);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "t500* t1000*");
	tail_checkpoint(&tail, 7, 70);
	writer_rotate(&tail.writer);
	segment(&tail, 2000);
	segment(&tail, 3000);
	stop_and_go(&tail);
	assert_string_equal(
	    tail_read(&tail), "cp:s70 t500 t1000 t2000* t3000*");
	/* The mark's own number. */
	tail_checkpoint(&tail, 8, 80);
	stop_and_go(&tail);
	assert_string_equal(tail_read(&tail), "cp:s80 t500 t1000 t2000 t3000");
	tail_close(&tail);
}

static void
a_mark_in_a_checkpoint_goes_on_in_it(void **state)
{
	struct wal_mark mark;
	struct tail tail;

	(void)state;
	tail_open(&tail, 6);
	tail_checkpoint_samples(&tail, 5, 4);
	writer_sample(&tail.writer, 1, 9000, 1.0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_step(&tail, 3), "cp:t0? cp:t1? cp:t2?");
	mark = mark_of(&tail);
	assert_int_equal(mark.inside, 1);
	assert_int_equal(mark.checkpoint, 5);
	assert_int_equal(mark.at.segment, 1);
	assert_int_equal(mark.at.offset, 34);
	assert_int_equal(wal_mark_position(&mark).segment, 5);
	stop_and_go(&tail);
	assert_string_equal(
	    tail_read(&tail), "cp:t0 cp:t1 cp:t2 cp:t3? t9000*");
	tail_close(&tail);
}

static void
a_checkpoint_that_replaced_that_of_the_mark_is_missed_whole(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 6);
	tail_checkpoint_samples(&tail, 5, 4);
	segment(&tail, 6000);
	segment(&tail, 7000);
	segment(&tail, 8000);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_step(&tail, 2), "cp:t0? cp:t1?");
	tail_remove_checkpoint(&tail, 5);
	tail_checkpoint_samples(&tail, 6, 2);
	tail_delete(&tail, 6);
	stop_and_go(&tail);
	assert_string_equal(
	    tail_read(&tail), "gap@6+1 cp:t0? cp:t1? t7000* t8000*");
	tail_close(&tail);
}

static void
segments_deleted_meanwhile_are_a_gap(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	segment(&tail, 1000);
	writer_sample(&tail.writer, 1, 2000, 1.0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "t1000* t2000*");
	writer_rotate(&tail.writer);
	segment(&tail, 3000);
	segment(&tail, 4000);
	tail_checkpoint(&tail, 2, 20);
	tail_delete(&tail, 0);
	tail_delete(&tail, 1);
	tail_delete(&tail, 2);
	stop_and_go(&tail);
	assert_string_equal(tail_read(&tail), "gap@1+2 cp:s20? t4000*");
	tail_close(&tail);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mark_says_what_was_read_last),
		cmocka_unit_test(
		    what_follows_the_mark_is_fresh_and_what_does_not_is_not),
		cmocka_unit_test(
		    until_something_fresh_came_the_mark_is_that_of_the_start),
		cmocka_unit_test(
		    a_follower_from_the_end_that_read_nothing_goes_on_from_that_end),
		cmocka_unit_test(
		    a_follower_that_found_no_log_goes_on_from_its_first_byte),
		cmocka_unit_test(
		    series_come_from_the_newest_checkpoint_at_or_below_the_mark),
		cmocka_unit_test(
		    a_checkpoint_that_covers_the_mark_hides_no_segment_there_is),
		cmocka_unit_test(a_mark_in_a_checkpoint_goes_on_in_it),
		cmocka_unit_test(
		    a_checkpoint_that_replaced_that_of_the_mark_is_missed_whole),
		cmocka_unit_test(segments_deleted_meanwhile_are_a_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
