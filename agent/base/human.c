/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <time.h>

#include "agent/base/human.h"

#define MINUTE UINT64_C(60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define TIME_MAX 1e12 /* Seconds; what is beyond is as long as that. */

/* Append so many of ${unit}, and what is left in ${small}, if anything. */
static void
put_two(struct buf *out, uint64_t value, uint64_t unit, const char *name,
    uint64_t part, const char *part_name)
{
	buf_printf(out, "%llu %s", (unsigned long long)(value / unit), name);
	if (value % unit / part > 0)
		buf_printf(out, " %llu %s",
		    (unsigned long long)(value % unit / part), part_name);
}

void
human_put_time(struct buf *out, double seconds)
{
	uint64_t whole;

	if (!(seconds > 0))
		seconds = 0;
	if (seconds > TIME_MAX)
		seconds = TIME_MAX;
	whole = (uint64_t)(seconds + 0.5);
	if (seconds > 0 && seconds < 9.95)
		buf_printf(out, "%.1f s", seconds);
	else if (whole < 2 * MINUTE)
		buf_printf(out, "%llu s", (unsigned long long)whole);
	else if (whole < HOUR)
		buf_printf(out, "%llu min",
		    (unsigned long long)((whole + MINUTE / 2) / MINUTE));
	else if (whole < 2 * DAY)
		put_two(out, whole, HOUR, "h", MINUTE, "min");
	else
		put_two(out, whole, DAY, "d", HOUR, "h");
}

/* Append ${value} in the largest of ${units} that it fills. */
static void
put_scaled(struct buf *out, double value, double step,
    const char *const units[], size_t len)
{
	size_t i = 0;

	while (value >= step && i + 1 < len) {
		value /= step;
		i++;
	}
	buf_printf(out, i == 0 || value >= 99.95 ? "%.0f%s%s" : "%.1f%s%s",
	    value, *units[i] != '\0' ? " " : "", units[i]);
}

void
human_put_size(struct buf *out, double bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };

	put_scaled(out, bytes, 1024, units, sizeof(units) / sizeof(units[0]));
}

void
human_put_count(struct buf *out, double count)
{
	static const char *const units[] = { "", "k", "M", "G", "T" };

	if (count > 0 && count < 10)
		buf_printf(out, "%.2g", count);
	else
		put_scaled(
		    out, count, 1000, units, sizeof(units) / sizeof(units[0]));
}

void
human_put_date(struct buf *out, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	char text[32];
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return;
	buf_puts(out, text);
}
