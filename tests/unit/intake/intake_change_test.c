/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/intake/legacy.h"
#include "tests/unit/intake/taking.h"

static void
damage_is_counted_and_passed_over(void **state)
{
	const uint8_t data[] = { WAL_SAMPLES, 0 };
	struct taking *f = *state;

	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_fragment(&f->writer, WRITER_LAST, data, sizeof(data));
	writer_end(&f->writer);
	writer_sample(&f->writer, 7, 1, 1);
	taking_open_intake(f);
	taking_expect(f, 0);
	taking_expect(f, 1);
	taking_assert_stat(f->meters.damaged, 1);
}

static void
a_segment_that_ends_within_a_record_is_counted(void **state)
{
	const uint8_t data[] = { WAL_SAMPLES, 0 };
	struct taking *f = *state;

	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_fragment(&f->writer, WRITER_FIRST, data, sizeof(data));
	writer_end(&f->writer);
	writer_crash(&f->writer);
	writer_sample(&f->writer, 7, 1, 1);
	taking_open_intake(f);
	taking_expect(f, 0);
	taking_expect(f, 1);
	taking_assert_stat(f->meters.torn, 1);
}

static void
a_log_begun_anew_has_refs_of_its_own(void **state)
{
	struct taking *f = *state;

	writer_close(&f->writer);
	writer_open_dir(&f->writer, f->scratch.wal, 5);
	writer_series(&f->writer, 7, "__name__", "old", NULL);
	writer_series(&f->writer, 8, "__name__", "other", NULL);
	taking_open_intake(f);
	taking_expect(f, 0);
	taking_expect(f, 0);
	assert_int_equal(taking_next(f), INTAKE_END);
	writer_close(&f->writer);
	scratch_empty(&f->scratch);
	writer_open_dir(&f->writer, f->scratch.wal, 0);
	writer_series(&f->writer, 7, "__name__", "new", NULL);
	writer_sample(&f->writer, 7, 1, 1);
	writer_sample(&f->writer, 8, 1, 1);
	taking_expect(f, 0);
	taking_expect(f, 1);
	taking_expect_label(f, 0, "__name__", "new");
	taking_expect(f, 0);
	taking_assert_stat(f->meters.restarts, 1);
	taking_assert_stat(
	    f->meters.kinds[KEPT_SAMPLE].dropped[DROP_UNKNOWN_SERIES], 1);
	/* Those it had are let go. */
	while (intake_tidy(f->intake, 0))
		;
	assert_int_equal(labelsets_count(f->sets), 1);
}

/* A checkpoint of the segments up to ${number}, with one series. */
static void
write_checkpoint(struct taking *f, uint64_t number, uint64_t ref)
{
	struct writer writer = { .codec = WAL_PLAIN };
	char dir[128];

	(void)snprintf(dir, sizeof(dir), "%s/checkpoint.%08u", f->scratch.wal,
	    (unsigned int)number);
	assert_int_equal(mkdir(dir, 0700), 0);
	writer_open_dir(&writer, dir, 0);
	writer_series(&writer, ref, "__name__", "found", NULL);
	writer_close(&writer);
}

static void
an_unknown_series_is_looked_up_in_the_newest_checkpoint(void **state)
{
	struct taking *f = *state;

	writer_series(&f->writer, 7, "__name__", "up", NULL);
	taking_open_intake(f);
	taking_expect(f, 0);
	assert_int_equal(taking_next(f), INTAKE_END);
	write_checkpoint(f, 0, 8);
	writer_rotate(&f->writer);
	writer_sample(&f->writer, 7, 1, 1);
	writer_sample(&f->writer, 8, 2, 1);
	writer_sample(&f->writer, 9, 3, 1);
	taking_expect(f, 1);
	taking_expect(f, 1);
	taking_expect_label(f, 0, "__name__", "found");
	assert_int_equal(f->record.kept[0].time, 2);
	taking_expect(f, 0);
	taking_assert_stat(
	    f->meters.kinds[KEPT_SAMPLE].dropped[DROP_UNKNOWN_SERIES], 1);
	taking_assert_stat(f->meters.records[WAL_SAMPLES], 3);
}

/* Its segment may be let go of before it is found. */
static void
a_record_outlives_its_segment_while_a_series_is_looked_up(void **state)
{
	struct taking *f = *state;
	struct wal_mark mark;

	writer_series(&f->writer, 7, "__name__", "up", NULL);
	taking_open_intake(f);
	taking_expect(f, 0);
	assert_int_equal(taking_next(f), INTAKE_END);
	write_checkpoint(f, 0, 8);
	writer_rotate(&f->writer);
	writer_sample(&f->writer, 8, 2, 1);
	writer_sample(&f->writer, 7, 3, 1);
	while (intake_next(f->intake, &f->record) == INTAKE_WAIT)
		intake_abandon(f->intake, &mark);
	assert_int_equal(f->record.len, 1);
	taking_expect_label(f, 0, "__name__", "found");
	taking_expect(f, 1);
	taking_expect_label(f, 0, "__name__", "up");
}

