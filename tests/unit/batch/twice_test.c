/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/batch/twice.h"
#include "tests/unit/series/series.h"

#define MANY 20000

static struct final one, other;

static void
note(struct twice *twice, const struct final *final, int64_t time)
{
	assert_int_equal(twice_reserve(twice), 0);
	twice_note(twice, final, time, TWICE_OTHER);
}

static void
a_series_has_the_times_that_were_noted(void **state)
{
	struct twice twice = { 0 };

	(void)state;
	assert_int_equal(twice_has(&twice, &one, 0), 0);
	note(&twice, &one, 1);
	note(&twice, &other, 2);
	assert_int_equal(twice_has(&twice, &one, 1), 1);
	assert_int_equal(twice_has(&twice, &one, 2), 0);
	note(&twice, &one, 2);
	assert_int_equal(twice_has(&twice, &one, 2), 1);
	assert_int_equal(twice_has(&twice, &other, 1), 0);
	twice_clear(&twice);
	assert_int_equal(twice_has(&twice, &one, 1), 0);
	note(&twice, &other, 1);
	assert_int_equal(twice_has(&twice, &one, 1), 0);
	assert_int_equal(twice_has(&twice, &other, 1), 1);
	twice_release(&twice);
	assert_int_equal(twice_has(&twice, &other, 1), 0);
	twice_release(&twice);
}

static void
many_are_told_apart(void **state)
{
	struct twice twice = { 0 };
	int64_t i, round;

	(void)state;
	for (round = 0; round < 2; round++) {
		for (i = 0; i < MANY; i++) {
			note(&twice, i % 2 == 0 ? &one : &other, i);
			assert_int_equal(
			    twice_has(&twice, &one, i / 2), i / 2 % 2 == 0);
		}
		for (i = 0; i < MANY; i++)
			assert_int_equal(
			    twice_has(&twice, &other, i), i % 2 != 0);
		twice_clear(&twice);
	}
	twice_release(&twice);
}

static void
only_a_sample_of_the_same_value_repeats_one(void **state)
{
	struct kept kept = { .final = &one, .time = 5, .value = 7 };
	struct twice twice = { 0 };

	(void)state;
	assert_int_equal(twice_reserve(&twice), 0);
	twice_note(&twice, &one, 5, 7);
	note(&twice, &other, 5);
	assert_int_equal(twice_has(&twice, &one, 5), 1);
	assert_true(twice_repeats(&twice, &kept));
	kept.value = 8;
	assert_false(twice_repeats(&twice, &kept));
	kept.value = 7;
	kept.kind = KEPT_HISTOGRAM;
	assert_false(twice_repeats(&twice, &kept));
	kept.kind = KEPT_SAMPLE;
	kept.final = &other;
	assert_false(twice_repeats(&twice, &kept));
	twice_release(&twice);
}

/* As the window notes it in the series. */
static void
only_a_series_in_a_batch_of_these_can_have_its_time(void **state)
{
	struct finals *finals = finals_new(NULL, 0);
	struct final *final = series_take(finals, "a=1");
	struct kept kept = { .final = final, .time = 5 };
	struct twice twice = { .first = 640 };

	(void)state;
	note(&twice, final, 5);
	final->batch = 639;
	assert_int_equal(twice_meets(&twice, finals, &kept, 5), 0);
	final->batch = 640 | FINAL_OR_BEFORE;
	assert_int_equal(twice_meets(&twice, finals, &kept, 5), 0);
	final->batch = 705;
	assert_int_equal(twice_meets(&twice, finals, &kept, 5), 1);
	assert_int_equal(twice_meets(&twice, finals, &kept, 4), 0);
	kept.kind = KEPT_EXEMPLAR;
	assert_int_equal(twice_meets(&twice, finals, &kept, 5), 0);
	twice_release(&twice);
	finals_free(finals);
}

/* It might be told from another by nothing but where that was. */
static void
where_a_series_of_these_is_gone_nothing_is_certain(void **state)
{
	struct finals *finals = finals_new(NULL, 0);
	struct final *final = series_take(finals, "a=1");
	struct final *gone = series_take(finals, "a=2");
	struct kept kept = { .final = final, .time = 5 };
	struct twice twice = { .first = 640 };

	(void)state;
	note(&twice, final, 5);
	final->batch = 640;
	gone->batch = 639;
	finals_release(finals, gone);
	assert_int_equal(twice_meets(&twice, finals, &kept, 5), 1);
	gone = series_take(finals, "a=2");
	gone->batch = 640;
	finals_release(finals, gone);
	assert_int_equal(twice_meets(&twice, finals, &kept, 5), 0);
	twice_release(&twice);
	finals_free(finals);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_series_has_the_times_that_were_noted),
		cmocka_unit_test(many_are_told_apart),
		cmocka_unit_test(only_a_sample_of_the_same_value_repeats_one),
		cmocka_unit_test(
		    only_a_series_in_a_batch_of_these_can_have_its_time),
		cmocka_unit_test(
		    where_a_series_of_these_is_gone_nothing_is_certain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
