/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/position/share.h"
#include "tests/unit/series/series.h"

#define PLACES 4u
#define LABELS 77u

/* Some places, and those of them that are to share. */
struct fixture {
	struct place *all[PLACES];
	struct share_member members[PLACES];
	size_t len;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	size_t i;

	assert_non_null(f);
	log_init(LOG_ERROR + 1, LOG_LOGFMT);
	for (i = 0; i < PLACES; i++) {
		f->all[i] = calloc(1, sizeof(*f->all[i]));
		assert_non_null(f->all[i]);
	}
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < PLACES; i++)
		free(f->all[i]);
	free(f);
	return 0;
}

/* The next member of the list ${list} of ${count} is at place ${number}. */
static void
put(struct fixture *f, size_t number, uint32_t list, uint32_t count)
{
	f->members[f->len] = (struct share_member){
		.place = f->all[number],
		.share = { list, LABELS, (uint32_t)f->len, count },
	};
	f->len++;
}

/* Settle those that were put, and have none put. */
static void
settle(struct fixture *f)
{
	share_settle(f->members, f->len, f->all, PLACES);
	f->len = 0;
}

/* Place ${number} was saved at ${offset} of segment ${segment}. */
static void
save(struct fixture *f, size_t number, uint64_t segment, uint64_t offset)
{
	struct position *position = &f->all[number]->position;

	f->all[number]->known = true;
	position->begun = true;
	position->mark.at.segment = segment;
	position->mark.at.offset = offset;
	position->highest = (int64_t)(1000 * segment + offset);
	position->ranges_len = 1;
}

static void
expect_at(
    const struct fixture *f, size_t number, uint64_t segment, uint64_t offset)
{
	const struct position *position = &f->all[number]->position;

	assert_true(f->all[number]->known);
	assert_int_equal(position->mark.at.segment, segment);
	assert_int_equal(position->mark.at.offset, offset);
	assert_int_equal(position->highest, 1000 * segment + offset);
}

/* What place ${number} leaves out: up to there, that of ${index} of ${count}. */
static void
expect_former(const struct fixture *f, size_t number, uint64_t segment,
    uint64_t offset, uint32_t index, uint32_t count)
{
	struct position_former former = share_former(&f->all[number]->position);

	assert_int_equal(former.until.segment, segment);
	assert_int_equal(former.until.offset, offset);
	assert_int_equal(former.share.index, index);
	assert_int_equal(former.share.count, count);
}

/* Members 0 and 1 of list 5 were at work, the second far behind. */
static void
begin_two(struct fixture *f)
{
	put(f, 0, 5, 2);
	put(f, 1, 5, 2);
	settle(f);
	save(f, 0, 9, 100);
	save(f, 1, 7, 50);
}

static void
a_new_list_begins_as_new(void **state)
{
	struct fixture *f = *state;

	put(f, 0, 5, 2);
	put(f, 1, 5, 2);
	settle(f);
	assert_false(f->all[0]->known);
	assert_false(f->all[1]->known);
	assert_int_equal(f->all[1]->position.share.list, 5);
	assert_int_equal(f->all[1]->position.share.labels, LABELS);
	assert_int_equal(f->all[1]->position.share.index, 1);
	assert_int_equal(f->all[1]->position.share.count, 2);
}

static void
a_list_that_is_the_same_moves_nobody(void **state)
{
	struct fixture *f = *state;

	begin_two(f);
	put(f, 0, 5, 2);
	put(f, 1, 5, 2);
	settle(f);
	expect_at(f, 0, 9, 100);
	expect_at(f, 1, 7, 50);
	assert_int_equal(f->all[0]->position.ranges_len, 1);
	expect_former(f, 0, 0, 0, 0, 0);
}

static void
with_one_more_all_begin_where_the_last_was(void **state)
{
	struct fixture *f = *state;

	begin_two(f);
	f->all[0]->position.furthest = (struct position_point){ 0, 9, 900 };
	put(f, 0, 6, 3);
	put(f, 1, 6, 3);
	put(f, 2, 6, 3);
	settle(f);
	expect_at(f, 0, 7, 50);
	expect_at(f, 1, 7, 50);
	expect_at(f, 2, 7, 50);
	/* What was on the wire may have been delivered, then as now. */
	assert_int_equal(f->all[0]->position.furthest.offset, 900);
	assert_false(f->all[0]->position.clean);
	assert_true(f->all[2]->position.clean);
	assert_int_equal(f->all[0]->position.ranges_len, 0);
	assert_int_equal(f->all[1]->position.ranges_len, 0);
}

static void
what_each_had_settled_it_leaves_out(void **state)
{
	struct fixture *f = *state;

	begin_two(f);
	f->all[1]->position.mark.inside = 1;
	put(f, 2, 6, 3);
	put(f, 0, 6, 3);
	put(f, 1, 6, 3);
	settle(f);
	expect_former(f, 0, 9, 100, 0, 2);
	expect_former(f, 1, 0, 0, 0, 0); /* Within a checkpoint. */
	expect_former(f, 2, 0, 0, 0, 0); /* It is new. */
	/* Under other labels it is not known what it had. */
	f->all[0]->position.share.labels++;
	expect_former(f, 0, 0, 0, 0, 0);
}

static void
one_that_has_left_counts_as_well(void **state)
{
	struct fixture *f = *state;

	begin_two(f);
	put(f, 0, 0, 1);
	settle(f);
	expect_at(f, 0, 7, 50);
	expect_former(f, 0, 9, 100, 0, 2);
	assert_int_equal(f->all[0]->position.share.list, 0);
}

