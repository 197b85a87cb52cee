/* SPDX-License-Identifier: Apache-2.0 */
#include "wal/known.h"
#include "wal/resume.h"

/* Whether all segments from ${first} to ${last} are in ${dir}. */
static bool
are_there(const struct wal_dir *dir, uint64_t first, uint64_t last)
{
	uint64_t number;

	/* There is a file for each number that is looked for. */
	for (number = first; number <= last; number++)
		if (wal_dir_at(&dir->segments, number) == NULL)
			return false;
	return true;
}

bool
wal_known_is_ahead(const struct wal_known *known, const struct wal_mark *from)
{
	return known->is && known->mark.inside == 0 && from->inside == 0 &&
	    known->mark.generation == from->generation &&
	    wal_mark_compare(&known->mark, from) >= 0;
}

/* Whether the log goes on after ${from} as ${found}, though repaired. */
static bool
is_continued(const struct wal_log *log, const struct wal_known *known,
    const struct wal_mark *from, const struct wal_resume *found)
{
	return log->keeper != NULL && wal_known_is_ahead(known, from) &&
	    (found->kind == WAL_RESUME_REWRITTEN ||
		found->kind == WAL_RESUME_EARLIER);
}

/* Whether both marks are of the log as it is, with all between them. */
static bool
is_of_use(const struct wal_log *log, const struct wal_mark *known,
    const struct wal_mark *from, const struct wal_resume *found)
{
	uint64_t a = known->at.segment, b = from->at.segment;

	return found->kind == WAL_RESUME_SAME && known->inside == 0 &&
	    from->inside == 0 && known->generation == from->generation &&
	    are_there(&log->dir, a < b ? a : b, a < b ? b : a) &&
	    !wal_resume_is_foreign(log, known);
}

enum wal_status
wal_known_check(struct wal_known *known, const struct wal_log *log,
    const struct wal_mark *from, struct wal_notice *notice)
{
	struct wal_resume found;

	if (!known->is)
		return WAL_OK;
	wal_resume_find(log, from, &found);
	if (found.kind == WAL_RESUME_WAIT)
		return WAL_END;
	if (is_of_use(log, &known->mark, from, &found) ||
	    is_continued(log, known, from, &found))
		return WAL_OK;
	known->is = false;
	*notice = (struct wal_notice){
		.kind = WAL_UNKNOWN,
		.at = wal_mark_position(&known->mark),
		.reason = "the log from there on is not there, or another one",
	};
	return WAL_NOTICE;
}

void
wal_known_use(
    struct wal_known *known, struct wal_plan *plan, const struct wal_mark *from)
{
	const struct wal_mark *lower =
	    wal_mark_compare(&known->mark, from) < 0 ? &known->mark : from;

	if (!known->is)
		return;
	known->is = false;
	plan->preferred = UINT64_MAX;
	plan->missed = false;
	plan->bare = plan->begun = true;
	plan->want = lower->at.segment;
}
