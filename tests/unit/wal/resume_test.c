/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/resource.h>

#include "tests/unit/wal/keeper.h"
#include "wal/resume.h"

/* A log of the segments 2, 3 and 4, each of two samples, and what was read. */
struct fixture {
	struct tail tail;
	struct wal_mark mark; /* Past the first sample of 4. */
	struct wal_resume found;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int i;

	assert_non_null(f);
	tail_open(&f->tail, 2);
	for (i = 0; i < 6; i++) {
		if (i == 2 || i == 4)
			writer_rotate(&f->tail.writer);
		writer_sample(&f->tail.writer, 1, i, 1.0);
	}
	tail_follow(&f->tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_step(&f->tail, 5), "t0* t1* t2* t3* t4*");
	wal_follow_mark(f->tail.follow, &f->mark);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	tail_close(&f->tail);
	free(f);
	return 0;
}

static enum wal_resume_kind
find(struct fixture *f)
{
	struct wal_log log = { .path = f->tail.wal };

	(void)wal_log_look(&log);
	wal_resume_find(&log, &f->mark, &f->found);
	wal_log_release(&log);
	return f->found.kind;
}

static bool
is_foreign(struct fixture *f)
{
	struct wal_log log = { .path = f->tail.wal };
	bool is;

	(void)wal_log_look(&log);
	is = wal_resume_is_foreign(&log, &f->mark);
	wal_log_release(&log);
	return is;
}

/* What can be told when the segment ${number} is deleted once it is listed. */
static enum wal_resume_kind
find_as_it_goes(struct fixture *f, uint64_t number, bool *ret_foreign)
{
	struct wal_log log = { .path = f->tail.wal };

	(void)wal_log_look(&log);
	tail_delete(&f->tail, number);
	wal_resume_find(&log, &f->mark, &f->found);
	*ret_foreign = wal_resume_is_foreign(&log, &f->mark);
	wal_log_release(&log);
	return f->found.kind;
}

/* The same when no file can be opened. */
static enum wal_resume_kind
find_without_descriptors(struct fixture *f, bool *ret_foreign)
{
	struct wal_log log = { .path = f->tail.wal };
	struct rlimit limit, none;

	(void)wal_log_look(&log);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	wal_resume_find(&log, &f->mark, &f->found);
	*ret_foreign = wal_resume_is_foreign(&log, &f->mark);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	wal_log_release(&log);
	return f->found.kind;
}

/* Have segment ${number} hold one sample at ${time} instead. */
static void
rewrite(struct fixture *f, uint64_t number, int64_t time)
{
	writer_close(&f->tail.writer);
	tail_delete(&f->tail, number);
	writer_open_dir(&f->tail.writer, f->tail.wal, number);
	writer_sample(&f->tail.writer, 1, time, 1.0);
}

static void
what_is_there_is_the_same(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(find(f), WAL_RESUME_SAME);
	assert_memory_equal(&f->found.mark, &f->mark, sizeof(f->mark));
	assert_false(is_foreign(f));
	tail_delete(&f->tail, 2);
	tail_delete(&f->tail, 3);
	assert_int_equal(find(f), WAL_RESUME_SAME);
	rewrite(f, 4, 4); /* The same bytes. */
	assert_int_equal(find(f), WAL_RESUME_SAME);
}

static void
a_start_of_a_segment_is_known_by_what_is_before_it(void **state)
{
	struct fixture *f = *state;

	wal_mark_enter(&f->mark, 5, &(struct wal_content){ 0 });
	assert_int_equal(find(f), WAL_RESUME_EARLIER);
	writer_rotate(&f->tail.writer);
	assert_int_equal(find(f), WAL_RESUME_SAME);
	assert_false(is_foreign(f));
	rewrite(f, 4, 40);
	assert_int_equal(find(f), WAL_RESUME_REWRITTEN);
	assert_int_equal(f->found.mark.at.segment, 4);
}

