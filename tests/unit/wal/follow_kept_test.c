/* SPDX-License-Identifier: Apache-2.0 */
/* Reading on in segments that are only kept, and from one log to the next. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/wal/keeper.h"

/* A log of the segments 0, 1 and 2, of two samples each, all of them kept. */
struct fixture {
	struct tail tail;
	struct keeper keeper;
};

static void
samples(struct fixture *f, int64_t first, int64_t last)
{
	for (; first <= last; first++)
		writer_sample(&f->tail.writer, 1, first, 1.0);
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	uint64_t number;

	assert_non_null(f);
	tail_open(&f->tail, 0);
	keeper_init(&f->keeper, &f->tail);
	for (number = 0; number < 3; number++) {
		if (number > 0)
			writer_rotate(&f->tail.writer);
		keeper_keep(&f->keeper, &f->tail, number);
		samples(f, (int64_t)number * 10, (int64_t)number * 10 + 1);
	}
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	tail_close(&f->tail);
	keeper_release(&f->keeper);
	free(f);
	return 0;
}

/* Stop, and go on from the mark. */
static void
stop_and_go(struct fixture *f)
{
	struct wal_mark mark;

	wal_follow_mark(f->tail.follow, &mark);
	keeper_follow(&f->keeper, &f->tail, WAL_FROM_MARK, &mark);
}

/* Have it close what it reads. */
static void
let_go(struct fixture *f)
{
	struct wal_mark now, mark;

	wal_follow_mark(f->tail.follow, &now);
	wal_follow_let_go(f->tail.follow, &mark);
	assert_memory_equal(&mark, &now, sizeof(mark));
}

static uint64_t
generation(struct fixture *f)
{
	struct wal_mark mark;

	wal_follow_mark(f->tail.follow, &mark);
	return mark.generation;
}

/* The log is another one from now on, beginning with segment ${number}. */
static void
begin_anew(struct fixture *f, uint64_t number)
{
	writer_close(&f->tail.writer);
	assert_int_equal(tail_remove_all(f->tail.wal), 0);
	assert_int_equal(mkdir(f->tail.wal, 0777), 0);
	f->keeper.now++;
	writer_open_dir(&f->tail.writer, f->tail.wal, number);
	keeper_keep(&f->keeper, &f->tail, number);
}

/* Have segment ${number} rewritten, and the next begun. */
static void
repair(struct fixture *f, uint64_t number, int64_t first, int64_t last)
{
	uint64_t n;

	writer_close(&f->tail.writer);
	for (n = number; n < 3; n++)
		tail_delete(&f->tail, n);
	writer_open_dir(&f->tail.writer, f->tail.wal, number);
	f->keeper.now++;
	for (n = 0; n <= number; n++)
		keeper_keep(&f->keeper, &f->tail, n);
	samples(f, first, last);
	writer_rotate(&f->tail.writer);
	keeper_keep(&f->keeper, &f->tail, number + 1);
}

/* All of these both for one that goes on, and one that stopped. */
static void
both(void **state, void (*test)(struct fixture *f, bool stopped))
{
	test(*state, false);
	assert_int_equal(tear_down(state), 0);
	assert_int_equal(set_up(state), 0);
	test(*state, true);
}

static void
check_deleted(struct fixture *f, bool stopped)
{
	keeper_follow(&f->keeper, &f->tail, WAL_FROM_OLDEST, NULL);
	assert_string_equal(tail_step(&f->tail, 1), "t0*");
	tail_delete(&f->tail, 0);
	tail_delete(&f->tail, 1);
	if (stopped)
		stop_and_go(f);
	assert_string_equal(tail_read(&f->tail),
	    stopped ? "t0 t1* t10* t11* t20* t21*" : "t1* t10* t11* t20* t21*");
	samples(f, 22, 22);
	assert_string_equal(tail_read(&f->tail), "t22*");
}

static void
what_was_deleted_is_read_where_it_is_kept(void **state)
{
	both(state, check_deleted);
}

