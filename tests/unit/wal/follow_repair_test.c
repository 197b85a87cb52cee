/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The follower when Prometheus repairs the log, or begins another, under it or
 * while it is stopped: nothing is lost, and what was read comes again only if
 * there is no telling that it was.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/tail.h"

#define SAMPLE 34u /* Bytes that the record of one sample takes. */

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

/* Write samples from ${first} to ${last}, in steps of 1000. */
static void
samples(struct tail *tail, int64_t first, int64_t last)
{
	for (; first <= last; first += 1000)
		writer_sample(&tail->writer, 1, first, 1.0);
}

/* Write 10 bytes of the sample at ${time}, be killed, and begin a segment. */
static void
tear(struct tail *tail, int64_t time)
{
	tail->writer.hold = true;
	samples(tail, time, time);
	(void)writer_write(&tail->writer, 10);
	tail->writer.queued = 0;
	tail->writer.hold = false;
	writer_crash(&tail->writer);
}

/* Break the sample that is the ${index}th of segment ${number}. */
static void
damage(struct tail *tail, uint64_t number, unsigned int index)
{
	char name[WAL_NAME_MAX], *path;
	int fd;

	(void)snprintf(name, sizeof(name), "%08" PRIu64, number);
	path = scratch_path(tail->wal, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	scratch_flip(fd, index * SAMPLE + 20, 0x01);
	(void)close(fd);
	free(path);
}

static int
set_aside(const char *path)
{
	char to[4096];

	(void)snprintf(to, sizeof(to), "%s.repair", path);
	return rename(path, to);
}

/*
 * What Prometheus does to repair segment ${number}, in its steps: delete what
 * is above, set it aside, have a new one to write to, ...
 */
static void
begin_repair(struct tail *tail, uint64_t number)
{
	char name[WAL_NAME_MAX];
	uint64_t above;

	for (above = number + 1; above <= tail->writer.number; above++)
		tail_delete(tail, above);
	writer_close(&tail->writer);
	(void)snprintf(name, sizeof(name), "%08" PRIu64, number);
	scratch_do(set_aside, tail->wal, name);
	writer_open_dir(&tail->writer, tail->wal, number);
}

/* ... and when that is written, delete the old one and go on to the next. */
static void
end_repair(struct tail *tail)
{
	char name[WAL_NAME_MAX];

	writer_pad(&tail->writer);
	(void)snprintf(
	    name, sizeof(name), "%08" PRIu64 ".repair", tail->writer.number);
	scratch_do(unlink, tail->wal, name);
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
a_repair_that_kept_what_was_read_goes_unnoticed(void **state)
{
	struct tail tail;
	bool stopped;

	(void)state;
	for (stopped = false;; stopped = true) {
		tail_open(&tail, 0);
		samples(&tail, 1000, 2000);
		writer_rotate(&tail.writer);
		samples(&tail, 3000, 4000);
		tail_follow(&tail, WAL_FROM_OLDEST);
		assert_string_equal(
		    tail_read(&tail), "t1000* t2000* t3000* t4000*");
		begin_repair(&tail, 1);
		assert_string_equal(tail_read(&tail), "");
		samples(&tail, 3000, 4000);
		assert_string_equal(tail_read(&tail), "");
		end_repair(&tail);
		samples(&tail, 5000, 5000);
		if (stopped)
			stop_and_go(&tail);
		assert_string_equal(tail_read(&tail),
		    stopped ? "t1000 t2000 t3000 t4000 t5000*" : "t5000*");
		assert_int_equal(mark_of(&tail).generation, 0);
		tail_close(&tail);
		if (stopped)
			break;
	}
}

/* As when a server finds damage: it has begun a segment, and deletes it. */
static void
an_empty_segment_deleted_for_a_repair_is_no_other_log(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	samples(&tail, 1000, 2000);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "t1000* t2000*");
	writer_crash(&tail.writer);
	assert_string_equal(tail_read(&tail), "");
	tail_delete(&tail, 1);
	assert_string_equal(tail_read(&tail), "");
	tail.writer.number = 0;
	begin_repair(&tail, 0);
	assert_string_equal(tail_read(&tail), "");
	samples(&tail, 1000, 2000);
	end_repair(&tail);
	samples(&tail, 3000, 3000);
	assert_string_equal(tail_read(&tail), "t3000*");
	assert_int_equal(mark_of(&tail).generation, 0);
	tail_close(&tail);
}

static void
a_repair_that_dropped_what_was_read_goes_on_behind_it(void **state)
{
	struct tail tail;
	bool stopped;

	(void)state;
	for (stopped = false;; stopped = true) {
		tail_open(&tail, 0);
		samples(&tail, 1000, 1000);
		writer_rotate(&tail.writer);
		samples(&tail, 2000, 5000);
		damage(&tail, 1, 2);
		tail_follow(&tail, WAL_FROM_OLDEST);
		assert_string_equal(tail_read(&tail),
		    "t1000* t2000* t3000* damaged@1:68 t5000*");
		begin_repair(&tail, 1);
		if (!stopped)
			assert_string_equal(tail_read(&tail), "");
		samples(&tail, 2000, 3000);
		if (!stopped)
			assert_string_equal(tail_read(&tail), "");
		end_repair(&tail);
		samples(&tail, 6000, 6000);
		if (stopped)
			stop_and_go(&tail);
		assert_string_equal(
		    tail_read(&tail), "restarted@1 t1000 t2000 t3000 t6000*");
		assert_int_equal(mark_of(&tail).generation, 1);
		stop_and_go(&tail);
		samples(&tail, 7000, 7000);
		assert_string_equal(
		    tail_read(&tail), "t1000 t2000 t3000 t6000 t7000*");
		tail_close(&tail);
		if (stopped)
			break;
	}
}

/* The machine lost power, and the disk what was read last. */
static void
a_segment_that_lost_what_was_read_is_repeated(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	samples(&tail, 1000, 1000);
	writer_rotate(&tail.writer);
	samples(&tail, 2000, 4000);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "t1000* t2000* t3000* t4000*");
	begin_repair(&tail, 1);
	samples(&tail, 2000, 3000);
	end_repair(&tail);
	samples(&tail, 5000, 5000);
	stop_and_go(&tail);
	assert_string_equal(tail_read(&tail),
	    "restarted@1 t1000 t2000 t3000 repeated@1 t2000* t3000* t5000*");
	assert_int_equal(mark_of(&tail).generation, 1);
	tail_close(&tail);
}