static void
without_a_segment_there_is_no_telling(void **state)
{
	struct fixture *f = *state;

	tail_delete(&f->tail, 2);
	tail_delete(&f->tail, 3);
	tail_delete(&f->tail, 4);
	assert_int_equal(find(f), WAL_RESUME_WAIT);
	assert_false(is_foreign(f));
	assert_int_equal(tail_remove_all(f->tail.wal), 0);
	assert_int_equal(find(f), WAL_RESUME_WAIT);
	assert_int_equal(mkdir(f->tail.wal, 0777), 0);
}

static void
a_repair_is_waited_for_unless_what_was_read_is_there(void **state)
{
	struct fixture *f = *state;

	scratch_do(tail_mkdir, f->tail.wal, "00000004.repair");
	assert_int_equal(find(f), WAL_RESUME_SAME);
	rewrite(f, 4, 3);
	assert_int_equal(find(f), WAL_RESUME_WAIT);
	tail_delete(&f->tail, 4);
	assert_int_equal(find(f), WAL_RESUME_WAIT);
	scratch_do(rmdir, f->tail.wal, "00000004.repair");
	assert_int_equal(find(f), WAL_RESUME_EARLIER);
}

static void
what_was_deleted_is_a_gap_up_to_what_is_there(void **state)
{
	struct fixture *f = *state;

	writer_rotate(&f->tail.writer);
	writer_rotate(&f->tail.writer);
	tail_delete(&f->tail, 2);
	tail_delete(&f->tail, 3);
	tail_delete(&f->tail, 4);
	tail_delete(&f->tail, 5);
	assert_int_equal(find(f), WAL_RESUME_GAP);
	assert_int_equal(f->found.next, 6);
	assert_int_equal(f->found.gone, 2);
}

static void
other_content_after_what_was_read_is_rewritten(void **state)
{
	struct fixture *f = *state;
	struct wal_mark wanted = f->mark;

	rewrite(f, 4, 40);
	assert_true(is_foreign(f));
	assert_int_equal(find(f), WAL_RESUME_REWRITTEN);
	wanted.generation++;
	assert_memory_equal(&f->found.mark, &wanted, sizeof(wanted));
	/* Nothing before it can tell: is it as it was at its beginning? */
	tail_delete(&f->tail, 2);
	tail_delete(&f->tail, 3);
	assert_int_equal(find(f), WAL_RESUME_ANEW);
	assert_int_equal(f->found.next, 4);
	f->mark.at.offset = f->mark.at.fragment = 68;
	rewrite(f, 4, 4);
	assert_int_equal(find(f), WAL_RESUME_REWRITTEN);
}

static void
the_last_end_that_is_there_counts(void **state)
{
	struct fixture *f = *state;

	rewrite(f, 4, 40);
	rewrite(f, 3, 20);
	assert_int_equal(find(f), WAL_RESUME_REWRITTEN);
	assert_int_equal(f->found.mark.at.segment, 3);
	assert_int_equal(f->found.mark.before_len, 1);
	tail_delete(&f->tail, 4);
	rewrite(f, 3, 2);
	writer_sample(&f->tail.writer, 1, 3, 1.0);
	assert_int_equal(find(f), WAL_RESUME_EARLIER);
	assert_int_equal(f->found.mark.at.segment, 3);
	assert_int_equal(f->found.mark.before_len, 1);
	assert_int_equal(f->found.mark.before[0].segment, 2);
	assert_int_equal(f->found.mark.before[1].segment, 0);
	tail_delete(&f->tail, 3);
	assert_int_equal(find(f), WAL_RESUME_EARLIER);
	assert_int_equal(f->found.mark.at.segment, 2);
	assert_int_equal(f->found.mark.at.offset, 68);
	assert_int_equal(f->found.mark.before_len, 0);
	assert_int_equal(f->found.mark.generation, 1);
}

static void
what_holds_nothing_that_was_read_is_another_log(void **state)
{
	struct fixture *f = *state;

	rewrite(f, 4, 40);
	rewrite(f, 3, 30);
	rewrite(f, 2, 20);
	assert_int_equal(find(f), WAL_RESUME_ANEW);
	assert_int_equal(f->found.next, 2);
	tail_delete(&f->tail, 4);
	tail_delete(&f->tail, 3);
	assert_int_equal(find(f), WAL_RESUME_ANEW);
}

