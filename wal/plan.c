/* SPDX-License-Identifier: Apache-2.0 */
#include "wal/plan.h"
#include "wal/resume.h"

/* Whether the first segment is only kept, and a checkpoint covers it. */
static bool
is_kept(const struct wal_dir *dir)
{
	const struct wal_dir_list *list = &dir->segments;
	const struct wal_dir_entry *checkpoint =
	    wal_dir_last(&dir->checkpoints);

	return list->len > 0 && list->entries[0].name[0] == '\0' &&
	    checkpoint != NULL && checkpoint->number >= list->entries[0].number;
}

/* Read all there is, of what a checkpoint covers what is kept. */
static void
plan_all(struct wal_plan *plan, const struct wal_dir *dir, bool missed)
{
	bool kept = is_kept(dir);

	*plan = (struct wal_plan){
		.preferred = UINT64_MAX,
		.missed = missed && !kept,
		.thorough = kept,
	};
}

/* Go on past ${mark}. */
static void
plan_past(struct wal_plan *plan, const struct wal_mark *mark)
{
	*plan = (struct wal_plan){
		.preferred = wal_mark_position(mark).segment,
		.missed = mark->inside != 0,
		.thorough = mark->inside == 0,
	};
}

/* Say that ${count} segments before ${next} are gone, if there are any. */
static enum wal_status
tell_gap(uint64_t next, uint64_t count, struct wal_notice *notice)
{
	if (count == 0)
		return WAL_OK;
	*notice =
	    wal_notice_segment(WAL_GAP, next - count, count, WAL_GAP_REASON);
	return WAL_NOTICE;
}

/* Go on behind a gap that follows the mark. */
static enum wal_status
plan_gap(struct wal_plan *plan, struct wal_cursor *cursor,
    const struct wal_dir *dir, const struct wal_resume *found,
    struct wal_notice *notice)
{
	wal_cursor_resume(cursor, &found->mark);
	if (found->mark.inside != 0)
		cursor->fresh.segment = found->next - 1;
	plan_all(plan, dir, true);
	plan->missed = true;
	plan->begun = true;
	plan->want = found->next;
	return tell_gap(found->next, found->gone, notice);
}

/* Read a log that is not, or not all, the one that the mark is of. */
static enum wal_status
plan_other(struct wal_plan *plan, struct wal_cursor *cursor,
    const struct wal_dir *dir, struct wal_resume *found,
    struct wal_notice *notice)
{
	*notice = (struct wal_notice){
		.kind = WAL_RESTARTED,
		.at = wal_mark_position(&found->mark),
		.reason = "the log was repaired",
	};
	plan_past(plan, &found->mark);
	switch (found->kind) {
	case WAL_RESUME_REWRITTEN:
		wal_cursor_search(cursor, &found->mark);
		notice->at.offset = 0;
		break;
	case WAL_RESUME_EARLIER:
		wal_cursor_resume(cursor, &found->mark);
		break;
	default:
		plan_all(plan, dir, true);
		wal_cursor_begin(cursor, found->mark.generation);
		notice->at = (struct wal_position){ found->next, 0 };
		notice->reason = "the log was begun anew";
	}
	return WAL_NOTICE;
}

/* Go on past the mark of ${cursor}. */
static enum wal_status
plan_mark(struct wal_plan *plan, struct wal_cursor *cursor,
    const struct wal_log *log, struct wal_notice *notice)
{
	struct wal_resume found;

	wal_resume_find(log, wal_cursor_mark(cursor), &found);
	switch (found.kind) {
	case WAL_RESUME_WAIT:
		return WAL_END;
	case WAL_RESUME_SAME:
		plan_past(plan, &found.mark);
		wal_cursor_resume(cursor, &found.mark);
		return WAL_OK;
	case WAL_RESUME_GAP:
		return plan_gap(plan, cursor, &log->dir, &found, notice);
	default:
		return plan_other(plan, cursor, &log->dir, &found, notice);
	}
}

enum wal_status
wal_plan_make(struct wal_plan *plan, struct wal_cursor *cursor,
    enum wal_from from, const struct wal_log *log, struct wal_notice *notice)
{
	struct wal_mark end = { 0 };

	if (from == WAL_FROM_MARK)
		return plan_mark(plan, cursor, log, notice);
	if (from == WAL_FROM_END && wal_mark_end(&end, log)) {
		plan_past(plan, &end);
		wal_cursor_resume(cursor, &end);
	} else {
		plan_all(plan, &log->dir, from == WAL_FROM_OLDEST);
		wal_cursor_begin(cursor, log->generation);
	}
	return WAL_OK;
}

enum wal_status
wal_plan_cross(struct wal_plan *plan, const struct wal_cursor *cursor,
    uint64_t next, struct wal_notice *notice)
{
	uint64_t first = plan->want;

	if (first < cursor->fresh.segment)
		first = cursor->fresh.segment;
	plan->preferred = UINT64_MAX;
	plan->want = next;
	plan->missed = next > first;
	return tell_gap(next, plan->missed ? next - first : 0, notice);
}

const struct wal_dir_entry *
wal_plan_checkpoint(const struct wal_plan *plan, const struct wal_dir *dir)
{
	const struct wal_dir_entry *entry;

	if (plan->bare)
		return NULL;
	entry = wal_dir_upto(&dir->checkpoints, plan->preferred);
	return entry != NULL ? entry : wal_dir_last(&dir->checkpoints);
}

bool
wal_plan_awaits(struct wal_plan *plan, const struct wal_log *log,
    const struct wal_dir_entry *entry)
{
	const struct wal_dir_entry *next;

	if (!plan->missed || !plan->begun)
		return false;
	next = wal_dir_from(&log->dir.segments, plan->want);
	if (next == NULL || next->number > entry->number)
		return false;
	if (log->keeper == NULL && wal_dir_deleting(log->path, entry))
		return true;
	plan->missed = false;
	return false;
}

void
wal_plan_after(struct wal_plan *plan, const struct wal_cursor *cursor,
    const struct wal_dir *dir, uint64_t number)
{
	const struct wal_dir_list *list = &dir->segments;
	const struct wal_dir_entry *last = wal_dir_last(list);

	if (plan->begun)
		return;
	plan->begun = plan->loosely = true;
	plan->want = number + 1;
	/* One above every segment is of an older log, and covers none. */
	if (last != NULL &&
	    (last->number <= number ||
		(plan->thorough && number >= cursor->fresh.segment)))
		plan->want = list->entries[0].number;
}

void
wal_plan_leave(
    struct wal_plan *plan, const struct wal_dir *dir, uint64_t number)
{
	const struct wal_dir_entry *entry =
	    wal_dir_from(&dir->segments, number + 1);

	if (plan->loosely && entry != NULL && entry->number < plan->want)
		plan->want = entry->number;
	plan->loosely = false;
	plan->preferred = UINT64_MAX;
	plan->missed = false;
}
