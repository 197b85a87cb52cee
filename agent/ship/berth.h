/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/ship/berth.h - what a destination needs of the log to be held for it.
 *
 * All from the position that it would go on from.  While that is not in the
 * last segment, also all from where its snapshot was begun: a life that begins
 * behind needs the series of which no checkpoint knows any more.
 */
#ifndef AGENT_SHIP_BERTH_H
#define AGENT_SHIP_BERTH_H

#include "agent/intake/intake.h"
#include "agent/position/position.h"
#include "agent/spool/spool.h"

/* Zeroed: it has none. */
struct berth {
	struct wal_log log; /* That is read. */
	struct spool *spool;
	struct spool_reader *reader; /* NULL: nothing is held. */
};

/**
 * berth_take(berth, spool, wal_dir):
 * Have all of the log ${wal_dir} so far held by ${spool}; NULL: nothing is.
 * Both must outlive it.  Return -1 if there is no memory.
 */
int berth_take(struct berth *berth, struct spool *spool, const char *wal_dir);

/* It goes on from ${position}; what is read comes from ${intake}. */
void berth_move(struct berth *berth, const struct position *position,
    struct intake *intake);

/* Samples older than ${usec} microseconds are of no use; 0: all are. */
void berth_limit(struct berth *berth, uint64_t usec);

/* Nothing is needed any more. */
void berth_leave(struct berth *berth);

#endif /* AGENT_SHIP_BERTH_H */
