/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/plan.h - what to read of a log at first, and what of that is fresh.
 *
 * All series that records can refer to must be known before these: so reading
 * begins with a checkpoint, and what follows that is read whether fresh or not.
 */
#ifndef WAL_PLAN_H
#define WAL_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "wal/cursor.h"
#include "wal/dir.h"
#include "wal/follow.h"
#include "wal/log.h"
#include "wal/status.h"

struct wal_plan {
	uint64_t preferred; /* Take the newest checkpoint up to this number;
			       if there is none, the newest. */
	bool missed;        /* What it holds was not read before. */
	bool thorough;      /* Read segments that it covers too, if it covers
			       what is fresh. */
	bool bare;          /* No checkpoint: its series are known. */
	bool carried;       /* They are those of a log that was repaired: only
			       what follows it without a gap is by them. */
	bool begun;         /* ${want} is settled, */
	bool loosely;       /* by the number of a checkpoint. */
	uint64_t want;      /* The segment to open next. */
};

/**
 * wal_plan_make(plan, cursor, from, log, notice):
 * Make ${plan}, and set ${cursor} to its start, for ${log} as listed; with
 * WAL_FROM_MARK, the mark is ${cursor}'s.  WAL_NOTICE: it is made, and
 * ${notice} is to be told.  WAL_END: there is no telling yet; look again.
 */
enum wal_status wal_plan_make(struct wal_plan *plan, struct wal_cursor *cursor,
    enum wal_from from, const struct wal_log *log, struct wal_notice *notice);

/**
 * wal_plan_cross(plan, cursor, next, notice):
 * The segments from the wanted one up to ${next} are gone: go on with that.
 * WAL_NOTICE: ${notice} is to be told, for something of them was fresh.
 */
enum wal_status wal_plan_cross(struct wal_plan *plan,
    const struct wal_cursor *cursor, uint64_t next, struct wal_notice *notice);

/**
 * wal_plan_go_on(plan, cursor, log, notice):
 * The same past the mark of ${cursor}, when the series of all that is before it
 * are known, and all of its log was read that there is.
 */
enum wal_status wal_plan_go_on(struct wal_plan *plan, struct wal_cursor *cursor,
    const struct wal_log *log, struct wal_notice *notice);

/* The checkpoint to read before the segments, or NULL. */
const struct wal_dir_entry *wal_plan_checkpoint(
    const struct wal_plan *plan, const struct wal_dir *dir);

/**
 * wal_plan_awaits(plan, log, entry):
 * Whether segments of ${log}, as listed, that the checkpoint ${entry} covers, and
 * that come next after a gap, seem to be about to be deleted: look again then.
 * If they stay, or are kept, what it holds of them is not missed.
 */
bool wal_plan_awaits(struct wal_plan *plan, const struct wal_log *log,
    const struct wal_dir_entry *entry);

/* The checkpoint ${number} will be read: settle which segment comes next. */
void wal_plan_after(struct wal_plan *plan, const struct wal_cursor *cursor,
    const struct wal_dir *dir, uint64_t number);

/**
 * wal_plan_leave(plan, dir, number):
 * The checkpoint was read.  Where something was wrong with it, ${number} is that
 * of an older one: begin with what it does not cover, if that is still there.
 */
void wal_plan_leave(
    struct wal_plan *plan, const struct wal_dir *dir, uint64_t number);

#endif /* WAL_PLAN_H */
