/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a place before which series are known is of use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/tail.h"
#include "wal/known.h"

#define SEGMENTS 4u

/* A log of the segments 4 to 7, each of one sample, and marks past each. */
struct fixture {
	struct tail tail;
	struct wal_log log;
	struct wal_mark marks[SEGMENTS];
	struct wal_known known;
	struct wal_notice notice;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	unsigned int i;

	assert_non_null(f);
	tail_open(&f->tail, 4);
	tail_follow(&f->tail, WAL_FROM_OLDEST);
	for (i = 0; i < SEGMENTS; i++) {
		if (i > 0)
			writer_rotate(&f->tail.writer);
		writer_sample(&f->tail.writer, 1, i, 1.0);
		(void)tail_read(&f->tail);
		wal_follow_mark(f->tail.follow, &f->marks[i]);
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

/* Check whether the mark ${known} is of use to go on from ${from}. */
static enum wal_status
check(struct fixture *f, const struct wal_mark *known,
    const struct wal_mark *from)
{
	f->known = (struct wal_known){ true, *known };
	f->log.path = f->tail.wal;
	assert_int_equal(wal_log_look(&f->log), WAL_OK);
	return wal_known_check(&f->known, &f->log, from, &f->notice);
}

static void
expect_useless(struct fixture *f, const struct wal_mark *known,
    const struct wal_mark *from)
{
	assert_int_equal(check(f, known, from), WAL_NOTICE);
	assert_int_equal(f->notice.kind, WAL_UNKNOWN);
	assert_non_null(f->notice.reason);
	assert_false(f->known.is);
}

/* The segment with which reading begins, when ${known} is used. */
static uint64_t
begin(struct fixture *f, const struct wal_mark *known,
    const struct wal_mark *from)
{
	struct wal_plan plan = { .preferred = 4, .missed = true };

	assert_int_equal(check(f, known, from), WAL_OK);
	assert_true(f->known.is);
	wal_known_use(&f->known, &plan, from);
	assert_true(plan.bare);
	assert_true(plan.begun);
	assert_false(plan.missed);
	assert_int_equal(plan.preferred, UINT64_MAX);
	assert_false(f->known.is);
	return plan.want;
}

static void
reading_begins_with_the_segment_of_the_earlier_of_both(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(begin(f, &f->marks[1], &f->marks[2]), 5);
	assert_int_equal(begin(f, &f->marks[3], &f->marks[2]), 6);
	assert_int_equal(begin(f, &f->marks[2], &f->marks[2]), 6);
}

static void
without_such_a_place_the_plan_stays(void **state)
{
	struct fixture *f = *state;
	struct wal_plan plan = { .want = 9 };

	assert_int_equal(
	    wal_known_check(&f->known, &f->log, &f->marks[0], &f->notice),
	    WAL_OK);
	wal_known_use(&f->known, &plan, &f->marks[0]);
	assert_false(plan.bare);
	assert_int_equal(plan.want, 9);
}

static void
a_segment_that_is_gone_between_them_makes_it_useless(void **state)
{
	struct fixture *f = *state;

	tail_delete(&f->tail, 5);
	assert_int_equal(begin(f, &f->marks[2], &f->marks[3]), 6);
	expect_useless(f, &f->marks[0], &f->marks[2]);
	expect_useless(f, &f->marks[2], &f->marks[0]);
	expect_useless(f, &f->marks[1], &f->marks[2]);
}

static void
so_does_one_that_has_other_content(void **state)
{
	struct fixture *f = *state;

	f->marks[1].at.stored.crc++;
	expect_useless(f, &f->marks[1], &f->marks[2]);
	expect_useless(f, &f->marks[2], &f->marks[1]);
}

static void
so_does_another_generation(void **state)
{
	struct fixture *f = *state;

	f->marks[1].generation = 1;
	expect_useless(f, &f->marks[1], &f->marks[2]);
}

static void
a_place_in_a_checkpoint_is_of_no_use(void **state)
{
	struct fixture *f = *state;

	f->marks[1].inside = 1;
	f->marks[1].checkpoint = 5;
	expect_useless(f, &f->marks[1], &f->marks[2]);
	expect_useless(f, &f->marks[2], &f->marks[1]);
}

/* Numbers that are claims cost no time. */
static void
a_place_far_from_the_log_is_of_no_use(void **state)
{
	struct fixture *f = *state;

	f->marks[3].at.segment = UINT64_MAX;
	expect_useless(f, &f->marks[3], &f->marks[0]);
}

static void
while_there_is_no_segment_there_is_no_telling(void **state)
{
	struct fixture *f = *state;
	uint64_t i;

	for (i = 4; i < 8; i++)
		tail_delete(&f->tail, i);
	assert_int_equal(check(f, &f->marks[1], &f->marks[2]), WAL_END);
	assert_true(f->known.is);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(reading_begins_with_the_segment_of_the_earlier_of_both),
		TEST(without_such_a_place_the_plan_stays),
		TEST(a_segment_that_is_gone_between_them_makes_it_useless),
		TEST(so_does_one_that_has_other_content),
		TEST(so_does_another_generation),
		TEST(a_place_in_a_checkpoint_is_of_no_use),
		TEST(a_place_far_from_the_log_is_of_no_use),
		TEST(while_there_is_no_segment_there_is_no_telling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
