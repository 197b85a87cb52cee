/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/ship/totals.h - what the log holds, however many read it.
 *
 * Prometheus counts what comes into its remote storage once, not once for
 * each destination, and dashboards subtract what was sent from that.  Each
 * destination reads the log for itself here, so what the one that is furthest
 * reads is what counts.
 */
#ifndef AGENT_SHIP_TOTALS_H
#define AGENT_SHIP_TOTALS_H

#include "agent/base/stats.h"
#include "agent/batch/cutter.h"
#include "agent/meters/kind.h"
#include "agent/position/position.h"

struct totals {
	struct stat *in[KEPT_KINDS];
	struct stat *highest; /* Seconds: of the newest entry. */
	struct position_point furthest;
};

/* Register them; -1, to be released all the same, if there is no memory. */
int totals_init(struct totals *totals, struct stats *stats);

/* Take them out of their registry.  Zeroed, there are none. */
void totals_release(struct totals *totals);

/* A destination has read ${record}; do nothing if one has before, or to NULL. */
void totals_read(struct totals *totals, const struct kept_record *record);

#endif /* AGENT_SHIP_TOTALS_H */
