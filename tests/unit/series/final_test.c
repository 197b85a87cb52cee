/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/series/finals.h"

static void
external_labels_are_added_in_their_place(void **state)
{
	struct finals_bed fixture;

	(void)state;
	finals_begin(&fixture, "host=h1,zone=z1");
	finals_expect_packed(
	    series_take(fixture.finals, "__name__=up,job=a,k=v"),
	    "__name__=up,host=h1,job=a,k=v,zone=z1,");
	finals_end(&fixture);
}

static void
external_labels_alone_are_no_series(void **state)
{
	struct series_labels none = series_labels("a=");
	uint32_t final = FINAL_NONE;
	struct finals_bed fixture;

	(void)state;
	finals_begin(&fixture, "host=h1");
	assert_int_equal(
	    finals_take(fixture.finals, none.labels, none.len, &final),
	    FINAL_REFUSED);
	finals_end(&fixture);
}

static void
external_labels_are_added_only_where_lacking(void **state)
{
	struct finals_bed fixture;

	(void)state;
	finals_begin(&fixture, "host=h1,zone=z1");
	finals_expect_packed(
	    series_take(fixture.finals, "__name__=up,host=mine"),
	    "__name__=up,host=mine,zone=z1,");
	finals_end(&fixture);
}

static void
a_label_without_a_value_is_lacking(void **state)
{
	struct finals_bed fixture;

	(void)state;
	finals_begin(&fixture, "host=h1");
	finals_expect_packed(
	    series_take(fixture.finals, "__name__=up,host=,a="),
	    "__name__=up,host=h1,");
	finals_end(&fixture);
}

static void
a_twin_is_said_once_as_long_as_there_is_one(void **state)
{
	struct finals_bed fixture;
	struct final *final;

	(void)state;
	finals_begin(&fixture, "host=h1");
	finals_limit_labels(fixture.finals, CONFIG_LABELS_DROP);
	final = series_take(fixture.finals, "__name__=up");
	assert_false(finals_twin(fixture.finals));
	(void)series_take(fixture.finals, "__name__=Up");
	assert_true(finals_twin(fixture.finals));
	assert_false(finals_twin(fixture.finals));
	(void)series_take(fixture.finals, "__name__=Up");
	assert_false(finals_twin(fixture.finals));
	finals_release(fixture.finals, final);

	final = series_take(fixture.finals, "__name__=down");
	finals_release(fixture.finals, final);
	(void)series_take(fixture.finals, "__name__=Down");
	assert_false(finals_twin(fixture.finals));
	finals_end(&fixture);
}

static void
two_series_made_equal_are_one(void **state)
{
	struct finals_bed fixture;
	struct final *a, *b;

	(void)state;
	finals_begin(&fixture, "host=h1");
	a = series_take(fixture.finals, "__name__=up");
	b = series_take(fixture.finals, "__name__=up,host=h1");
	assert_ptr_equal(a, b);
	assert_ptr_not_equal(series_take(fixture.finals, "__name__=down"), a);
	assert_int_equal(finals_count(fixture.finals), 2);
	finals_end(&fixture);
}

static void
it_lives_until_the_last_reference_is_dropped(void **state)
{
	struct finals_bed fixture;
	uint32_t a;

	(void)state;
	finals_begin(&fixture, "");
	a = series_number(fixture.finals, "a=1");
	assert_int_equal(series_number(fixture.finals, "a=1"), a);
	(void)series_number(fixture.finals, "b=1");
	assert_int_equal(finals_packed(fixture.finals), 2 * 8);
	finals_drop(fixture.finals, a);
	assert_int_equal(finals_count(fixture.finals), 2);
	finals_expect_packed(finals_at(fixture.finals, a), "a=1,");
	finals_drop(fixture.finals, a);
	assert_int_equal(finals_count(fixture.finals), 1);
	assert_int_equal(finals_packed(fixture.finals), 8);
	finals_end(&fixture);
}