/* A mark at which a record is still looked for is not of its own file. */
static void
what_a_keeper_vouches_for_is_rewritten_though_the_one_before_is_gone(
    void **state)
{
	struct fixture *f = *state;
	struct keeper keeper;
	struct wal_log log;

	rewrite(f, 4, 40);
	keeper_init(&keeper, &f->tail);
	keeper_keep(&keeper, &f->tail, 2);
	keeper_keep(&keeper, &f->tail, 4);
	keeper.now = 1;
	log = (struct wal_log){
		.path = f->tail.wal,
		.keeper = &keeper.keeper,
	};
	assert_int_equal(wal_log_look(&log), WAL_OK);
	wal_resume_find(&log, &f->mark, &f->found);
	assert_int_equal(f->found.kind, WAL_RESUME_REWRITTEN);
	assert_int_equal(f->found.mark.at.segment, 4);

	/* Of a mark of another generation it says nothing: the last end counts. */
	f->mark.generation = 7;
	wal_resume_find(&log, &f->mark, &f->found);
	assert_int_equal(f->found.kind, WAL_RESUME_EARLIER);
	assert_int_equal(f->found.mark.at.segment, 2);
	wal_log_release(&log);
	keeper_release(&keeper);
}

static void
a_checkpoint_is_known_by_its_content(void **state)
{
	struct fixture *f = *state;

	tail_checkpoint_samples(&f->tail, 1, 4);
	tail_follow(&f->tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_step(&f->tail, 3), "cp:t0? cp:t1? cp:t2?");
	wal_follow_mark(f->tail.follow, &f->mark);
	assert_int_equal(find(f), WAL_RESUME_SAME);
	assert_false(is_foreign(f));
	tail_remove_checkpoint(&f->tail, 1);
	tail_checkpoint_samples(&f->tail, 1, 2);
	assert_int_equal(find(f), WAL_RESUME_ANEW);
	/* Another, or none: all there is above it. */
	tail_remove_checkpoint(&f->tail, 1);
	assert_int_equal(find(f), WAL_RESUME_GAP);
	assert_int_equal(f->found.next, 2);
	assert_int_equal(f->found.gone, 0);
	tail_checkpoint(&f->tail, 3, 1);
	tail_delete(&f->tail, 2);
	assert_int_equal(find(f), WAL_RESUME_GAP);
	assert_int_equal(f->found.next, 3);
	assert_int_equal(f->found.gone, 1);
	/* The same, but the segments are of another log. */
	tail_remove_checkpoint(&f->tail, 3);
	writer_close(&f->tail.writer);
	writer_open_dir(&f->tail.writer, f->tail.wal, 0);
	assert_int_equal(find(f), WAL_RESUME_ANEW);
	tail_delete(&f->tail, 3);
	tail_delete(&f->tail, 4);
	tail_checkpoint_samples(&f->tail, 1, 4);
	assert_int_equal(find(f), WAL_RESUME_ANEW);
}

static void
what_cannot_be_opened_for_now_is_no_other_log(void **state)
{
	struct fixture *f = *state;
	bool foreign;

	assert_int_equal(
	    find_without_descriptors(f, &foreign), WAL_RESUME_WAIT);
	assert_false(foreign);
	assert_int_equal(find_as_it_goes(f, 4, &foreign), WAL_RESUME_WAIT);
	assert_false(foreign);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    what_is_there_is_the_same, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_start_of_a_segment_is_known_by_what_is_before_it, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    without_a_segment_there_is_no_telling, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_repair_is_waited_for_unless_what_was_read_is_there,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    what_was_deleted_is_a_gap_up_to_what_is_there, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    other_content_after_what_was_read_is_rewritten, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    the_last_end_that_is_there_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    what_holds_nothing_that_was_read_is_another_log, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    what_a_keeper_vouches_for_is_rewritten_though_the_one_before_is_gone,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_checkpoint_is_known_by_its_content, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    what_cannot_be_opened_for_now_is_no_other_log, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
