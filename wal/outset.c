/* SPDX-License-Identifier: Apache-2.0 */
#include "wal/outset.h"

/* If the series are known up to ${from}, all before that is as good as read. */
static void
take_as_read(struct wal_outset *outset, const struct wal_log *log,
    const struct wal_mark *from)
{
	if (log->keeper == NULL || !wal_known_is_ahead(&outset->series, from))
		return;
	outset->learned = true;
	outset->series.is = false;
}

enum wal_status
wal_outset_settle(struct wal_outset *outset, struct wal_log *log,
    struct wal_cursor *cursor, struct wal_plan *plan, struct wal_notice *notice)
{
	const struct wal_mark *from = wal_cursor_mark(cursor);
	enum wal_status st;

	if (outset->planned)
		return WAL_OK;
	if (wal_log_is_over(log, wal_cursor_segment(cursor, log->generation))) {
		wal_log_advance(log);
		take_as_read(outset, log, from);
		return WAL_WAIT;
	}
	st = wal_known_check(&outset->series, log, from, notice);
	if (st != WAL_OK)
		return st;
	take_as_read(outset, log, from);
	st = outset->learned
	    ? wal_plan_go_on(plan, cursor, log, notice)
	    : wal_plan_make(plan, cursor, outset->from, log, notice);
	outset->planned = st == WAL_OK || st == WAL_NOTICE;
	if (st == WAL_OK)
		wal_known_use(&outset->series, plan, from);
	return st;
}

void
wal_outset_again(struct wal_outset *outset, bool learned)
{
	outset->from = WAL_FROM_MARK;
	outset->planned = false;
	outset->learned = learned;
}
