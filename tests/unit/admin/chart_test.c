/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/admin/chart.h"

/* The chart of ${kind} must have all ${parts}. */
static void
check(const struct history *history, enum chart_kind kind,
    const char *const parts[])
{
	struct buf out;

	buf_init(&out, 1 << 20);
	chart_put(history, kind, &out);
	for (; *parts != NULL; parts++)
		if (strstr(buf_text(&out), *parts) == NULL)
			fail_msg("no %s in %s", *parts, buf_text(&out));
	buf_release(&out);
}

/* Note a point. */
static void
put(struct history *history, float lag, float in, float out)
{
	history->points[history->next] =
	    (struct history_point){ .lag = lag, .in = in, .out = out };
	history->next = (history->next + 1) % HISTORY_POINTS;
	if (history->len < HISTORY_POINTS)
		history->len++;
}

static void
an_empty_hour_is_an_empty_chart(void **state)
{
	static const char *const parts[] = {
		"<polyline class=\"a\" points=\"\"/>", "top 10 s", NULL
	};
	struct history history = { 0 };

	(void)state;
	check(&history, CHART_LAG, parts);
}

static void
points_go_from_left_to_right_below_the_highest(void **state)
{
	static const char *const lag[] = {
		"points=\"237,47.0 238,24.0 239,1.0 \"", "top 20 s",
		"aria-label=\"Lag over the last hour, at most 20 s\"", NULL
	};
	static const char *const rate[] = { "class=\"b\" points=\"237,24.0 ",
		"class=\"a\" points=\"237,1.0 ", "top 200/s",
		"<span class=\"key b\">in</span>, <span class=\"key a\">out"
		"</span>",
		NULL };
	struct history history = { 0 };

	(void)state;
	put(&history, 0, 100, 200);
	put(&history, 10, 0, 0);
	put(&history, 20, 0, 0);
	check(&history, CHART_LAG, lag);
	check(&history, CHART_RATE, rate);
}

static void
that_nothing_is_lost_is_no_line(void **state)
{
	static const char *const none[] = { "at most 1\"></svg>", NULL };
	static const char *const some[] = { "class=\"c\" points=\"238,47.0 "
					    "239,1.0 ",
		"top 7", NULL };
	struct history history = { 0 };

	(void)state;
	put(&history, 1, 1, 1);
	check(&history, CHART_LOST, none);
	put(&history, 1, 1, 1);
	history.points[1].lost = 7;
	check(&history, CHART_LOST, some);
}

static void
a_full_hour_fills_the_chart(void **state)
{
	static const char *const parts[] = { "points=\"0,", " 239,", NULL };
	struct history history = { 0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < HISTORY_POINTS + 5; i++)
		put(&history, (float)i, 0, 0);
	check(&history, CHART_LAG, parts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_hour_is_an_empty_chart),
		cmocka_unit_test(
		    points_go_from_left_to_right_below_the_highest),
		cmocka_unit_test(that_nothing_is_lost_is_no_line),
		cmocka_unit_test(a_full_hour_fills_the_chart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
