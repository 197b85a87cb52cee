/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/forecast.h"

static void
expect(const struct forecast *now, const struct forecast *before,
    double seconds, const char *want)
{
	char memory[FORECAST_MAX];
	struct buf out;

	buf_over(&out, memory, sizeof(memory));
	forecast_put(&out, now, before, seconds);
	assert_false(out.bad);
	assert_string_equal(buf_text(&out), want);
}

static void
it_is_of_the_time_between(void **state)
{
	const struct forecast before = {
		.name = "r",
		.samples = 1000,
		.requests = 3,
		.bytes = 1024,
		.dropped = { [DROP_BY_RULE] = 7 },
	};
	struct forecast now = {
		.name = "r",
		.series = 20,
		.samples = 1500,
		.requests = 8,
		.bytes = 3 * 1024,
		.dropped = { [DROP_BY_RULE] = 7 },
	};

	(void)state;
	expect(&now, &before, 10,
	    "  r: 20 series, 500 samples (50 a second), 2.0 KiB compressed in "
	    "5 requests (30 a minute)\n");
	now.dropped[DROP_BY_RULE] = 10;
	now.dropped[DROP_TOO_OLD] = 1;
	expect(&now, &before, 10,
	    "  r: 20 series, 500 samples (50 a second), 2.0 KiB compressed in "
	    "5 requests (30 a minute); dropped 3 (dropped_series), "
	    "1 (too_old)\n");
	/* No time is as good as a second. */
	expect(&before, &before, 0,
	    "  r: 0 series, 0 samples (0 a second), 0 B compressed in "
	    "0 requests (0 a minute)\n");
}

static void
all_reasons_fit(void **state)
{
	struct forecast before = { .name = "r" }, now = { .name = "r" };
	char memory[FORECAST_MAX];
	struct buf out;
	unsigned int i;

	(void)state;
	now.samples = now.requests = now.bytes = now.series = 1e18;
	for (i = 0; i < DROP_REASONS; i++)
		now.dropped[i] = 1e18;
	buf_over(&out, memory, sizeof(memory));
	forecast_put(&out, &now, &before, 1);
	assert_false(out.bad);
}

static void
it_is_found_where_it_is_counted(void **state)
{
	static char name[] = "r", url[] = "u";
	struct config_remote remote = { .name = name, .shown_url = url };
	struct situation situation = {
		.remote = &remote,
		.series = 4,
		.delivered = 5,
		.dropped = { [DROP_FUTURE] = 6 },
	};
	struct stats *stats = stats_new();
	struct forecast forecast;
	struct meters meters;

	(void)state;
	assert_int_equal(meters_init(&meters, stats, name, url), 0);
	stat_set(meters.bytes, 7);
	meters_answer(&meters, 204);
	meters_answer(&meters, 204);
	forecast = forecast_of(&situation, stats);
	assert_string_equal(forecast.name, "r");
	assert_true(forecast.series == 4 && forecast.samples == 5);
	assert_true(forecast.bytes == 7 && forecast.requests == 2);
	assert_true(forecast.dropped[DROP_FUTURE] == 6);
	stats_free(stats);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_of_the_time_between),
		cmocka_unit_test(all_reasons_fit),
		cmocka_unit_test(it_is_found_where_it_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
