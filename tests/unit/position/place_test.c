/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/log.h"
#include "agent/position/place.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/http/sim.h"
#include "tests/unit/position/scratch.h"

struct fixture {
	struct scratch scratch;
	struct lazy lazy;
	struct sim *sim;
	struct place *place;
	char path[96];
};

static void
open_place(struct fixture *f)
{
	assert_int_equal(
	    place_new(sim_clock(f->sim), &f->lazy.worker, f->path, &f->place),
	    PLACE_OK);
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	log_init(LOG_ERROR + 1, LOG_LOGFMT);
	scratch_open(&f->scratch);
	lazy_init(&f->lazy);
	f->sim = sim_new(&(struct sim_receiver){ 0 });
	(void)snprintf(f->path, sizeof(f->path), "%s/place", f->scratch.data);
	open_place(f);
	*state = f;
	return 0;
}

static void
close_place(struct fixture *f)
{
	place_free(f->place);
	lazy_work(&f->lazy);
	f->place = NULL;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	close_place(f);
	sim_free(f->sim);
	scratch_close(&f->scratch);
	free(f);
	return 0;
}

static void
what_is_saved_is_there_in_the_next_life(void **state)
{
	struct fixture *f = *state;

	assert_false(f->place->known);
	assert_false(f->place->lost);
	f->place->position.highest = 42;
	place_save(f->place);
	assert_true(f->place->saved);
	close_place(f);
	open_place(f);
	assert_true(f->place->known);
	assert_int_equal(f->place->position.highest, 42);
	assert_false(f->place->position.clean);
}

static void
a_clean_end_is_known_and_on_the_disk_at_once(void **state)
{
	struct fixture *f = *state;

	place_save(f->place);
	place_close(f->place);
	assert_int_equal(f->lazy.submitted, 1);
	close_place(f);
	open_place(f);
	assert_true(f->place->position.clean);
}

/* Though the entry is whole, it is no position. */
static void
what_does_not_decode_is_lost(void **state)
{
	struct fixture *f = *state;
	struct ledger *ledger = ledger_new(
	    sim_clock(f->sim), &f->lazy.worker, f->path, POSITION_VERSION);

	close_place(f);
	assert_non_null(ledger);
	assert_int_equal(ledger_save(ledger, (const uint8_t *)"\xff", 1), 0);
	ledger_free(ledger);
	open_place(f);
	assert_false(f->place->known);
	assert_true(f->place->lost);
}

static void
a_place_that_cannot_be_saved_is_tried_again(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir(f->path, 0700), 0);
	place_save(f->place);
	assert_false(f->place->saved);
	assert_true(f->place->known);
	assert_int_equal(rmdir(f->path), 0);
	(void)sim_run(f->sim, LEDGER_RETRY);
	place_save(f->place);
	assert_true(f->place->saved);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_is_saved_is_there_in_the_next_life),
		TEST(a_clean_end_is_known_and_on_the_disk_at_once),
		TEST(what_does_not_decode_is_lost),
		TEST(a_place_that_cannot_be_saved_is_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
