/* SPDX-License-Identifier: Apache-2.0 */
/* The follower when segments vanish, and when the log is not the one it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/tail.h"

/* Write a segment with one sample at ${time}, and go on to the next. */
static void
segment(struct tail *tail, int64_t time)
{
	writer_sample(&tail->writer, 1, time, 1.0);
	writer_rotate(&tail->writer);
}

/* Delete the log, and have ${number} begin another. */
static void
begin_anew(struct tail *tail, uint64_t number)
{
	writer_close(&tail->writer);
	assert_int_equal(tail_remove_all(tail->wal), 0);
	assert_int_equal(mkdir(tail->wal, 0777), 0);
	writer_open_dir(&tail->writer, tail->wal, number);
}

static void
a_gap_without_a_checkpoint_is_told_and_crossed(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	writer_sample(&tail.writer, 1, 1, 1.0);
	assert_string_equal(tail_read(&tail), "t1*");
	writer_rotate(&tail.writer);
	segment(&tail, 1000);
	segment(&tail, 2000);
	segment(&tail, 3000);
	tail_delete(&tail, 1);
	tail_delete(&tail, 2);
	assert_string_equal(tail_read(&tail), "gap@1+2 t3000*");
	tail_close(&tail);
}

static void
a_gap_with_a_checkpoint_is_told_and_its_series_read(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	writer_sample(&tail.writer, 1, 1, 1.0);
	assert_string_equal(tail_read(&tail), "t1*");
	writer_rotate(&tail.writer);
	segment(&tail, 1000);
	segment(&tail, 2000);
	segment(&tail, 3000);
	tail_checkpoint(&tail, 2, 20);
	tail_delete(&tail, 0);
	tail_delete(&tail, 1);
	tail_delete(&tail, 2);
	assert_string_equal(tail_read(&tail), "gap@1+2 cp:s20? t3000*");
	tail_close(&tail);
}

static void
segments_that_a_checkpoint_covers_but_that_are_there_are_read(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "");
	writer_rotate(&tail.writer);
	segment(&tail, 1000);
	segment(&tail, 2000);
	segment(&tail, 3000);
	/* Deleted in order, and 2 and 3 were not before a crash. */
	tail_checkpoint(&tail, 3, 30);
	tail_age_checkpoint(&tail, 3);
	tail_delete(&tail, 0);
	tail_delete(&tail, 1);
	assert_string_equal(tail_read(&tail), "gap@1+1 cp:s30 t2000* t3000*");
	tail_close(&tail);
}

/* What it holds of those that are there would be given twice. */
static void
a_checkpoint_is_not_read_for_a_gap_while_segments_are_being_deleted(
    void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "");
	writer_rotate(&tail.writer);
	segment(&tail, 1000);
	segment(&tail, 2000);
	segment(&tail, 3000);
	tail_checkpoint(&tail, 2, 20);
	tail_delete(&tail, 0);
	tail_delete(&tail, 1);
	assert_string_equal(tail_read(&tail), "gap@1+1");
	assert_string_equal(tail_read(&tail), "");
	tail_delete(&tail, 2);
	assert_string_equal(tail_read(&tail), "cp:s20? gap@2+1 t3000*");
	tail_close(&tail);
}

/* Of which nothing is missing, whatever it was. */
static void
a_log_that_may_be_another_one_begins_with_its_checkpoint(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	writer_sample(&tail.writer, 1, 1, 1.0);
	writer_rotate(&tail.writer);
	assert_string_equal(tail_step(&tail, 1), "t1*");
	begin_anew(&tail, 1);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	tail_checkpoint(&tail, 0, 10);
	assert_string_equal(tail_read(&tail), "cp:s10 t1000*");
	/* It was read. */
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 1, 2000, 1.0);
	assert_string_equal(tail_read(&tail), "t2000*");
	tail_close(&tail);
}

static void
a_checkpoint_is_read_once_however_many_gaps_it_covers(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "");
	writer_rotate(&tail.writer);
	segment(&tail, 1000);
	segment(&tail, 2000);
	segment(&tail, 3000);
	segment(&tail, 4000);
	tail_checkpoint(&tail, 3, 30);
	tail_age_checkpoint(&tail, 3);
	tail_delete(&tail, 1);
	tail_delete(&tail, 3);
	assert_string_equal(
	    tail_read(&tail), "gap@1+1 cp:s30 t2000* gap@3+1 t4000*");
	tail_close(&tail);
}

