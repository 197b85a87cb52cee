/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/admin/chart.h - the last hour of a destination, drawn.
 *
 * An SVG of lines, the newest point at the right; what it shows is also said in
 * words, for who does not see it.  Colours are the style sheet's.
 */
#ifndef AGENT_ADMIN_CHART_H
#define AGENT_ADMIN_CHART_H

#include "agent/base/buf.h"
#include "agent/ship/history.h"

enum chart_kind {
	CHART_LAG,  /* Seconds. */
	CHART_RATE, /* Entries a second: in, and out. */
	CHART_LOST, /* Entries, since the point before. */
	CHART_KINDS,
};

/* Append the chart of ${kind} from ${history}, as a figure of HTML. */
void chart_put(
    const struct history *history, enum chart_kind kind, struct buf *out);

#endif /* AGENT_ADMIN_CHART_H */