/* Though a checkpoint covers it: a life that began may have sent nothing. */
static void
from_the_oldest_on_all_that_is_kept_is_read(void **state)
{
	struct fixture *f = *state;

	tail_checkpoint_samples(&f->tail, 1, 2);
	tail_delete(&f->tail, 0);
	tail_delete(&f->tail, 1);
	keeper_follow(&f->keeper, &f->tail, WAL_FROM_OLDEST, NULL);
	assert_string_equal(
	    tail_read(&f->tail), "cp:t0 cp:t1 t0* t1* t10* t11* t20* t21*");
}

/* The same of a generation that comes after one that is still being read. */
static void
check_truncated(struct fixture *f, bool stopped)
{
	keeper_follow(&f->keeper, &f->tail, WAL_FROM_OLDEST, NULL);
	assert_string_equal(tail_step(&f->tail, 5), "t0* t1* t10* t11* t20*");
	begin_anew(f, 0);
	samples(f, 100, 100);
	writer_rotate(&f->tail.writer);
	keeper_keep(&f->keeper, &f->tail, 1);
	samples(f, 200, 200);
	tail_checkpoint_samples(&f->tail, 0, 1);
	tail_delete(&f->tail, 0);
	if (stopped)
		stop_and_go(f);
	assert_string_equal(tail_read(&f->tail),
	    stopped ? "t0 t1 t10 t11 t20 t21* restarted@0 cp:t0 t100* t200*"
		    : "t21* restarted@0 cp:t0 t100* t200*");
}

static void
a_generation_that_was_truncated_is_read_from_what_is_kept(void **state)
{
	both(state, check_truncated);
}

/* It would be given as missed, and then again as fresh, and later. */
static void
check_covered(struct fixture *f, bool stopped)
{
	keeper_follow(&f->keeper, &f->tail, WAL_FROM_OLDEST, NULL);
	assert_string_equal(tail_step(&f->tail, 1), "t0*");
	tail_checkpoint_samples(&f->tail, 1, 2);
	tail_delete(&f->tail, 0);
	tail_delete(&f->tail, 1);
	keeper_drop(&f->keeper, 0, 0);
	let_go(f);
	if (stopped)
		stop_and_go(f);
	assert_string_equal(
	    tail_read(&f->tail), "gap@0+1 cp:t0 cp:t1 t10* t11* t20* t21*");
}

static void
what_is_kept_behind_a_gap_is_not_taken_from_a_checkpoint(void **state)
{
	both(state, check_covered);
}

static void
what_is_let_go_of_and_still_there_is_read_on(void **state)
{
	struct fixture *f = *state;

	keeper_follow(&f->keeper, &f->tail, WAL_FROM_OLDEST, NULL);
	let_go(f); /* There is none yet. */
	assert_string_equal(tail_step(&f->tail, 1), "t0*");
	let_go(f);
	let_go(f);
	assert_string_equal(tail_step(&f->tail, 2), "t1* t10*");
	tail_delete(&f->tail, 0);
	tail_delete(&f->tail, 1);
	let_go(f);
	assert_string_equal(tail_read(&f->tail), "t11* t20* t21*");
	let_go(f);
	samples(f, 22, 22);
	assert_string_equal(tail_read(&f->tail), "t22*");
}

static void
the_last_record_is_valid_after_its_segment_was_let_go_of(void **state)
{
	struct fixture *f = *state;
	struct wal_entry entry;
	uint8_t before[64];

	keeper_follow(&f->keeper, &f->tail, WAL_FROM_OLDEST, NULL);
	assert_int_equal(wal_follow_next(f->tail.follow, &entry), WAL_OK);
	assert_in_range(entry.len, 1, sizeof(before));
	memcpy(before, entry.data, entry.len);
	let_go(f);
	assert_memory_equal(entry.data, before, entry.len);
	assert_string_equal(tail_step(&f->tail, 2), "t1* t10*");
}

static void
check_dropped(struct fixture *f, bool stopped)
{
	keeper_follow(&f->keeper, &f->tail, WAL_FROM_OLDEST, NULL);
	assert_string_equal(tail_step(&f->tail, 1), "t0*");
	tail_delete(&f->tail, 0);
	tail_delete(&f->tail, 1);
	keeper_drop(&f->keeper, 0, 0);
	let_go(f);
	if (stopped)
		stop_and_go(f);
	assert_string_equal(tail_read(&f->tail), "gap@0+1 t10* t11* t20* t21*");
}

