/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/outset.h - where to set out from, when a log is begun with or has become
 * another one.
 *
 * If the series of all that was read are known, and the log goes on where that
 * ended, no checkpoint is needed: those that a repair made free are defined
 * anew before they are met.
 */
#ifndef WAL_OUTSET_H
#define WAL_OUTSET_H

#include <stdbool.h>

#include "wal/cursor.h"
#include "wal/known.h"
#include "wal/log.h"
#include "wal/notice.h"
#include "wal/plan.h"
#include "wal/status.h"

/* With ${from} set, and else zeroed, it is ready for use. */
struct wal_outset {
	enum wal_from from;
	struct wal_known series; /* Those known before, at first. */
	bool learned; /* Those of all before the mark are known, and all of its
			 generation was read that there is. */
	bool planned; /* It is settled. */
};

/**
 * wal_outset_settle(outset, log, cursor, plan, notice):
 * Unless that was done, make ${plan}, and set ${cursor} to its start, for ${log}
 * as listed.  Where nothing is left of its generation, that of the log becomes
 * the next: WAL_WAIT, list it and call again.  WAL_NOTICE: ${notice} is to be
 * told.  WAL_END: there is no telling yet; look again.
 */
enum wal_status wal_outset_settle(struct wal_outset *outset,
    struct wal_log *log, struct wal_cursor *cursor, struct wal_plan *plan,
    struct wal_notice *notice);

/* Settle it again, after the mark; ${learned}: see above. */
void wal_outset_again(struct wal_outset *outset, bool learned);

#endif /* WAL_OUTSET_H */
