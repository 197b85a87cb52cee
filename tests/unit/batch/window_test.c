/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "agent/base/clock.h"
#include "agent/batch/window.h"

/* A whole batch of the window that holds up to two series. */
static struct batch *
put(struct window *window, struct final *a, struct final *b)
{
	struct batch *batch = window_open(window);

	assert_non_null(batch);
	window_hold(window, batch, a);
	if (b != NULL)
		window_hold(window, batch, b);
	window_close(batch);
	return batch;
}

static struct batch *
next(struct window *window, uint64_t now)
{
	uint64_t wake = CLOCK_NEVER;

	return window_next(window, now, &wake);
}

/* Have the next batch fly, which must be ${batch}. */
static void
fly(struct window *window, struct batch *batch)
{
	assert_ptr_equal(next(window, 0), batch);
	window_fly(window, batch, 0);
}

static void
batches_without_a_common_series_fly_together(void **state)
{
	struct final a = { 0 }, b = { 0 };
	struct batch *first, *second;
	struct window window;

	(void)state;
	window_init(&window);
	first = put(&window, &a, NULL);
	second = put(&window, &b, NULL);
	fly(&window, first);
	fly(&window, second);
	assert_int_equal(window.flying, 2);
	window_settle(&window, second);
	window_settle(&window, first);
	assert_int_equal(window.flying, 0);
	assert_int_equal(window.used, 0);
}

static void
a_batch_waits_for_the_one_before_with_its_series(void **state)
{
	struct final a = { 0 }, b = { 0 };
	struct batch *first, *second, *third;
	struct window window;

	(void)state;
	window_init(&window);
	first = put(&window, &a, NULL);
	second = put(&window, &a, &b);
	third = put(&window, &b, NULL);
	fly(&window, first);
	assert_null(next(&window, 0));
	window_settle(&window, first);
	fly(&window, second);
	assert_null(next(&window, 0));
	window_settle(&window, second);
	fly(&window, third);
	window_settle(&window, third);
}

static void
a_series_twice_in_a_batch_does_not_make_it_wait_for_itself(void **state)
{
	struct final a = { 0 };
	struct window window;

	(void)state;
	window_init(&window);
	fly(&window, put(&window, &a, &a));
}

static void
a_batch_being_filled_does_not_fly(void **state)
{
	struct final a = { 0 };
	struct batch *batch;
	struct window window;

	(void)state;
	window_init(&window);
	batch = window_open(&window);
	window_hold(&window, batch, &a);
	assert_null(next(&window, 0));
	window_close(batch);
	fly(&window, batch);
}

static void
a_batch_that_failed_keeps_others_waiting(void **state)
{
	struct final a = { 0 }, b = { 0 };
	struct batch *first, *free_one;
	uint64_t wake = 900;
	struct window window;

	(void)state;
	window_init(&window);
	first = put(&window, &a, NULL);
	(void)put(&window, &a, NULL);
	fly(&window, first);
	window_retry(&window, first, 500);
	assert_int_equal(window.flying, 0);
	assert_null(window_next(&window, 499, &wake));
	assert_int_equal(wake, 500);
	free_one = put(&window, &b, NULL);
	assert_ptr_equal(next(&window, 499), free_one);
	assert_ptr_equal(next(&window, 500), first);
	assert_int_equal(first->attempts, 1);
}

static void
the_moment_to_wake_is_only_lowered(void **state)
{
	struct final a = { 0 };
	struct batch *first;
	uint64_t wake = 300;
	struct window window;

	(void)state;
	window_init(&window);
	first = put(&window, &a, NULL);
	fly(&window, first);
	window_retry(&window, first, 500);
	assert_null(window_next(&window, 0, &wake));
	assert_int_equal(wake, 300);
}

static void
the_oldest_goes_first_whatever_its_slot(void **state)
{
	struct final finals[3] = { 0 };
	struct batch *first, *second, *third;
	struct window window;

	(void)state;
	window_init(&window);
	first = put(&window, &finals[0], NULL);
	second = put(&window, &finals[1], NULL);
	fly(&window, first);
	window_settle(&window, first);
	third = put(&window, &finals[2], NULL);
	assert_ptr_equal(first, third);
	fly(&window, second);
	fly(&window, third);
}

static void
a_series_does_not_wait_for_another_batch_in_an_old_slot(void **state)
{
	struct final a = { 0 }, b = { 0 };
	struct batch *batch, *blocked;
	struct window window;

	(void)state;
	window_init(&window);
	batch = put(&window, &a, NULL);
	fly(&window, batch);
	window_settle(&window, batch);
	blocked = put(&window, &b, NULL);
	assert_ptr_equal(blocked, batch);
	fly(&window, blocked);
	fly(&window, put(&window, &a, NULL));
}