/* Repaired, and written in other pages: the same records in other places. */
static void
a_record_that_was_moved_is_found_by_its_content(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	samples(&tail, 1000, 3000);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_step(&tail, 2), "t1000* t2000*");
	begin_repair(&tail, 0);
	samples(&tail, 1000, 1000);
	writer_pad(&tail.writer);
	samples(&tail, 2000, 3000);
	end_repair(&tail);
	stop_and_go(&tail);
	assert_string_equal(
	    tail_step(&tail, 4), "restarted@0 t1000 t2000 t3000*");
	assert_int_equal(mark_of(&tail).at.offset, WAL_PAGE_SIZE + 2 * SAMPLE);
	tail_close(&tail);
}

static void
a_repair_of_an_earlier_segment_is_no_log_begun_anew(void **state)
{
	struct tail tail;
	bool stopped;

	(void)state;
	for (stopped = false;; stopped = true) {
		tail_open(&tail, 0);
		samples(&tail, 1000, 1000);
		writer_rotate(&tail.writer);
		samples(&tail, 2000, 3000);
		writer_rotate(&tail.writer);
		samples(&tail, 4000, 4000);
		tail_follow(&tail, WAL_FROM_OLDEST);
		assert_string_equal(
		    tail_read(&tail), "t1000* t2000* t3000* t4000*");
		begin_repair(&tail, 1);
		if (!stopped)
			assert_string_equal(tail_read(&tail), "");
		samples(&tail, 2000, 2000);
		end_repair(&tail);
		samples(&tail, 5000, 5000);
		if (stopped)
			stop_and_go(&tail);
		assert_string_equal(tail_read(&tail),
		    "restarted@1 t1000 t2000 repeated@1 t2000* t5000*");
		tail_close(&tail);
		if (stopped)
			break;
	}
}

static void
a_log_wiped_while_we_were_stopped_is_read_from_its_start(void **state)
{
	uint64_t first[] = { 0, 4, 5, 6 };
	struct tail tail;
	char *wanted;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(first) / sizeof(*first); i++) {
		tail_open(&tail, 4);
		samples(&tail, 1000, 1000);
		writer_rotate(&tail.writer);
		samples(&tail, 2000, 2000);
		tail_follow(&tail, WAL_FROM_OLDEST);
		assert_string_equal(tail_read(&tail), "t1000* t2000*");
		begin_anew(&tail, first[i]);
		samples(&tail, 3000, 3000);
		writer_rotate(&tail.writer);
		samples(&tail, 4000, 4000);
		stop_and_go(&tail);
		/* That its numbers are higher is all that can be seen. */
		assert_true(asprintf(&wanted, "%s@%" PRIu64 "%s t3000* t4000*",
				first[i] > 5 ? "gap" : "restarted",
				first[i] > 5 ? 5 : first[i],
				first[i] > 5 ? "+1" : "") > 0);
		assert_string_equal(tail_read(&tail), wanted);
		assert_int_equal(mark_of(&tail).generation, first[i] <= 5);
		free(wanted);
		tail_close(&tail);
	}
}

