/* SPDX-License-Identifier: Apache-2.0 */
#include "wal/plan.h"
#include "wal/resume.h"

/* Read all there is. */
static void
plan_all(struct wal_plan *plan)
{
	*plan = (struct wal_plan){
		.preferred = UINT64_MAX,
		.missed = true,
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
    const struct wal_resume *found, struct wal_notice *notice)
{
	wal_cursor_resume(cursor, &found->mark);
	if (found->mark.inside != 0)
		cursor->fresh.segment = found->next - 1;
	plan_all(plan);
	plan->begun = true;
	plan->want = found->next;
	return tell_gap(found->next, found->gone, notice);
}

/* Whether ${log} has a segment that its newest checkpoint covers. */
static bool
is_covered(const struct wal_log *log)
{
	const struct wal_dir_entry *last = wal_dir_last(&log->dir.checkpoints);

	return last != NULL && log->dir.segments.len > 0 &&
	    log->dir.segments.entries[0].number <= last->number;
}

/* Read all there is of ${log}, as ${generation}. */
static void
plan_whole(struct wal_plan *plan, struct wal_cursor *cursor,
    const struct wal_log *log, uint64_t generation)
{
	struct wal_mark start = { .generation = generation };

	plan_all(plan);
	wal_cursor_begin(cursor, generation);
	if (log->keeper == NULL || log->dir.segments.len == 0)
		return;
	/* What a checkpoint covers may be kept: then that is for series only. */
	plan->thorough = true;
	plan->missed = !is_covered(log);
	start.at.segment = log->dir.segments.entries[0].number;
	wal_cursor_resume(cursor, &start);
}

/* Read a log that is not, or not all, the one that the mark is of. */
static enum wal_status
plan_other(struct wal_plan *plan, struct wal_cursor *cursor,
    const struct wal_log *log, struct wal_resume *found,
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
		plan_whole(plan, cursor, log, found->mark.generation);
		notice->at = (struct wal_position){ found->next, 0 };
		notice->reason = "the log was begun anew";
	}
	return WAL_NOTICE;
}

/* Go on in ${log} past the mark of ${cursor}, as ${found}. */
static enum wal_status
plan_found(struct wal_plan *plan, struct wal_cursor *cursor,
    const struct wal_log *log, struct wal_resume *found,
    struct wal_notice *notice)
{
	switch (found->kind) {
	case WAL_RESUME_WAIT:
		return WAL_END;
	case WAL_RESUME_SAME:
		plan_past(plan, &found->mark);
		wal_cursor_resume(cursor, &found->mark);
		return WAL_OK;
	case WAL_RESUME_GAP:
		return plan_gap(plan, cursor, found, notice);
	default:
		return plan_other(plan, cursor, log, found, notice);
	}
}

/* Whether what was read last is of the log that is found. */
static bool
is_continued(const struct wal_resume *found)
{
	return found->mark.inside == 0 &&
	    (found->kind == WAL_RESUME_SAME ||
		found->kind == WAL_RESUME_REWRITTEN ||
		found->kind == WAL_RESUME_EARLIER);
}

enum wal_status
wal_plan_go_on(struct wal_plan *plan, struct wal_cursor *cursor,
    const struct wal_log *log, struct wal_notice *notice)
{
	struct wal_resume found;

	wal_resume_find(log, wal_cursor_mark(cursor), &found);
	if (!is_continued(&found))
		return plan_found(plan, cursor, log, &found, notice);
	if (found.kind == WAL_RESUME_REWRITTEN)
		wal_cursor_search(cursor, &found.mark);
	else
		wal_cursor_resume(cursor, &found.mark);
	/* Refs that a repair made free are learned before they are met. */
	*plan = (struct wal_plan){
		.preferred = UINT64_MAX,
		.bare = true,
		.carried = found.kind != WAL_RESUME_SAME,
		.begun = true,
		.want = found.mark.at.segment,
	};
	return WAL_OK;
}

enum wal_status
wal_plan_make(struct wal_plan *plan, struct wal_cursor *cursor,
    enum wal_from from, const struct wal_log *log, struct wal_notice *notice)
{
	struct wal_resume found;

	if (from == WAL_FROM_MARK) {
		wal_resume_find(log, wal_cursor_mark(cursor), &found);
		return plan_found(plan, cursor, log, &found, notice);
	}
	plan_whole(plan, cursor, log, log->generation);
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
