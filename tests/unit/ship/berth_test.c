/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/ship/berth.h"
#include "agent/spool/need.h"
#include "agent/spool/spool.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/http/sim.h"
#include "tests/unit/wal/scratch.h"

/* Where the snapshot was begun, if there is one. */
static bool known;
static struct wal_mark known_mark;

bool __wrap_intake_known(const struct intake *intake, struct wal_mark *ret);

bool
__wrap_intake_known(const struct intake *intake, struct wal_mark *ret)
{
	(void)intake;
	*ret = known_mark;
	return known;
}

static const struct sim_receiver nobody;

struct fixture {
	struct sim *sim;
	struct lazy lazy;
	struct stats *stats;
	char *dir;
	struct spool *spool;
	struct berth berth;
	struct position position;
};

static struct spool_way *
choose(void *arg, const char *file)
{
	(void)arg;
	(void)file;
	return NULL;
}

/* A spool of a log of which segment 7 is the last. */
static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	known = false;
	f->sim = sim_new(&nobody);
	f->stats = stats_new();
	f->dir = scratch_dir();
	lazy_init(&f->lazy);
	f->spool = spool_open(&(struct spool_options){
	    .clock = sim_clock(f->sim),
	    .worker = &f->lazy.worker,
	    .stats = f->stats,
	    .state_dir = f->dir,
	    .wal_dir = f->dir,
	    .choose = choose,
	});
	assert_non_null(f->spool);
	spool_segments(f->spool)->generation = 2;
	spool_segments(f->spool)->next = 8;
	assert_int_equal(berth_take(&f->berth, f->spool, f->dir), 0);
	f->position.begun = true;
	f->position.mark = (struct wal_mark){
		.generation = 2,
		.at = { .segment = 5, .offset = 100 },
	};
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	berth_leave(&f->berth);
	berth_leave(&f->berth);
	spool_free(f->spool);
	lazy_work(&f->lazy);
	stats_free(f->stats);
	scratch_remove(f->dir);
	sim_free(f->sim);
	free(f);
	return 0;
}

/* The first segment that is needed. */
static uint64_t
needed(struct fixture *f)
{
	berth_move(&f->berth, &f->position, NULL);
	return f->berth.reader->segment;
}

static void
all_from_the_position_is_needed(void **state)
{
	struct fixture *f = *state;

	f->position.begun = false;
	assert_int_equal(needed(f), 0);
	f->position.begun = true;
	assert_int_equal(needed(f), 5);
	assert_int_equal(f->berth.reader->generation, 2);
}

static void
behind_so_is_all_from_the_snapshot(void **state)
{
	struct fixture *f = *state;

	known = true;
	known_mark = (struct wal_mark){
		.generation = 2,
		.at = { .segment = 3, .offset = 50 },
	};
	assert_int_equal(needed(f), 3);
	known_mark.at.segment = 6;
	assert_int_equal(needed(f), 5);
	known_mark.generation = 1;
	assert_int_equal(needed(f), 6);
	assert_int_equal(f->berth.reader->generation, 1);
	/* In the last segment there is no need for it. */
	f->position.mark.at.segment = 7;
	assert_int_equal(needed(f), 7);
	assert_int_equal(f->berth.reader->generation, 2);
}

static void
a_checkpoint_is_followed_by_the_segment_above_it(void **state)
{
	struct fixture *f = *state;

	f->position.mark.inside = 1;
	f->position.mark.checkpoint = 4;
	assert_int_equal(needed(f), 5);
}

static void
what_is_too_old_for_it_is_told(void **state)
{
	struct fixture *f = *state;

	berth_limit(&f->berth, 5 * CLOCK_SEC);
	assert_int_equal(f->berth.reader->limit, 5 * CLOCK_SEC);
}

static void
without_a_spool_nothing_is_needed(void **state)
{
	struct fixture *f = *state;
	struct berth berth;

	assert_int_equal(berth_take(&berth, NULL, f->dir), 0);
	assert_null(berth.log.keeper);
	assert_ptr_equal(berth.log.path, f->dir);
	berth_move(&berth, &f->position, NULL);
	berth_limit(&berth, 1);
	berth_leave(&berth);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(all_from_the_position_is_needed),
		TEST(behind_so_is_all_from_the_snapshot),
		TEST(a_checkpoint_is_followed_by_the_segment_above_it),
		TEST(what_is_too_old_for_it_is_told),
		TEST(without_a_spool_nothing_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
