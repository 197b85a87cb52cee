/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/loop.h"
#include "agent/filewatch.h"
#include "tests/unit/http/sim.h"

/* A directory with a file that is watched. */
struct place {
	char dir[32];
	char path[64], other[64];
	struct sim *sim;
	struct filewatch *filewatch;
	unsigned int told;
	sd_event *event; /* Of the test on a real clock. */
};

static struct sim_answer
answer(void *arg, uint64_t number, const struct http_request *request)
{
	(void)arg;
	(void)number;
	(void)request;
	abort();
}

static void
changed(void *arg)
{
	struct place *place = arg;

	place->told++;
	if (place->event != NULL)
		(void)sd_event_exit(place->event, 0);
}

static void
put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int
set_up(void **state)
{
	static const struct sim_receiver receiver = { .begin = answer };
	struct place *place = calloc(1, sizeof(*place));
	struct stamp known;

	if (place == NULL)
		return -1;
	(void)strcpy(place->dir, "/tmp/filewatch.XXXXXX");
	if (mkdtemp(place->dir) == NULL)
		return -1;
	(void)snprintf(place->path, sizeof(place->path), "%s/file", place->dir);
	(void)snprintf(
	    place->other, sizeof(place->other), "%s/other", place->dir);
	put(place->path, "one");
	known = stamp_at(place->path);
	place->sim = sim_new(&receiver);
	place->filewatch = filewatch_new(
	    NULL, sim_clock(place->sim), place->path, &known, changed, place);
	*state = place;
	return place->filewatch == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct place *place = *state;

	filewatch_free(place->filewatch);
	sim_free(place->sim);
	(void)unlink(place->path);
	(void)unlink(place->other);
	(void)rmdir(place->dir);
	free(place);
	return 0;
}

static void
nothing_is_told_without_a_change(void **state)
{
	struct place *place = *state;

	(void)sim_run(place->sim, 10 * FILEWATCH_POLL);
	assert_int_equal(place->told, 0);
}

/* Between reading it and beginning to watch it. */
static void
what_has_changed_since_it_was_known_is_told(void **state)
{
	struct place *place = *state;
	struct stamp known = stamp_at(place->path);

	filewatch_free(place->filewatch);
	put(place->path, "another");
	place->filewatch = filewatch_new(
	    NULL, sim_clock(place->sim), place->path, &known, changed, place);
	assert_non_null(place->filewatch);
	(void)sim_run(place->sim, 2 * FILEWATCH_REST);
	assert_int_equal(place->told, 1);
	(void)sim_run(place->sim, 10 * FILEWATCH_POLL);
	assert_int_equal(place->told, 1);
}

static void
what_is_written_over_is_told_once(void **state)
{
	struct place *place = *state;

	put(place->path, "another");
	(void)sim_run(place->sim, FILEWATCH_POLL + 2 * FILEWATCH_REST);
	assert_int_equal(place->told, 1);
	(void)sim_run(place->sim, 10 * FILEWATCH_POLL);
	assert_int_equal(place->told, 1);
}

static void
what_takes_its_place_is_told(void **state)
{
	struct place *place = *state;

	put(place->other, "one");
	assert_int_equal(rename(place->other, place->path), 0);
	(void)sim_run(place->sim, 2 * FILEWATCH_POLL);
	assert_int_equal(place->told, 1);
}

static void
a_file_that_goes_and_comes_is_told(void **state)
{
	struct place *place = *state;

	assert_int_equal(unlink(place->path), 0);
	(void)sim_run(place->sim, 2 * FILEWATCH_POLL);
	assert_int_equal(place->told, 1);
	put(place->path, "one");
	(void)sim_run(place->sim, 2 * FILEWATCH_POLL);
	assert_int_equal(place->told, 2);
}

static void
nothing_is_told_while_it_is_being_written(void **state)
{
	struct place *place = *state;
	char text[32];
	unsigned int i;

	put(place->path, "another");
	(void)sim_run(place->sim, FILEWATCH_POLL);
	for (i = 0; i < 20; i++) {
		(void)snprintf(text, sizeof(text), "%0*u", 8 + (int)i, i);
		put(place->path, text);
		(void)sim_run(place->sim, FILEWATCH_REST);
	}
	assert_int_equal(place->told, 0);
	(void)sim_run(place->sim, 2 * FILEWATCH_REST);
	assert_int_equal(place->told, 1);
}

/* With inotify, long before it would be looked at by the clock. */
static void
the_kernel_tells_of_a_change(void **state)
{
	struct place *place = *state;
	struct stamp known = stamp_at(place->path);
	struct filewatch *filewatch;
	struct clock *clock;
	uint64_t begin;

	assert_true(sd_event_new(&place->event) >= 0);
	clock = loop_clock_new(place->event);
	assert_non_null(clock);
	filewatch = filewatch_new(
	    place->event, clock, place->path, &known, changed, place);
	assert_non_null(filewatch);
	begin = clock_monotonic(clock);
	put(place->other, "another");
	assert_int_equal(rename(place->other, place->path), 0);
	assert_int_equal(sd_event_loop(place->event), 0);
	assert_int_equal(place->told, 1);
	assert_in_range(clock_monotonic(clock) - begin, FILEWATCH_REST,
	    FILEWATCH_POLL - CLOCK_SEC);
	filewatch_free(filewatch);
	loop_clock_free(clock);
	place->event = sd_event_unref(place->event);
}

/* Write a file beside the one that is watched. */
static void
write_beside(void *arg)
{
	struct place *place = arg;

	put(place->other, "beside");
}

static void
a_change_beside_it_has_it_told_no_sooner(void **state)
{
	struct place *place = *state;
	struct stamp known = stamp_at(place->path);
	struct filewatch *filewatch;
	struct clock *clock;
	struct timer *timer;
	uint64_t begin;

	assert_true(sd_event_new(&place->event) >= 0);
	clock = loop_clock_new(place->event);
	filewatch = filewatch_new(
	    place->event, clock, place->path, &known, changed, place);
	timer = timer_new(clock, write_beside, place);
	assert_true(filewatch != NULL && timer != NULL);
	begin = clock_monotonic(clock);
	timer_set(timer, begin + FILEWATCH_REST / 2);
	put(place->path, "another");
	assert_int_equal(sd_event_loop(place->event), 0);
	assert_true(clock_monotonic(clock) - begin >= FILEWATCH_REST);
	timer_free(timer);
	filewatch_free(filewatch);
	loop_clock_free(clock);
	place->event = sd_event_unref(place->event);
}

int
main(void)
{
#define IN_A_PLACE(test_) \
	cmocka_unit_test_setup_teardown(test_, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		IN_A_PLACE(nothing_is_told_without_a_change),
		IN_A_PLACE(what_has_changed_since_it_was_known_is_told),
		IN_A_PLACE(what_is_written_over_is_told_once),
		IN_A_PLACE(what_takes_its_place_is_told),
		IN_A_PLACE(a_file_that_goes_and_comes_is_told),
		IN_A_PLACE(nothing_is_told_while_it_is_being_written),
		IN_A_PLACE(the_kernel_tells_of_a_change),
		IN_A_PLACE(a_change_beside_it_has_it_told_no_sooner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
