/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/ship/totals.h"

struct fixture {
	struct stats *stats;
	struct totals totals;
};

static int
set_up(void **state)
{
	static struct fixture f;

	f.stats = stats_new();
	assert_int_equal(totals_init(&f.totals, f.stats), 0);
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	totals_release(&f->totals);
	totals_release(&f->totals);
	stats_free(f->stats);
	return 0;
}

/* Someone reads a record of two samples and an exemplar that ends there. */
static void
take(struct fixture *f, uint64_t generation, uint64_t segment, uint64_t offset)
{
	static const struct kept kept[] = {
		{ .time = 1500, .kind = KEPT_SAMPLE },
		{ .time = 2500, .kind = KEPT_SAMPLE },
		{ .time = 2000, .kind = KEPT_EXEMPLAR },
	};

	totals_read(&f->totals,
	    &(struct kept_record){
		.kept = kept,
		.len = 3,
		.end = {
		    .generation = generation,
		    .at = { .segment = segment, .offset = offset },
		},
	    });
}

static void
expect(struct fixture *f, unsigned int records)
{
	assert_true(stat_value(f->totals.in[KEPT_SAMPLE]) == 2.0 * records);
	assert_true(stat_value(f->totals.in[KEPT_EXEMPLAR]) == records);
	assert_true(stat_value(f->totals.in[KEPT_HISTOGRAM]) == 0);
}

static void
what_several_read_counts_once(void **state)
{
	struct fixture *f = *state;

	take(f, 0, 3, 100);
	take(f, 0, 3, 100);
	take(f, 0, 2, 900);
	expect(f, 1);
	take(f, 0, 3, 200);
	take(f, 0, 4, 50);
	expect(f, 3);
	assert_true(stat_value(f->totals.highest) == 2.5);
}

static void
a_log_begun_anew_is_further(void **state)
{
	struct fixture *f = *state;

	take(f, 0, 3, 100);
	take(f, 1, 0, 100);
	expect(f, 2);
}

static void
what_a_checkpoint_holds_was_read_before(void **state)
{
	struct fixture *f = *state;
	static const struct kept kept = { .kind = KEPT_SAMPLE };

	totals_read(&f->totals,
	    &(struct kept_record){
		.kept = &kept,
		.len = 1,
		.end = { .inside = 1, .checkpoint = 9, .at.offset = 7 },
	    });
	expect(f, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_several_read_counts_once),
		TEST(a_log_begun_anew_is_further),
		TEST(what_a_checkpoint_holds_was_read_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