/* A later life learns what was read, and is given what follows. */
static void
from_a_mark_what_follows_it_is_given(void **state)
{
	struct taking *f = *state;

	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 1, 1);
	writer_sample(&f->writer, 7, 2, 1);
	taking_open_intake(f);
	taking_expect(f, 0);
	taking_expect(f, 1);
	f->place.position.begun = true;
	f->place.position.mark = f->record.end;
	intake_free(f->intake);
	taking_open_intake(f);
	assert_int_equal(taking_next(f), INTAKE_KNOWN);
	assert_int_equal(taking_next(f), INTAKE_KNOWN);
	taking_expect(f, 1);
	assert_int_equal(f->record.kept[0].time, 2);
	assert_false(f->record.doubtful);
	assert_int_equal(taking_next(f), INTAKE_END);
}

/* The mark is of a segment that has other records by now. */
static void
what_comes_from_a_segment_written_anew_is_doubtful(void **state)
{
	struct taking *f = *state;

	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 1, 1);
	taking_open_intake(f);
	taking_expect(f, 0);
	taking_expect(f, 1);
	f->place.position.begun = true;
	f->place.position.mark = f->record.end;
	intake_free(f->intake);
	writer_close(&f->writer);
	scratch_empty(&f->scratch);
	writer_open_dir(&f->writer, f->scratch.wal, 0);
	writer_series(&f->writer, 7, "__name__", "other", NULL);
	writer_sample(&f->writer, 7, 5, 1);
	writer_rotate(&f->writer);
	writer_sample(&f->writer, 7, 6, 1);
	taking_open_intake(f);
	taking_expect(f, 0);
	taking_expect(f, 1);
	assert_true(f->record.doubtful);
	taking_expect(f, 1);
	assert_false(f->record.doubtful);
	assert_int_equal(f->record.kept[0].time, 6);
}

static void
a_log_that_is_not_there_yet_is_waited_for(void **state)
{
	struct taking *f = *state;

	writer_close(&f->writer);
	scratch_empty(&f->scratch);
	taking_begin_now(f);
	assert_int_equal(taking_next(f), INTAKE_END);
	assert_true(intake_waiting(f->intake));
	writer_open_dir(&f->writer, f->scratch.wal, 0);
	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 1, 1);
	taking_expect(f, 0);
	assert_false(intake_waiting(f->intake));
	taking_expect(f, 1);
}

/* Of a log that is away nothing was read: what is left must not say so. */
static void
series_that_were_not_read_are_not_left(void **state)
{
	struct taking *f = *state;
	struct legacy legacy;
	char away[128];

	writer_series(&f->writer, 7, "__name__", "up", NULL);
	writer_rotate(&f->writer);
	writer_sample(&f->writer, 7, 1, 1);
	taking_open_intake(f);
	taking_expect(f, 0);
	taking_expect(f, 1);
	f->place.position.begun = true;
	f->place.position.mark = f->record.end;
	intake_free(f->intake);
	(void)snprintf(away, sizeof(away), "%s.away", f->scratch.wal);
	assert_int_equal(rename(f->scratch.wal, away), 0);
	f->options.place = &f->place;
	taking_open_intake(f);
	assert_int_equal(taking_next(f), INTAKE_END);
	assert_false(intake_leave(f->intake, &legacy));
	assert_int_equal(rename(away, f->scratch.wal), 0);
	/* Once it is read, they are. */
	assert_int_equal(taking_next(f), INTAKE_KNOWN);
	while (taking_next(f) != INTAKE_END)
		;
	assert_true(intake_leave(f->intake, &legacy));
	assert_int_equal(refmap_count(legacy.refs), 1);
	legacy_release(&legacy, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, taking_set_up, taking_tear_down)
		TEST(damage_is_counted_and_passed_over),
		TEST(a_segment_that_ends_within_a_record_is_counted),
		TEST(a_log_begun_anew_has_refs_of_its_own),
		TEST(an_unknown_series_is_looked_up_in_the_newest_checkpoint),
		TEST(a_record_outlives_its_segment_while_a_series_is_looked_up),
		TEST(from_a_mark_what_follows_it_is_given),
		TEST(what_comes_from_a_segment_written_anew_is_doubtful),
		TEST(a_log_that_is_not_there_yet_is_waited_for),
		TEST(series_that_were_not_read_are_not_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
