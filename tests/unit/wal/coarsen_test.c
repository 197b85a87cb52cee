/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wal/coarsen.h"

#define BUCKETS_MAX 32

/* A list with one histogram, its parts in these arrays. */
struct fixture {
	struct wal_span spans[BUCKETS_MAX];
	uint64_t numbers[BUCKETS_MAX];
	struct wal_histogram histogram;
	struct wal_histogram_list list;
};

static void
fixture_init(struct fixture *fixture, bool is_float, int32_t schema)
{
	memset(fixture, 0, sizeof(*fixture));
	fixture->histogram.is_float = is_float;
	fixture->histogram.schema = schema;
	fixture->list.spans = fixture->spans;
	fixture->list.numbers = fixture->numbers;
}

/* Have ${count} buckets of the integer ${counts} after a span of ${offset}. */
static void
add_span(struct fixture *fixture, int32_t offset, const int64_t *counts,
    uint32_t count)
{
	struct wal_histogram *h = &fixture->histogram;
	static int64_t last;
	uint32_t i;

	if (h->positive_spans.len == 0)
		last = 0;
	fixture->spans[h->positive_spans.len++] =
	    (struct wal_span){ offset, count };
	for (i = 0; i < count; i++) {
		fixture->numbers[h->positive_buckets.len++] =
		    (uint64_t)(counts[i] - last);
		last = counts[i];
	}
}

/* Two neighbours become one, the odd index first. */
static void
neighbours_are_added_up(void **state)
{
	const int64_t counts[] = { 3, 5, 4, 8 };
	struct fixture f;

	(void)state;
	fixture_init(&f, false, 9);
	add_span(&f, 1, counts, 4); /* Indices 1 to 4 become 1, 1, 2, 2. */
	assert_true(wal_coarsen(&f.list, &f.histogram, 8));
	assert_int_equal(f.histogram.schema, 8);
	assert_int_equal(f.histogram.positive_spans.len, 1);
	assert_int_equal(f.spans[0].offset, 1);
	assert_int_equal(f.spans[0].len, 2);
	assert_int_equal(f.histogram.positive_buckets.len, 2);
	assert_int_equal((int64_t)f.numbers[0], 8);
	assert_int_equal((int64_t)f.numbers[1], 12 - 8);
}

static void
indices_below_one_go_up_as_well(void **state)
{
	const int64_t counts[] = { 1, 2, 4 };
	struct fixture f;

	(void)state;
	fixture_init(&f, false, 9);
	add_span(&f, -2, counts, 3); /* -2, -1, 0 become -1, 0, 0. */
	assert_true(wal_coarsen(&f.list, &f.histogram, 8));
	assert_int_equal(f.spans[0].offset, -1);
	assert_int_equal(f.spans[0].len, 2);
	assert_int_equal((int64_t)f.numbers[0], 1);
	assert_int_equal((int64_t)f.numbers[1], 6 - 1);
}

static void
spans_that_come_to_touch_become_one(void **state)
{
	const int64_t first[] = { 1, 1 }, second[] = { 1, 1 };
	struct fixture f;

	(void)state;
	fixture_init(&f, false, 10);
	add_span(&f, 1, first, 2);  /* 1, 2 */
	add_span(&f, 2, second, 2); /* 5, 6: by two steps 1, 1, 2, 2. */
	assert_true(wal_coarsen(&f.list, &f.histogram, 8));
	assert_int_equal(f.histogram.positive_spans.len, 1);
	assert_int_equal(f.spans[0].len, 2);
	assert_int_equal((int64_t)f.numbers[0], 2);
	assert_int_equal((int64_t)f.numbers[1], 0);
}

static void
spans_far_apart_stay_apart(void **state)
{
	const int64_t one[] = { 7 };
	struct fixture f;

	(void)state;
	fixture_init(&f, false, 9);
	add_span(&f, 1, one, 1);
	add_span(&f, 100, one, 1); /* 102 becomes 51. */
	assert_true(wal_coarsen(&f.list, &f.histogram, 8));
	assert_int_equal(f.histogram.positive_spans.len, 2);
	assert_int_equal(f.spans[0].offset, 1);
	assert_int_equal(f.spans[1].offset, 51 - 1 - 1);
}

static void
float_counts_are_added_as_numbers(void **state)
{
	const double counts[] = { 0.5, 0.25 };
	double sum;
	struct fixture f;

	(void)state;
	fixture_init(&f, true, 9);
	f.spans[0] = (struct wal_span){ 1, 2 };
	memcpy(f.numbers, counts, sizeof(counts));
	f.histogram.negative_spans.len = 1;
	f.histogram.negative_buckets.len = 2;
	assert_true(wal_coarsen(&f.list, &f.histogram, 8));
	assert_int_equal(f.histogram.negative_buckets.len, 1);
	memcpy(&sum, &f.numbers[0], sizeof(sum));
	assert_true(sum == 0.75);
}

static void
buckets_that_do_not_match_the_spans_are_no_histogram(void **state)
{
	const int64_t counts[] = { 1, 2 };
	struct fixture f;

	(void)state;
	fixture_init(&f, false, 9);
	add_span(&f, 1, counts, 2);
	f.spans[0].len = UINT32_MAX;
	assert_false(wal_coarsen(&f.list, &f.histogram, 8));
	f.spans[0].len = 1;
	assert_false(wal_coarsen(&f.list, &f.histogram, 8));
	assert_int_equal(f.histogram.schema, 9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_are_added_up),
		cmocka_unit_test(indices_below_one_go_up_as_well),
		cmocka_unit_test(spans_that_come_to_touch_become_one),
		cmocka_unit_test(spans_far_apart_stay_apart),
		cmocka_unit_test(float_counts_are_added_as_numbers),
		cmocka_unit_test(
		    buckets_that_do_not_match_the_spans_are_no_histogram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