static void
every_slot_is_used_and_no_more(void **state)
{
	struct final finals[WINDOW_SLOTS] = { 0 };
	struct batch *batches[WINDOW_SLOTS];
	struct window window;
	unsigned int i;

	(void)state;
	window_init(&window);
	for (i = 0; i < WINDOW_SLOTS; i++)
		batches[i] = put(&window, &finals[i], NULL);
	assert_null(window_open(&window));
	assert_int_equal(window.used, WINDOW_SLOTS);
	for (i = 0; i < WINDOW_SLOTS; i++)
		fly(&window, batches[i]);
	window_settle(&window, batches[WINDOW_SLOTS - 1]);
	batches[0] = put(&window, &finals[0], &finals[WINDOW_SLOTS - 2]);
	assert_null(next(&window, 0));
	window_settle(&window, batches[WINDOW_SLOTS - 2]);
	assert_null(next(&window, 0));
}

/* It may be a series that was dropped while its samples are on their way. */
static void
a_new_series_waits_for_all_batches_of_those_dropped(void **state)
{
	struct final a = { 0 }, b = { 0 }, back = { 0 };
	struct batch *first, *second, *third, *last;
	struct window window;

	(void)state;
	window_init(&window);
	first = put(&window, &a, NULL);
	second = put(&window, &b, NULL);
	back.batch = second->id | FINAL_OR_BEFORE;
	a.batch = b.batch = 0;
	third = put(&window, &a, NULL);
	last = put(&window, &back, NULL);
	fly(&window, first);
	fly(&window, second);
	fly(&window, third);
	window_settle(&window, second);
	assert_null(next(&window, 0));
	window_settle(&window, first);
	fly(&window, last);
	assert_int_equal(back.batch, last->id);
}

static void
releasing_frees_the_bodies(void **state)
{
	struct final a = { 0 };
	struct batch *batch;
	struct window window;

	(void)state;
	window_init(&window);
	batch = put(&window, &a, NULL);
	batch->body = malloc(1);
	batch = put(&window, &a, NULL);
	batch->body = malloc(1);
	window_settle(&window, batch);
	window_release(&window);
	assert_int_equal(window.used, 0);
}

static void
who_is_hurried_waits_for_no_time(void **state)
{
	struct window window;
	struct final a = { 0 };
	struct batch *batch;

	(void)state;
	window_init(&window);
	batch = put(&window, &a, NULL);
	fly(&window, batch);
	window_retry(&window, batch, 1000);
	assert_null(next(&window, 999));
	window_hurry(&window);
	assert_ptr_equal(next(&window, 0), batch);
	window_settle(&window, batch);
	window_release(&window);
}

static void
it_is_pressed_if_more_than_may_would_fly(void **state)
{
	struct window window;
	struct final a = { 0 }, b = { 0 };
	struct batch *first, *second;

	(void)state;
	window_init(&window);
	first = put(&window, &a, NULL);
	assert_false(window_pressed(&window, 1));
	fly(&window, first);
	assert_false(window_pressed(&window, 1));
	second = put(&window, &b, NULL);
	assert_true(window_pressed(&window, 1));
	assert_false(window_pressed(&window, 2));
	fly(&window, second);
	window_settle(&window, first);
	window_settle(&window, second);
	window_release(&window);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_hurried_waits_for_no_time),
		cmocka_unit_test(batches_without_a_common_series_fly_together),
		cmocka_unit_test(
		    a_batch_waits_for_the_one_before_with_its_series),
		cmocka_unit_test(
		    a_series_twice_in_a_batch_does_not_make_it_wait_for_itself),
		cmocka_unit_test(a_batch_being_filled_does_not_fly),
		cmocka_unit_test(a_batch_that_failed_keeps_others_waiting),
		cmocka_unit_test(the_moment_to_wake_is_only_lowered),
		cmocka_unit_test(the_oldest_goes_first_whatever_its_slot),
		cmocka_unit_test(
		    a_series_does_not_wait_for_another_batch_in_an_old_slot),
		cmocka_unit_test(every_slot_is_used_and_no_more),
		cmocka_unit_test(
		    a_new_series_waits_for_all_batches_of_those_dropped),
		cmocka_unit_test(it_is_pressed_if_more_than_may_would_fly),
		cmocka_unit_test(releasing_frees_the_bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
