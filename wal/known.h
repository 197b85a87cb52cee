/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/known.h - a place in the log before which all series are known already.
 *
 * Whoever remembers the series of an earlier life need not read a checkpoint
 * to learn them.  Reading then begins with the segment of that place, or of the
 * mark to go on from, whichever comes first, if the log is still the one that
 * both are of, and no segment between them is missing.
 */
#ifndef WAL_KNOWN_H
#define WAL_KNOWN_H

#include <stdbool.h>

#include "wal/log.h"
#include "wal/mark.h"
#include "wal/notice.h"
#include "wal/plan.h"
#include "wal/status.h"

/* Zeroed: there is no such place. */
struct wal_known {
	bool is; /* There is. */
	struct wal_mark mark;
};

/**
 * wal_known_check(known, log, from, notice):
 * See whether ${known} is of use to go on from ${from} in ${log}, as listed.  WAL_NOTICE: no; ${known} is zeroed, and ${notice} is to be
 * told.  WAL_END: there is no telling yet; look again.  WAL_OK: yes, or there
 * is no such place.
 */
enum wal_status wal_known_check(struct wal_known *known,
    const struct wal_log *log, const struct wal_mark *from,
    struct wal_notice *notice);

/* Whether that place is ${from}, or behind it. */
bool wal_known_is_ahead(
    const struct wal_known *known, const struct wal_mark *from);

/**
 * wal_known_use(known, plan, from):
 * Have ${plan}, made to go on from ${from}, do without a checkpoint if ${known},
 * which was checked, allows that; it is zeroed.
 */
void wal_known_use(struct wal_known *known, struct wal_plan *plan,
    const struct wal_mark *from);

#endif /* WAL_KNOWN_H */
