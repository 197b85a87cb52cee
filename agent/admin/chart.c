/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/admin/chart.h"
#include "agent/base/human.h"

#define WIDTH HISTORY_POINTS /* Units: one a point. */
#define HEIGHT 48u
#define LINES 2u /* In one chart, at most. */

/* A line of a chart: what it is of, and its class in the style sheet. */
struct line {
	const char *name, *class;
	float (*value)(const struct history_point *point);
};

static float
lag_of(const struct history_point *point)
{
	return point->lag;
}

static float
in_of(const struct history_point *point)
{
	return point->in;
}

static float
out_of(const struct history_point *point)
{
	return point->out;
}

static float
lost_of(const struct history_point *point)
{
	return point->lost;
}

static const struct {
	const char *title;
	void (*put)(struct buf *out, double value);
	const char *unit;
	double least; /* The top of the chart is never lower. */
	struct line lines[LINES];
} charts[CHART_KINDS] = {
	[CHART_LAG] = { "Lag", human_put_time, "", 10,
	    { { "lag", "a", lag_of } } },
	[CHART_RATE] = { "Samples a second", human_put_count, "/s", 1,
	    { { "in", "b", in_of }, { "out", "a", out_of } } },
	[CHART_LOST] = { "Lost", human_put_count, "", 1,
	    { { "lost", "c", lost_of } } },
};

/* The largest value of the lines of ${kind}. */
static double
highest(const struct history *history, enum chart_kind kind)
{
	const struct line *lines = charts[kind].lines;
	double value, max = charts[kind].least;
	size_t i, j;

	for (i = 0; i < history->len; i++)
		for (j = 0; j < LINES && lines[j].name != NULL; j++) {
			value = (double)lines[j].value(history_at(history, i));
			if (value > max)
				max = value;
		}
	return max;
}

/* Whether ${line} is ever above zero. */
static bool
is_any(const struct history *history, const struct line *line)
{
	size_t i;

	for (i = 0; i < history->len; i++)
		if (line->value(history_at(history, i)) > 0)
			return true;
	return false;
}

/* Append ${line} as a path, where ${max} is the top. */
static void
put_line(const struct history *history, const struct line *line, double max,
    struct buf *out)
{
	double value;
	size_t i;

	buf_printf(out, "<polyline class=\"%s\" points=\"", line->class);
	for (i = history->len; i-- > 0;) {
		value = (double)line->value(history_at(history, i)) / max;
		buf_printf(out, "%u,%.1f ", (unsigned int)(WIDTH - 1 - i),
		    (1 - value) * (HEIGHT - 2) + 1);
	}
	buf_puts(out, "\"/>");
}

/* What is drawn: its title, and which line is what if there are several. */
static void
put_caption(enum chart_kind kind, double max, struct buf *out)
{
	const struct line *lines = charts[kind].lines;
	size_t j;

	buf_printf(out, "<figcaption><span>%s", charts[kind].title);
	for (j = 0; j < LINES && lines[1].name != NULL; j++)
		buf_printf(out, "%s<span class=\"key %s\">%s</span>",
		    j == 0 ? ": " : ", ", lines[j].class, lines[j].name);
	buf_puts(out, "</span><span>top ");
	charts[kind].put(out, max);
	buf_printf(out, "%s</span></figcaption>", charts[kind].unit);
}

void
chart_put(const struct history *history, enum chart_kind kind, struct buf *out)
{
	const struct line *lines = charts[kind].lines;
	double max = highest(history, kind);
	size_t j;

	buf_puts(out, "<figure>");
	put_caption(kind, max, out);
	buf_printf(out,
	    "<svg viewBox=\"0 0 %u %u\" preserveAspectRatio=\"none\" "
	    "role=\"img\" aria-label=\"%s over the last hour, at most ",
	    WIDTH, HEIGHT, charts[kind].title);
	charts[kind].put(out, max);
	buf_printf(out, "%s\">", charts[kind].unit);
	/* That nothing is lost needs no line in the colour of alarm. */
	if (kind != CHART_LOST || is_any(history, &lines[0]))
		for (j = 0; j < LINES && lines[j].name != NULL; j++)
			put_line(history, &lines[j], max, out);
	buf_puts(out,
	    "</svg><div class=\"axis\"><span>1 h ago</span>"
	    "<span>now</span></div></figure>\n");
}
