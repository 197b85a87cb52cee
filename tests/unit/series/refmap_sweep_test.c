/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>

#include "tests/unit/series/mapping.h"

/* Return how many slices it took. */
static unsigned int
sweep(struct mapping *fixture, uint64_t segment)
{
	unsigned int slices = 1;

	while (refmap_sweep(fixture->map, segment))
		slices++;
	return slices;
}

static void
a_sweep_forgets_what_was_last_met_up_to_the_segment(void **state)
{
	struct mapping fixture = mapping_begin();
	uint64_t ref;

	(void)state;
	for (ref = 0; ref < 10; ref++)
		mapping_meet(&fixture, ref * 50, 1, ref);
	mapping_meet(&fixture, 1000, 5, 2);
	(void)sweep(&fixture, 4);
	assert_int_equal(refmap_count(fixture.map), 6);
	for (ref = 0; ref < 10; ref++)
		assert_int_equal(
		    refmap_meet(fixture.map, ref * 50, 0) != NULL, ref > 4);
	assert_non_null(refmap_meet(fixture.map, 1000, 0));
	mapping_end(&fixture);
}

static void
a_sweep_of_many_pages_leaves_no_dead_ref(void **state)
{
	struct mapping fixture = mapping_begin();
	uint64_t ref;

	(void)state;
	for (ref = 0; ref < 20000; ref++)
		mapping_meet(&fixture, ref * 61, 1, ref % 2000 == 0 ? 9 : 1);
	assert_true(sweep(&fixture, 8) > 10);
	assert_int_equal(refmap_count(fixture.map), 10);
	for (ref = 0; ref < 20000; ref++)
		assert_int_equal(refmap_meet(fixture.map, ref * 61, 0) != NULL,
		    ref % 2000 == 0);
	mapping_end(&fixture);
}

static void
a_ref_met_in_no_countable_segment_is_not_swept(void **state)
{
	struct mapping fixture = mapping_begin();

	(void)state;
	mapping_meet(&fixture, 5, UINT64_C(1) << 32, UINT64_C(1) << 32);
	(void)sweep(&fixture, 10);
	(void)sweep(&fixture, UINT32_MAX);
	(void)sweep(&fixture, UINT64_MAX - 1);
	assert_int_equal(refmap_count(fixture.map), 1);
	mapping_end(&fixture);
}

static void
a_ref_swept_and_set_again_is_as_new(void **state)
{
	struct mapping fixture = mapping_begin();

	(void)state;
	mapping_meet(&fixture, 5, 7, 7);
	mapping_meet(&fixture, 6, 99, 99);
	(void)sweep(&fixture, 8);
	mapping_meet(&fixture, 5, 3, 3);
	(void)sweep(&fixture, 4);
	assert_int_equal(refmap_count(fixture.map), 1);
	mapping_end(&fixture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_sweep_forgets_what_was_last_met_up_to_the_segment),
		cmocka_unit_test(a_sweep_of_many_pages_leaves_no_dead_ref),
		cmocka_unit_test(
		    a_ref_met_in_no_countable_segment_is_not_swept),
		cmocka_unit_test(a_ref_swept_and_set_again_is_as_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
