/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/ship/shape.h"

#define DEADLINE (15 * CLOCK_SEC)

/* A clock that was started so long ago, at so many ms since 1970. */
static int64_t wall_now;
static uint64_t monotonic_now;

static int64_t
wall(struct clock *clock)
{
	(void)clock;
	return wall_now;
}

static uint64_t
monotonic(struct clock *clock)
{
	(void)clock;
	return monotonic_now;
}

static struct clock made_up = { .wall = wall, .monotonic = monotonic };

static const struct config_remote remote = {
	.spread = true,
	.queue = { .max_samples_per_send = 2000,
	    .batch_send_deadline = DEADLINE },
};

static void
sizes_are_those_of_the_configuration(void **state)
{
	struct config_remote own = remote;
	struct cutter_options options = { 0 };

	(void)state;
	shape_cut(&own, &made_up, 1, &options);
	assert_int_equal(options.entries_max, 2000);
	assert_int_equal(options.grouped_max, SHAPE_GROUPED_MAX);
	assert_int_equal(options.patience, DEADLINE);
	assert_true(options.phased);
	assert_int_equal(options.span, 0);
	own.queue.max_samples_given = true;
	own.spread = false;
	own.catch_up = 2;
	shape_cut(&own, &made_up, 1, &options);
	assert_int_equal(options.grouped_max, 2000);
	assert_false(options.phased);
	assert_int_equal(options.span, SHAPE_SPAN);
}

static void
what_is_taken_is_that_of_the_configuration(void **state)
{
	static char data_dir[] = "/data", name[] = "a";
	struct config config = {
		.data_dir = data_dir,
		.external_labels_len = 3,
	};
	struct config_remote own = {
		.name = name,
		.rules_len = 2,
		.share_index = 1,
		.share_count = 4,
		.send_exemplars = true,
	};
	struct intake_options options = { 0 };

	(void)state;
	shape_take(&config, &own, &options);
	assert_string_equal(options.name, "a");
	assert_string_equal(options.data_dir, "/data");
	assert_int_equal(options.external_len, 3);
	assert_int_equal(options.rules_len, 2);
	assert_int_equal(options.share_index, 1);
	assert_int_equal(options.share_count, 4);
	assert_true(options.exemplars);
	assert_false(options.histograms);
}

/* When, by the clock on the wall and modulo the deadline, ${host} cuts. */
static uint64_t
cuts_at(uint32_t host, uint64_t uptime)
{
	struct cutter_options options = { 0 };

	wall_now = INT64_C(1767323045123);
	monotonic_now = uptime;
	shape_cut(&remote, &made_up, host, &options);
	assert_true(options.phase < DEADLINE);
	return ((uint64_t)wall_now * CLOCK_MSEC - uptime + options.phase) %
	    DEADLINE;
}

static void
a_host_has_one_moment_however_long_it_is_up(void **state)
{
	(void)state;
	assert_int_equal(cuts_at(77, 1), cuts_at(77, 123456789));
	assert_int_equal(cuts_at(77, 1), 77 * CLOCK_MSEC);
	assert_int_equal(cuts_at(15001, 5 * DEADLINE), CLOCK_MSEC);
	assert_int_equal(cuts_at(UINT32_MAX, 5 * DEADLINE),
	    UINT32_MAX * CLOCK_MSEC % DEADLINE);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_taken_is_that_of_the_configuration),
		cmocka_unit_test(sizes_are_those_of_the_configuration),
		cmocka_unit_test(a_host_has_one_moment_however_long_it_is_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
