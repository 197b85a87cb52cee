/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/clock.h"
#include "agent/ship/pending.h"

/* A cutter that has gathered nothing, or is told to have. */
static struct cutter
cutter_of(size_t gathered, int64_t oldest)
{
	return (
	    struct cutter){ .group = { .len = gathered, .oldest = oldest } };
}

static void
nothing_is_pending_at_first(void **state)
{
	struct cutter cutter = cutter_of(0, 5);
	struct pending pending;
	struct window window;

	(void)state;
	window_init(&window);
	pending = pending_of(&window, &cutter, INT64_MIN);
	assert_int_equal(pending.entries[KEPT_SAMPLE], 0);
	assert_true(pending.oldest == INT64_MAX);
}

static void
all_batches_count_and_what_is_gathered(void **state)
{
	struct cutter cutter = cutter_of(7, 1500);
	struct pending pending;
	struct window window;
	struct batch *batch;
	unsigned int i;

	(void)state;
	window_init(&window);
	for (i = 0; i < 3; i++) {
		batch = window_open(&window);
		batch->samples = 10;
		batch->exemplars = 2;
		batch->histograms = 1;
		batch->oldest = 1000 * (3 - i);
	}
	window_settle(&window, batch);
	pending = pending_of(&window, &cutter, INT64_MIN);
	assert_int_equal(pending.entries[KEPT_SAMPLE], 27);
	assert_int_equal(pending.entries[KEPT_EXEMPLAR], 4);
	assert_int_equal(pending.entries[KEPT_HISTOGRAM], 2);
	assert_int_equal(pending.oldest, 1500);
	/* What will not be sent has no age. */
	pending = pending_of(&window, &cutter, 1700);
	assert_int_equal(pending.oldest, 1700);
	window_release(&window);
}

static void
the_lag_is_that_of_the_oldest_and_never_below_zero(void **state)
{
	struct pending pending = { .entries = { [KEPT_EXEMPLAR] = 3 },
		.oldest = 1000 };
	struct stats *stats = stats_new();
	struct meters meters;

	(void)state;
	assert_int_equal(meters_init(&meters, stats, "n", "u"), 0);
	pending_measure(&pending, &meters, 3500);
	assert_true(stat_value(meters.lag) == 2.5);
	assert_true(stat_value(meters.kinds[KEPT_EXEMPLAR].pending) == 3);
	pending_measure(&pending, &meters, 500);
	assert_true(stat_value(meters.lag) == 0);
	pending.oldest = INT64_MAX;
	pending_measure(&pending, &meters, 500);
	assert_true(stat_value(meters.lag) == 0);
	meters_release(&meters);
	stats_free(stats);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_pending_at_first),
		cmocka_unit_test(all_batches_count_and_what_is_gathered),
		cmocka_unit_test(
		    the_lag_is_that_of_the_oldest_and_never_below_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