static void
one_that_joins_a_single_one_begins_where_that_is(void **state)
{
	struct fixture *f = *state;

	put(f, 0, 0, 1);
	settle(f);
	save(f, 0, 3, 30);
	put(f, 1, 5, 2);
	put(f, 0, 5, 2);
	settle(f);
	expect_at(f, 0, 3, 30);
	expect_at(f, 1, 3, 30);
	expect_former(f, 0, 3, 30, 0, 1);
}

static void
in_another_order_series_move_as_well(void **state)
{
	struct fixture *f = *state;

	begin_two(f);
	put(f, 1, 6, 2);
	put(f, 0, 6, 2);
	settle(f);
	expect_at(f, 0, 7, 50);
	expect_former(f, 0, 9, 100, 0, 2);
	expect_former(f, 1, 7, 50, 1, 2);
}

/* What it lacked others have sent since it was removed. */
static void
one_that_is_put_back_holds_nobody_back(void **state)
{
	struct fixture *f = *state;

	begin_two(f);
	put(f, 0, 6, 2);
	put(f, 2, 6, 2);
	settle(f);
	expect_at(f, 2, 7, 50);
	save(f, 0, 20, 1);
	save(f, 2, 21, 2);
	put(f, 0, 5, 2);
	put(f, 1, 5, 2);
	f->members[1].revived = true;
	settle(f);
	expect_at(f, 0, 20, 1);
	expect_at(f, 1, 20, 1);
	expect_former(f, 1, 0, 0, 0, 0);
}

static void
a_list_that_is_put_back_goes_on_as_it_was(void **state)
{
	struct fixture *f = *state;

	begin_two(f);
	put(f, 0, 5, 2);
	put(f, 1, 5, 2);
	f->members[0].revived = f->members[1].revived = true;
	settle(f);
	expect_at(f, 0, 9, 100);
	/* With another member it has to be read from the last one's place. */
	put(f, 0, 6, 2);
	put(f, 2, 6, 2);
	f->members[0].revived = true;
	settle(f);
	expect_at(f, 0, 7, 50);
	expect_at(f, 2, 7, 50);
}

static void
without_a_beginning_one_is_before_all_others(void **state)
{
	struct fixture *f = *state;

	begin_two(f);
	f->all[0]->position.begun = false;
	f->all[0]->position.checkpoint = true;
	put(f, 1, 6, 2);
	put(f, 2, 6, 2);
	settle(f);
	assert_false(f->all[1]->position.begun);
	assert_true(f->all[1]->position.checkpoint);
	assert_false(f->all[2]->position.begun);
	expect_former(f, 1, 7, 50, 1, 2);
}

/* Which shares there were an earlier version did not say. */
static void
places_of_an_earlier_version_leave_out_nothing(void **state)
{
	struct fixture *f = *state;

	save(f, 0, 9, 100);
	save(f, 1, 7, 50);
	put(f, 0, 5, 2);
	put(f, 1, 5, 2);
	settle(f);
	expect_at(f, 0, 7, 50);
	assert_false(share_covers(
	    &f->all[0]->position.former, (struct position_point){ 0, 0, 0 }));
}

static void
what_ends_at_the_point_or_before_is_covered(void **state)
{
	static const struct position_former former = {
		.share = { .count = 2 },
		.until = { 1, 7, 50 },
	};

	(void)state;
	assert_true(share_covers(&former, (struct position_point){ 1, 7, 50 }));
	assert_true(share_covers(&former, (struct position_point){ 1, 6, 90 }));
	assert_false(
	    share_covers(&former, (struct position_point){ 1, 7, 51 }));
	assert_false(share_covers(&former, (struct position_point){ 2, 0, 0 }));
}

/* The series of a share are those that finals_share says. */
static void
a_share_has_what_its_member_is_sent(void **state)
{
	struct labelsets *sets = labelsets_new();
	struct finals *finals = finals_new(NULL, 0);
	struct refmap *refs = refmap_new(sets, finals);
	struct position_share share = { .index = 1, .count = 3 };
	unsigned int ref, owned = 0;
	char labels[32];

	(void)state;
	finals_share(finals, share.index, share.count);
	for (ref = 1; ref <= 50; ref++) {
		(void)snprintf(labels, sizeof(labels), "__name__=a%u", ref);
		if (series_learn(refs, ref, 0, labels) != FINAL_OK)
			continue;
		assert_true(share_has(&share, refmap_meet(refs, ref, 0)));
		share.index = 2;
		assert_false(share_has(&share, refmap_meet(refs, ref, 0)));
		share.index = 1;
		owned++;
	}
	assert_in_range(owned, 5, 45);
	refmap_free(refs);
	finals_free(finals);
	labelsets_free(sets);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_new_list_begins_as_new),
		TEST(a_list_that_is_the_same_moves_nobody),
		TEST(with_one_more_all_begin_where_the_last_was),
		TEST(what_each_had_settled_it_leaves_out),
		TEST(one_that_has_left_counts_as_well),
		TEST(one_that_joins_a_single_one_begins_where_that_is),
		TEST(in_another_order_series_move_as_well),
		TEST(one_that_is_put_back_holds_nobody_back),
		TEST(a_list_that_is_put_back_goes_on_as_it_was),
		TEST(without_a_beginning_one_is_before_all_others),
		TEST(places_of_an_earlier_version_leave_out_nothing),
		TEST(what_ends_at_the_point_or_before_is_covered),
		TEST(a_share_has_what_its_member_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
