/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/gauges.h - what of the held segments is in the metrics.
 *
 *   walship_spool_mode{mode}              1: how segments are held
 *   walship_spool_segments                that are held
 *   walship_spool_pinned_bytes            that nothing else keeps on the disk
 *   walship_spool_let_go_total{reason}    segments held no more
 *   walship_spool_refused_total           segments that could not be held
 */
#ifndef AGENT_SPOOL_GAUGES_H
#define AGENT_SPOOL_GAUGES_H

#include "agent/base/stats.h"

/* Why a segment is held no more. */
enum spool_reason {
	SPOOL_READ,       /* All have read it. */
	SPOOL_AGE,        /* All in it is too old for those who have not. */
	SPOOL_UNBELIEVED, /* It is not what was saved under its name. */
	SPOOL_MISSING,    /* It was held, and is no more. */
	SPOOL_MAX_BYTES,  /* It was beyond what may be pinned. */
	SPOOL_MAX_AGE,
	SPOOL_MIN_FREE,
	SPOOL_REASONS,
};

/* Zeroed: there are none, and all of these do nothing. */
struct gauges {
	struct stats *stats;
	struct stat *mode, *segments, *pinned, *refused;
	struct stat *let_go[SPOOL_REASONS];
};

/* Make them in ${stats}; -1: no memory. */
int gauges_init(struct gauges *gauges, struct stats *stats);
void gauges_release(struct gauges *gauges);

/* Segments are held by ${mode} from now on; -1: no memory. */
int gauges_mode(struct gauges *gauges, const char *mode);

/* A segment is held no more. */
void gauges_let_go(struct gauges *gauges, enum spool_reason reason);

/* The word for ${reason}. */
const char *gauges_reason(enum spool_reason reason);

#endif /* AGENT_SPOOL_GAUGES_H */