static void
the_rest_of_what_is_kept_no_more_is_a_gap(void **state)
{
	both(state, check_dropped);
}

static void
check_wiped(struct fixture *f, bool stopped)
{
	keeper_follow(&f->keeper, &f->tail, WAL_FROM_OLDEST, NULL);
	assert_string_equal(tail_step(&f->tail, 1), "t0*");
	begin_anew(f, 0);
	samples(f, 100, 101);
	if (stopped)
		stop_and_go(f);
	assert_string_equal(tail_read(&f->tail),
	    stopped ? "t0 t1* t10* t11* t20* t21* restarted@0 t100* t101*"
		    : "t1* t10* t11* t20* t21* restarted@0 t100* t101*");
	assert_int_equal(generation(f), 1);
}

static void
a_wiped_log_is_read_to_its_end_and_then_the_next(void **state)
{
	both(state, check_wiped);
}

static void
check_several(struct fixture *f, bool stopped)
{
	keeper_follow(&f->keeper, &f->tail, WAL_FROM_OLDEST, NULL);
	assert_string_equal(tail_step(&f->tail, 5), "t0* t1* t10* t11* t20*");
	begin_anew(f, 0);
	samples(f, 100, 100);
	begin_anew(f, 2);
	samples(f, 200, 200);
	f->keeper.now++; /* Of this one nothing was kept. */
	begin_anew(f, 1);
	samples(f, 300, 300);
	if (stopped)
		stop_and_go(f);
	assert_string_equal(tail_read(&f->tail),
	    stopped ? "t0 t1 t10 t11 t20 t21* restarted@0 t100* restarted@2 "
		      "t200* restarted@1 t300*"
		    : "t21* restarted@0 t100* restarted@2 t200* restarted@1 "
		      "t300*");
	assert_int_equal(generation(f), 4);
}

static void
each_generation_is_read_in_its_turn(void **state)
{
	both(state, check_several);
}

/* Numbers alone would have it a gap, and refs would be carried over. */
static void
check_grown(struct fixture *f, bool stopped)
{
	keeper_follow(&f->keeper, &f->tail, WAL_FROM_OLDEST, NULL);
	(void)tail_read(&f->tail);
	begin_anew(f, 7);
	samples(f, 100, 100);
	if (stopped)
		stop_and_go(f);
	assert_string_equal(tail_read(&f->tail),
	    stopped ? "t0 t1 t10 t11 t20 t21 restarted@7 t100*"
		    : "restarted@7 t100*");
}

static void
a_new_log_of_higher_numbers_is_no_gap(void **state)
{
	both(state, check_grown);
}

/* Damage in the old segment 1: a repair keeps what is before it. */
static void
check_repaired(struct fixture *f, bool stopped)
{
	char *path = scratch_path(f->tail.wal, "00000001");
	int fd = open(path, O_RDWR | O_CLOEXEC);

	assert_int_not_equal(fd, -1);
	free(path);
	scratch_flip(fd, scratch_size(fd) - WAL_PAGE_SIZE + 34 + 20, 0x10);
	(void)close(fd);
	keeper_follow(&f->keeper, &f->tail, WAL_FROM_OLDEST, NULL);
	assert_string_equal(tail_step(&f->tail, 1), "t0*");
	repair(f, 1, 10, 10);
	samples(f, 30, 30);
	if (stopped)
		stop_and_go(f);
	/* Segment 2 was read too, and is another one now. */
	assert_string_equal(tail_read(&f->tail),
	    stopped ? "t0 t1* t10* damaged@1:34 t20* t21* t30 repeated@2 t30*"
		    : "t1* t10* damaged@1:34 t20* t21* t30 repeated@2 t30*");
}

static void
a_repaired_segment_is_read_as_it_was_and_then_passed_over(void **state)
{
	both(state, check_repaired);
}

/* Series are not learned again: there is no checkpoint to learn them from. */
static void
check_series(struct fixture *f, bool stopped)
{
	struct wal_mark mark;

	keeper_follow(&f->keeper, &f->tail, WAL_FROM_OLDEST, NULL);
	(void)tail_read(&f->tail);
	/* Of the last segment nothing was kept by the repair. */
	f->keeper.common = 2;
	repair(f, 2, 30, 31);
	f->keeper.common = 2;
	if (stopped) {
		wal_follow_mark(f->tail.follow, &mark);
		keeper_follow(&f->keeper, &f->tail, WAL_FROM_MARK, &mark);
		wal_follow_know(f->tail.follow, &mark);
	}
	assert_string_equal(tail_read(&f->tail),
	    stopped ? "t20 t21 t30 t31 repeated@2 t30* t31*"
		    : "t30 t31 repeated@2 t30* t31*");
}