/* A new log can begin with the very same series. */
static void
a_new_log_that_begins_alike_is_all_fresh(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	writer_series(&tail.writer, 1, "__name__", "up", NULL);
	samples(&tail, 1000, 1000);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "s1* t1000*");
	begin_anew(&tail, 0);
	writer_series(&tail.writer, 1, "__name__", "up", NULL);
	samples(&tail, 2000, 2000);
	stop_and_go(&tail);
	assert_string_equal(
	    tail_read(&tail), "restarted@0 s1 t2000 repeated@0 s1* t2000*");
	tail_close(&tail);
}

/* When nothing was asked of us for long, as while an endpoint is away. */
static void
a_new_log_that_has_the_wanted_number_too_is_noticed(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 1);
	samples(&tail, 1000, 1000);
	tear(&tail, 2000);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_step(&tail, 2), "t1000* torn@1:34+10");
	/* It is closed now, and 2 is wanted. */
	begin_anew(&tail, 0);
	samples(&tail, 3000, 3000);
	writer_rotate(&tail.writer);
	samples(&tail, 4000, 4000);
	writer_rotate(&tail.writer);
	samples(&tail, 5000, 5000);
	assert_string_equal(
	    tail_read(&tail), "restarted@0 t3000* t4000* t5000*");
	tail_close(&tail);
}

static void
a_new_log_that_has_not_the_wanted_number_yet_is_noticed(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 1);
	samples(&tail, 1000, 1000);
	tear(&tail, 2000);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_step(&tail, 2), "t1000* torn@1:34+10");
	begin_anew(&tail, 0);
	samples(&tail, 3000, 3000);
	writer_rotate(&tail.writer);
	samples(&tail, 4000, 4000);
	assert_string_equal(tail_read(&tail), "restarted@0 t3000* t4000*");
	tail_close(&tail);
}

static void
every_new_log_is_another_generation(void **state)
{
	struct tail tail;
	uint64_t i;

	(void)state;
	tail_open(&tail, 4);
	samples(&tail, 1000, 1000);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "t1000*");
	for (i = 1; i < 5; i++) {
		begin_anew(&tail, 4 - i);
		samples(&tail, 2000, 2000);
		if (i % 2 == 0)
			stop_and_go(&tail);
		assert_int_equal(mark_of(&tail).generation, i - 1);
		(void)tail_step(&tail, 1);
		assert_int_equal(
		    wal_follow_notice(tail.follow)->kind, WAL_RESTARTED);
		assert_int_equal(mark_of(&tail).generation, i);
		assert_string_equal(tail_read(&tail), "t2000*");
	}
	tail_close(&tail);
}

static void
a_checkpoint_is_read_again_in_a_new_generation(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 6);
	tail_checkpoint(&tail, 5, 50);
	samples(&tail, 1000, 3000);
	damage(&tail, 6, 1);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(
	    tail_read(&tail), "cp:s50? t1000* damaged@6:34 t3000*");
	begin_repair(&tail, 6);
	samples(&tail, 1000, 1000);
	end_repair(&tail);
	samples(&tail, 4000, 4000);
	assert_string_equal(
	    tail_read(&tail), "restarted@6 cp:s50 t1000 t4000*");
	tail_close(&tail);
}

/* A server that is killed in the middle of a repair leaves the old file. */
static void
what_is_left_of_a_repair_is_not_waited_for(void **state)
{
	struct tail tail;

	(void)state;
	tail_open(&tail, 0);
	samples(&tail, 1000, 3000);
	tail_follow(&tail, WAL_FROM_OLDEST);
	assert_string_equal(tail_read(&tail), "t1000* t2000* t3000*");
	begin_repair(&tail, 0);
	samples(&tail, 1000, 2000);
	assert_string_equal(tail_read(&tail), "");
	writer_crash(&tail.writer);
	samples(&tail, 4000, 4000);
	assert_string_equal(tail_read(&tail),
	    "restarted@0 t1000 t2000 repeated@0 t1000* t2000* t4000*");
	tail_close(&tail);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_repair_that_kept_what_was_read_goes_unnoticed),
		cmocka_unit_test(
		    an_empty_segment_deleted_for_a_repair_is_no_other_log),
		cmocka_unit_test(
		    a_repair_that_dropped_what_was_read_goes_on_behind_it),
		cmocka_unit_test(a_segment_that_lost_what_was_read_is_repeated),
		cmocka_unit_test(
		    a_record_that_was_moved_is_found_by_its_content),
		cmocka_unit_test(
		    a_repair_of_an_earlier_segment_is_no_log_begun_anew),
		cmocka_unit_test(
		    a_log_wiped_while_we_were_stopped_is_read_from_its_start),
		cmocka_unit_test(a_new_log_that_begins_alike_is_all_fresh),
		cmocka_unit_test(
		    a_new_log_that_has_the_wanted_number_too_is_noticed),
		cmocka_unit_test(
		    a_new_log_that_has_not_the_wanted_number_yet_is_noticed),
		cmocka_unit_test(every_new_log_is_another_generation),
		cmocka_unit_test(
		    a_checkpoint_is_read_again_in_a_new_generation),
		cmocka_unit_test(what_is_left_of_a_repair_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