static void
a_series_without_labels_is_refused(void **state)
{
	struct series_labels none = series_labels("a=,b=");
	uint32_t final = FINAL_NONE, other = FINAL_NONE;
	struct finals_bed fixture;

	(void)state;
	finals_begin(&fixture, "");
	assert_int_equal(
	    finals_take(fixture.finals, NULL, 0, &final), FINAL_REFUSED);
	assert_int_equal(
	    finals_take(fixture.finals, none.labels, none.len, &other),
	    FINAL_REFUSED);
	/* One stands for both, and can be dropped as any other. */
	assert_int_equal(final, other);
	assert_int_equal(
	    final_fate(finals_at(fixture.finals, final)), FINAL_REFUSED);
	assert_int_equal(finals_count(fixture.finals), 0);
	finals_drop(fixture.finals, final);
	finals_drop(fixture.finals, other);
	assert_int_equal(
	    finals_take(fixture.finals, NULL, 0, &final), FINAL_REFUSED);
	assert_int_equal(final, other);
	finals_end(&fixture);
}

static void
labels_may_be_many_but_not_too_many(void **state)
{
	struct finals_bed fixture;

	(void)state;
	finals_begin(&fixture, "host=h1");
	assert_int_equal(
	    finals_take_large(&fixture, LABELSET_LABELS_MAX - 1, 5), FINAL_OK);
	assert_int_equal(
	    finals_take_large(&fixture, LABELSET_LABELS_MAX, 5), FINAL_REFUSED);
	finals_end(&fixture);
}

static void
labels_may_be_long_but_not_too_long(void **state)
{
	struct finals_bed fixture;

	(void)state;
	finals_begin(&fixture, "");
	/* A name of 7 bytes, and the heads of both and of the label. */
	assert_int_equal(
	    finals_take_large(&fixture, 1, FINAL_PACKED_MAX - 19), FINAL_OK);
	assert_int_equal(finals_take_large(&fixture, 1, FINAL_PACKED_MAX - 18),
	    FINAL_REFUSED);
	assert_int_equal(finals_count(fixture.finals), 1);
	finals_end(&fixture);
}

/* Its samples may be in any batch until then, so it must wait for all. */
static void
a_new_series_may_be_in_the_batches_of_those_dropped(void **state)
{
	struct finals_bed fixture;
	uint32_t a, b;

	(void)state;
	finals_begin(&fixture, "");
	a = series_number(fixture.finals, "a=1");
	b = series_number(fixture.finals, "b=1");
	assert_int_equal(finals_at(fixture.finals, a)->batch, 0);
	finals_at(fixture.finals, a)->batch = 700;
	finals_at(fixture.finals, b)->batch = 500;
	finals_drop(fixture.finals, a);
	finals_drop(fixture.finals, b);
	a = series_number(fixture.finals, "a=1");
	assert_true(
	    finals_at(fixture.finals, a)->batch == (700 | FINAL_OR_BEFORE));
	finals_drop(fixture.finals, a);
	b = series_number(fixture.finals, "b=1");
	assert_true(
	    finals_at(fixture.finals, b)->batch == (700 | FINAL_OR_BEFORE));
	finals_at(fixture.finals, b)->batch = 900;
	finals_drop(fixture.finals, b);
	b = series_number(fixture.finals, "b=1");
	assert_true(
	    finals_at(fixture.finals, b)->batch == (900 | FINAL_OR_BEFORE));
	finals_end(&fixture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(external_labels_are_added_in_their_place),
		cmocka_unit_test(external_labels_alone_are_no_series),
		cmocka_unit_test(external_labels_are_added_only_where_lacking),
		cmocka_unit_test(a_label_without_a_value_is_lacking),
		cmocka_unit_test(a_twin_is_said_once_as_long_as_there_is_one),
		cmocka_unit_test(two_series_made_equal_are_one),
		cmocka_unit_test(it_lives_until_the_last_reference_is_dropped),
		cmocka_unit_test(a_series_without_labels_is_refused),
		cmocka_unit_test(labels_may_be_many_but_not_too_many),
		cmocka_unit_test(labels_may_be_long_but_not_too_long),
		cmocka_unit_test(
		    a_new_series_may_be_in_the_batches_of_those_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