static void
a_checkpoint_that_appears_while_tailing_is_not_read(void **state)
{
	uint64_t number;
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	segment(&tail, 1000);
	segment(&tail, 2000);
	writer_sample(&tail.writer, 1, 3000, 1.0);
	assert_string_equal(tail_read(&tail), "t1000* t2000* t3000*");
	assert_false(wal_follow_checkpoint(tail.follow, &number));
	tail_checkpoint(&tail, 0, 1);
	tail_delete(&tail, 0);
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 1, 4000, 1.0);
	assert_string_equal(tail_read(&tail), "t4000*");
	assert_true(wal_follow_checkpoint(tail.follow, &number));
	assert_int_equal(number, 0);
	tail_close(&tail);
}

static void
a_gap_in_what_is_not_fresh_is_not_told(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	segment(&tail, 1000);
	segment(&tail, 2000);
	segment(&tail, 3000);
	tail_delete(&tail, 1);
	tail_follow_end(&tail);
	assert_string_equal(tail_read(&tail), "t1000 t3000");
	tail_close(&tail);
}

static void
a_gap_is_told_as_far_as_it_could_be_fresh(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	segment(&tail, 1000);
	segment(&tail, 2000);
	tail_follow_end(&tail);
	assert_string_equal(tail_step(&tail, 1), "t1000");
	/* The end was in 2, of which what follows is lost. */
	segment(&tail, 3000);
	segment(&tail, 4000);
	tail_delete(&tail, 1);
	tail_delete(&tail, 2);
	assert_string_equal(tail_read(&tail), "gap@2+1 t4000*");
	tail_close(&tail);
}

static void
numbers_that_go_back_are_a_log_begun_anew(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 5);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	tail_follow_end(&tail);
	assert_string_equal(tail_read(&tail), "t1000");
	begin_anew(&tail, 0);
	assert_string_equal(tail_read(&tail), "restarted@0");
	writer_sample(&tail.writer, 1, 2000, 1.0);
	assert_string_equal(tail_read(&tail), "t2000*");
	tail_close(&tail);
}

static void
the_same_number_with_other_content_is_a_log_begun_anew(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	writer_series(&tail.writer, 1, "__name__", "up", NULL);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	assert_string_equal(tail_read(&tail), "s1* t1000*");
	begin_anew(&tail, 0);
	assert_string_equal(tail_read(&tail), "restarted@0");
	/* The very same bytes, so far. */
	writer_series(&tail.writer, 1, "__name__", "up", NULL);
	assert_string_equal(tail_read(&tail), "s1*");
	writer_sample(&tail.writer, 1, 2000, 1.0);
	assert_string_equal(tail_read(&tail), "t2000*");
	tail_close(&tail);
}

static void
a_new_log_that_has_overtaken_us_is_read_from_its_start(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 1);
	tail_follow(&tail, WAL_FROM_OLDEST);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	assert_string_equal(tail_read(&tail), "t1000*");
	begin_anew(&tail, 0);
	segment(&tail, 2000);
	segment(&tail, 3000);
	writer_sample(&tail.writer, 1, 4000, 1.0);
	assert_string_equal(
	    tail_read(&tail), "restarted@0 t2000* t3000* t4000*");
	tail_close(&tail);
}

static void
a_new_log_with_a_checkpoint_begins_with_that(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 50);
	tail_checkpoint(&tail, 49, 490);
	tail_follow(&tail, WAL_FROM_OLDEST);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	assert_string_equal(tail_read(&tail), "cp:s490? t1000*");
	begin_anew(&tail, 8);
	tail_checkpoint(&tail, 7, 70);
	writer_sample(&tail.writer, 1, 2000, 1.0);
	assert_string_equal(tail_read(&tail), "restarted@8 cp:s70? t2000*");
	tail_close(&tail);
}

static void
a_log_begun_anew_while_a_segment_is_awaited_is_noticed(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 6);
	tail_delete(&tail, 6);
	tail_checkpoint(&tail, 5, 50);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "cp:s50?");
	begin_anew(&tail, 0);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	assert_string_equal(tail_read(&tail), "restarted@0 t1000*");
	tail_close(&tail);
}

