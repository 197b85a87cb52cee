/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/ship/lag.h"

#define MINUTE INT64_C(60000) /* ms. */
#define WALL INT64_C(1767323045000)

/* A look, so many ms after the first, when it was so many behind. */
static bool
look(struct lag *lag, int64_t after, int64_t behind, bool throttled)
{
	return lag_look(lag, WALL + after - behind, WALL + after, throttled,
	    1 + (uint64_t)after * CLOCK_MSEC);
}

static void
who_falls_back_while_throttled_skips_to_half(void **state)
{
	struct lag lag;

	(void)state;
	lag_init(&lag, 300 * CLOCK_SEC);
	assert_false(look(&lag, 0, 4 * MINUTE, true));
	assert_false(look(&lag, MINUTE / 2, 6 * MINUTE, true));
	assert_false(look(&lag, MINUTE, 5 * MINUTE, true));
	assert_true(look(&lag, MINUTE + 1, 5 * MINUTE + 1, true));
	assert_true(lag.before == WALL + MINUTE + 1 - 5 * MINUTE / 2);
	/* One step at a time. */
	assert_false(look(&lag, 9 * MINUTE, 9 * MINUTE, true));
}

static void
who_catches_up_skips_nothing(void **state)
{
	struct lag lag;
	int64_t i;

	(void)state;
	lag_init(&lag, 300 * CLOCK_SEC);
	for (i = 0; i < 19; i++)
		assert_false(look(&lag, i * MINUTE, (19 - i) * MINUTE, true));
}

static void
who_is_not_throttled_skips_nothing(void **state)
{
	struct lag lag;
	int64_t i;

	(void)state;
	lag_init(&lag, 300 * CLOCK_SEC);
	for (i = 0; i < 19; i++)
		assert_false(look(&lag, i * MINUTE, i * MINUTE, i % 2 == 0));
	lag_init(&lag, 0);
	for (i = 0; i < 19; i++)
		assert_false(look(&lag, i * MINUTE, i * MINUTE, true));
	assert_true(lag.before == INT64_MIN);
}

/* What was begun goes on by the configuration that it was begun by. */
static void
a_step_outlives_a_change_of_the_limit(void **state)
{
	struct lag lag;
	int64_t before;

	(void)state;
	lag_init(&lag, 300 * CLOCK_SEC);
	assert_false(look(&lag, 0, 5 * MINUTE, true));
	assert_true(look(&lag, MINUTE, 6 * MINUTE, true));
	before = lag.before;
	lag_tune(&lag, 0);
	assert_false(look(&lag, 10 * MINUTE, 15 * MINUTE, true));
	assert_true(lag.before == before && lag.skipping);
}

static void
a_step_is_told_when_it_is_done(void **state)
{
	struct stats *stats = stats_new();
	FILE *log = tmpfile();
	char text[4096] = "";
	struct meters meters;
	struct lag lag;

	(void)state;
	assert_non_null(log);
	log_init(LOG_INFO, LOG_LOGFMT);
	log_to(fileno(log));
	assert_int_equal(meters_init(&meters, stats, "n", "u"), 0);
	lag_init(&lag, 300 * CLOCK_SEC);
	assert_false(look(&lag, 0, 5 * MINUTE, true));
	assert_true(look(&lag, MINUTE, 6 * MINUTE, true));
	stat_add(meters.kinds[KEPT_SAMPLE].dropped[DROP_MAX_LAG], 7);
	lag_tell(&lag, lag.before - 1, "receiver", &meters);
	lag_tell(&lag, INT64_MAX, "receiver", &meters);
	assert_true(stat_value(meters.skips) == 0);
	stat_add(meters.kinds[KEPT_EXEMPLAR].dropped[DROP_MAX_LAG], 2);
	lag_tell(&lag, lag.before, "receiver", &meters);
	lag_tell(&lag, lag.before, "receiver", &meters);
	assert_true(stat_value(meters.skips) == 1);
	assert_true(stat_value(meters.skipped_seconds) == 210);
	log_to(STDERR_FILENO);
	rewind(log);
	assert_true(fread(text, 1, sizeof(text) - 1, log) > 0);
	(void)fclose(log);
	assert_non_null(strstr(text, "remote=receiver samples=9 from_ms="));
	assert_non_null(strstr(text, "seconds=210"));
	meters_release(&meters);
	stats_free(stats);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_falls_back_while_throttled_skips_to_half),
		cmocka_unit_test(who_catches_up_skips_nothing),
		cmocka_unit_test(who_is_not_throttled_skips_nothing),
		cmocka_unit_test(a_step_outlives_a_change_of_the_limit),
		cmocka_unit_test(a_step_is_told_when_it_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