static void
over_a_repair_the_series_are_known(void **state)
{
	both(state, check_series);
}

/* They need not be gone through one by one: there may be any number of them. */
static void
check_empty(struct fixture *f, bool stopped)
{
	keeper_follow(&f->keeper, &f->tail, WAL_FROM_OLDEST, NULL);
	assert_string_equal(tail_read(&f->tail), "t0* t1* t10* t11* t20* t21*");
	f->keeper.now = WAL_SEGMENT_NUMBER_MAX / 2;
	begin_anew(f, 0);
	samples(f, 100, 100);
	f->keeper.now = WAL_SEGMENT_NUMBER_MAX;
	begin_anew(f, 0);
	samples(f, 200, 200);
	if (stopped)
		stop_and_go(f);
	assert_string_equal(tail_read(&f->tail),
	    stopped ? "t0 t1 t10 t11 t20 t21 restarted@0 t100* restarted@0 "
		      "t200*"
		    : "restarted@0 t100* restarted@0 t200*");
	assert_int_equal(generation(f), WAL_SEGMENT_NUMBER_MAX + 1);
}

static void
generations_of_which_nothing_is_kept_are_passed_over(void **state)
{
	both(state, check_empty);
}

static void
check_missing(struct fixture *f, bool stopped)
{
	keeper_follow(&f->keeper, &f->tail, WAL_FROM_OLDEST, NULL);
	assert_string_equal(tail_step(&f->tail, 1), "t0*");
	tail_delete(&f->tail, 0);
	tail_delete(&f->tail, 1);
	/* That of segment 1 was let go. */
	f->keeper.kept[1] = f->keeper.kept[2];
	f->keeper.len = 2;
	if (stopped)
		stop_and_go(f);
	assert_string_equal(tail_read(&f->tail),
	    stopped ? "t0 t1* gap@1+1 t20* t21*" : "t1* gap@1+1 t20* t21*");
}

static void
what_was_let_go_is_a_gap(void **state)
{
	both(state, check_missing);
}

/* Below the mark there is what others still need. */
static void
check_missing_at_the_mark(struct fixture *f, bool stopped)
{
	(void)stopped;
	keeper_follow(&f->keeper, &f->tail, WAL_FROM_OLDEST, NULL);
	assert_string_equal(tail_step(&f->tail, 3), "t0* t1* t10*");
	tail_delete(&f->tail, 0);
	tail_delete(&f->tail, 1);
	f->keeper.kept[1] = f->keeper.kept[2];
	f->keeper.len = 2;
	stop_and_go(f);
	assert_string_equal(tail_read(&f->tail), "gap@1+1 t20* t21*");
}

static void
a_gap_at_the_mark_is_no_other_log(void **state)
{
	both(state, check_missing_at_the_mark);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(what_was_deleted_is_read_where_it_is_kept),
		TEST(from_the_oldest_on_all_that_is_kept_is_read),
		TEST(a_generation_that_was_truncated_is_read_from_what_is_kept),
		TEST(what_is_kept_behind_a_gap_is_not_taken_from_a_checkpoint),
		TEST(what_is_let_go_of_and_still_there_is_read_on),
		TEST(the_last_record_is_valid_after_its_segment_was_let_go_of),
		TEST(the_rest_of_what_is_kept_no_more_is_a_gap),
		TEST(a_wiped_log_is_read_to_its_end_and_then_the_next),
		TEST(each_generation_is_read_in_its_turn),
		TEST(a_new_log_of_higher_numbers_is_no_gap),
		TEST(a_repaired_segment_is_read_as_it_was_and_then_passed_over),
		TEST(over_a_repair_the_series_are_known),
		TEST(generations_of_which_nothing_is_kept_are_passed_over),
		TEST(what_was_let_go_is_a_gap),
		TEST(a_gap_at_the_mark_is_no_other_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