/* As a server does that finds a checkpoint, but not one segment. */
static void
a_log_begun_anew_beside_the_checkpoint_is_noticed(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 6);
	tail_delete(&tail, 6);
	writer_close(&tail.writer);
	tail_checkpoint(&tail, 5, 50);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "cp:s50?");
	writer_open_dir(&tail.writer, tail.wal, 0);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	assert_string_equal(tail_read(&tail), "restarted@0 cp:s50? t1000*");
	tail_close(&tail);
}

static void
a_log_that_is_gone_is_waited_for(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 3);
	tail_follow(&tail, WAL_FROM_OLDEST);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	assert_string_equal(tail_read(&tail), "t1000*");
	writer_close(&tail.writer);
	assert_int_equal(tail_remove_all(tail.wal), 0);
	assert_string_equal(tail_read(&tail), "");
	assert_int_equal(mkdir(tail.wal, 0777), 0);
	assert_string_equal(tail_read(&tail), "");
	writer_open_dir(&tail.writer, tail.wal, 0);
	writer_sample(&tail.writer, 1, 2000, 1.0);
	assert_string_equal(tail_read(&tail), "restarted@0 t2000*");
	tail_close(&tail);
}

/* As Prometheus does when it finds the tail of its last segment torn. */
static void
a_repaired_segment_is_not_shipped_again(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	tail.writer.hold = true;
	writer_sample(&tail.writer, 1, 2000, 1.0);
	(void)writer_write(&tail.writer, 20);
	tail.writer.queued = 0; /* Killed. */
	assert_string_equal(tail_read(&tail), "t1000*");
	begin_anew(&tail, 0);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	assert_string_equal(tail_read(&tail), "torn@0:34+20");
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 1, 3000, 1.0);
	assert_string_equal(tail_read(&tail), "t3000*");
	tail_close(&tail);
}

/* Prometheus deletes what is behind damage, and goes on from there. */
static void
a_segment_awaited_after_a_repair_still_comes(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	tail_follow(&tail, WAL_FROM_OLDEST);
	writer_sample(&tail.writer, 1, 1000, 1.0);
	writer_rotate(&tail.writer);
	assert_string_equal(tail_step(&tail, 1), "t1000*");
	tail_delete(&tail, 1);
	assert_string_equal(tail_read(&tail), "");
	writer_close(&tail.writer);
	writer_open_dir(&tail.writer, tail.wal, 1);
	writer_sample(&tail.writer, 1, 2000, 1.0);
	assert_string_equal(tail_read(&tail), "t2000*");
	tail_close(&tail);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_gap_without_a_checkpoint_is_told_and_crossed),
		cmocka_unit_test(
		    a_gap_with_a_checkpoint_is_told_and_its_series_read),
		cmocka_unit_test(
		    segments_that_a_checkpoint_covers_but_that_are_there_are_read),
		cmocka_unit_test(
		    a_checkpoint_is_not_read_for_a_gap_while_segments_are_being_deleted),
		cmocka_unit_test(
		    a_log_that_may_be_another_one_begins_with_its_checkpoint),
		cmocka_unit_test(
		    a_checkpoint_is_read_once_however_many_gaps_it_covers),
		cmocka_unit_test(
		    a_checkpoint_that_appears_while_tailing_is_not_read),
		cmocka_unit_test(a_gap_in_what_is_not_fresh_is_not_told),
		cmocka_unit_test(a_gap_is_told_as_far_as_it_could_be_fresh),
		cmocka_unit_test(numbers_that_go_back_are_a_log_begun_anew),
		cmocka_unit_test(
		    the_same_number_with_other_content_is_a_log_begun_anew),
		cmocka_unit_test(
		    a_new_log_that_has_overtaken_us_is_read_from_its_start),
		cmocka_unit_test(a_new_log_with_a_checkpoint_begins_with_that),
		cmocka_unit_test(
		    a_log_begun_anew_while_a_segment_is_awaited_is_noticed),
		cmocka_unit_test(
		    a_log_begun_anew_beside_the_checkpoint_is_noticed),
		cmocka_unit_test(a_log_that_is_gone_is_waited_for),
		cmocka_unit_test(a_repaired_segment_is_not_shipped_again),
		cmocka_unit_test(a_segment_awaited_after_a_repair_still_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
