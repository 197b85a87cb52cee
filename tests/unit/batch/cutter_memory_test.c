/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/clock.h"
#include "tests/unit/base/starve.h"
#include "tests/unit/batch/cutting.h"

static int
set_up(void **state)
{
	*state = cutting_new();
	return 0;
}

static int
tear_down(void **state)
{
	allocations = -1;
	cutting_free(*state);
	return 0;
}

/* Give records while memory fails now and then; what was lost by that? */
static void
give_starving(struct cutting *f, int after)
{
	static const unsigned int lens[] = { 0, 23, 4, 4, 10, 0, 3, 8 };
	unsigned int i, first = 0;

	for (i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		struct kept_record record =
		    cutting_record_of(f, first, lens[i]);

		allocations = after;
		while (cutter_take(&f->cutter, &record, 0) != CUT_TAKEN) {
			assert_int_equal(cutter_cut(&f->cutter), CUT_TAKEN);
			allocations = after + 1;
		}
		first += lens[i];
	}
	allocations = after;
	while (cutter_cut(&f->cutter) != CUT_TAKEN)
		allocations = -1;
	allocations = -1;
}

static void
want_of_memory_costs_time_and_no_sample(void **state)
{
	struct cutting *f = *state;
	unsigned int samples;
	struct batch *batch;
	uint64_t wake;
	int after;

	for (after = 0; after < 12; after++) {
		f->records = 0;
		samples = 0;
		give_starving(f, after);
		wake = CLOCK_NEVER;
		while ((batch = window_next(&f->window, 0, &wake)) != NULL) {
			assert_true(batch->samples > 0);
			(void)cutting_expect(f, samples, batch->samples);
			samples += batch->samples;
			cutting_settle(f, batch);
		}
		assert_int_equal(samples, 52);
		assert_int_equal(cutting_position(f), 8);
		assert_int_equal(f->window.used, 0);
		cutter_release(&f->cutter);
		cutter_init(&f->cutter, &f->cutter.options);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(want_of_memory_costs_time_and_no_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
