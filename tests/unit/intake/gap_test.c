/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/intake/gap.h"
#include "tests/unit/position/scratch.h"

struct fixture {
	struct scratch scratch;
	struct position position;
	struct gap gap;
};

#define NOW 1000000 /* Milliseconds. */

/* What the log gives, of a checkpoint and of the segments. */
static const struct wal_entry missed = { .checkpoint = true, .missed = true };
static const struct wal_entry fresh = { .fresh = true };

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	scratch_open(&f->scratch);
	f->position.since = INT64_MIN;
	f->position.highest = 1000;
	f->position.after = INT64_MIN;
	f->position.begun = true;
	f->position.mark.at = (struct wal_place){ .segment = 5, .offset = 10 };
	f->position.furthest = (struct position_point){ 0, 5, 10 };
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	scratch_close(&f->scratch);
	free(f);
	return 0;
}

/* Have it be a server's data directory. */
static void
make_server(struct fixture *f)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "%s/chunks_head", f->scratch.data);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void
init(struct fixture *f, bool again)
{
	gap_init(&f->gap, f->scratch.data, &f->position, again);
}

/* Pass a record of ${entry} with samples of these times; is a gap crossed? */
static bool
pass(struct fixture *f, const struct wal_entry *entry, int64_t a, int64_t b,
    struct gap_report *ret)
{
	const struct kept kept[] = { { .time = a }, { .time = b } };
	struct kept_record record = { .kept = kept, .len = 2 };

	gap_date(&record, NOW);
	return gap_pass(&f->gap, entry, &record, ret);
}

static void
before_a_gap_no_sample_of_a_checkpoint_is_wanted(void **state)
{
	struct fixture *f = *state;

	make_server(f);
	init(f, true);
	assert_true(gap_wants(&f->gap, &fresh));
	assert_false(gap_wants(&f->gap, &missed));
}

static void
after_one_those_are_that_are_later_than_all_that_was_read(void **state)
{
	struct fixture *f = *state;
	struct gap_report report;

	make_server(f);
	init(f, true);
	assert_false(pass(f, &fresh, 1500, 1400, &report));
	gap_meet(&f->gap, &f->position.mark);
	assert_true(gap_wants(&f->gap, &missed));
	assert_int_equal(gap_since(&f->gap, &missed), 1501);
	assert_true(gap_since(&f->gap, &fresh) == INT64_MIN);
	assert_false(f->gap.doubtful);
}

/* Else one sample of a time to come would hide all that is missed. */
static void
what_is_of_the_future_was_not_read_before_all_else(void **state)
{
	struct fixture *f = *state;
	struct gap_report report;

	make_server(f);
	init(f, true);
	assert_false(pass(f, &fresh, 1500, NOW + 1, &report));
	assert_false(pass(f, &fresh, INT64_MAX, INT64_MAX, &report));
	gap_meet(&f->gap, &f->position.mark);
	assert_int_equal(gap_since(&f->gap, &missed), 1501);
	assert_true(pass(f, &fresh, NOW, INT64_MAX, &report));
	assert_int_equal(f->gap.highest, NOW);
}

static void
no_more_than_what_is_wanted_at_all(void **state)
{
	struct fixture *f = *state;

	f->position.since = 7000;
	make_server(f);
	init(f, true);
	gap_meet(&f->gap, &f->position.mark);
	assert_int_equal(gap_since(&f->gap, &missed), 7000);
	assert_int_equal(gap_since(&f->gap, &fresh), 7000);
}

static void
an_agents_are_never_wanted(void **state)
{
	struct fixture *f = *state;

	init(f, true);
	gap_meet(&f->gap, &f->position.mark);
	assert_false(gap_wants(&f->gap, &missed));
	gap_restart(&f->gap);
	assert_false(gap_wants(&f->gap, &missed));
}

static void
what_an_earlier_life_got_to_is_doubtful(void **state)
{
	struct fixture *f = *state;

	make_server(f);
	f->position.furthest.offset = 11;
	init(f, true);
	gap_meet(&f->gap, &f->position.mark);
	assert_true(f->gap.doubtful);
	/* Later it is not. */
	f->position.mark.at.segment = 6;
	gap_meet(&f->gap, &f->position.mark);
	assert_false(f->gap.doubtful);
}

static void
so_is_what_another_log_holds(void **state)
{
	struct fixture *f = *state;

	make_server(f);
	init(f, false);
	gap_restart(&f->gap);
	assert_true(gap_wants(&f->gap, &missed));
	assert_true(f->gap.doubtful);
	assert_int_equal(gap_since(&f->gap, &missed), 1001);
}

/* Killed while it sent what a checkpoint held. */
static void
a_life_that_begins_in_a_checkpoint_goes_on_with_it(void **state)
{
	struct fixture *f = *state;

	f->position.mark.inside = 1;
	f->position.after = 900;
	init(f, true);
	assert_true(gap_wants(&f->gap, &missed));
	assert_int_equal(gap_since(&f->gap, &missed), 901);
	assert_true(f->gap.doubtful);
	/* There is a newer one by now. */
	make_server(f);
	gap_meet(&f->gap, &f->position.mark);
	assert_int_equal(gap_since(&f->gap, &missed), 1001);
	assert_true(f->gap.doubtful);
}

static void
it_is_crossed_with_the_first_sample_of_a_segment(void **state)
{
	struct fixture *f = *state;
	struct gap_report report;

	make_server(f);
	init(f, true);
	gap_meet(&f->gap, &f->position.mark);
	assert_false(pass(f, &missed, 4000, 3000, &report));
	assert_false(pass(f, &missed, 5000, 5000, &report));
	assert_true(pass(f, &fresh, 6000, 6000, &report));
	assert_int_equal(report.recovered, 4);
	assert_int_equal(report.after, 1000);
	assert_int_equal(report.before, 3000);
	assert_false(gap_wants(&f->gap, &missed));
	assert_false(pass(f, &fresh, 7000, 7000, &report));
}

static void
times_at_the_end_of_all_do_no_harm(void **state)
{
	struct fixture *f = *state;

	make_server(f);
	f->position.highest = INT64_MAX;
	init(f, true);
	gap_meet(&f->gap, &f->position.mark);
	assert_true(gap_since(&f->gap, &missed) == INT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(before_a_gap_no_sample_of_a_checkpoint_is_wanted),
		TEST(after_one_those_are_that_are_later_than_all_that_was_read),
		TEST(what_is_of_the_future_was_not_read_before_all_else),
		TEST(no_more_than_what_is_wanted_at_all),
		TEST(an_agents_are_never_wanted),
		TEST(what_an_earlier_life_got_to_is_doubtful),
		TEST(so_is_what_another_log_holds),
		TEST(a_life_that_begins_in_a_checkpoint_goes_on_with_it),
		TEST(it_is_crossed_with_the_first_sample_of_a_segment),
		TEST(times_at_the_end_of_all_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
