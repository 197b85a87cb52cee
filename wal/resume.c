/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "wal/resume.h"

/* What the file of a place is. */
enum answer {
	IS_GONE,
	IS_UNTOLD, /* It cannot be opened for now. */
	IS_OTHER,
	IS_SAME, /* What was read of it is in it. */
};

/* Ask the file of ${place} in ${log}. */
static enum answer
ask(const struct wal_log *log, const struct wal_place *place)
{
	const struct wal_dir_entry *entry =
	    wal_dir_at(&log->dir.segments, place->segment);
	bool is;
	int fd;

	if (entry == NULL)
		return IS_GONE;
	if ((fd = wal_log_open(log, entry)) == -1)
		/* It went since it was listed, or there is no room for it. */
		return errno == ENOENT || errno == EMFILE || errno == ENFILE ||
			errno == ENOMEM
		    ? IS_UNTOLD
		    : IS_OTHER;
	is = wal_place_holds(place, fd);
	(void)close(fd);
	return is ? IS_SAME : IS_OTHER;
}

/* Whether ${log} has the file of ${place}, with what was read of it. */
static bool
holds(const struct wal_log *log, const struct wal_place *place)
{
	return ask(log, place) == IS_SAME;
}

/* Whether the checkpoint ${entry} is the one that ${mark} is in. */
static bool
is_inside(const struct wal_log *log, const struct wal_dir_entry *entry,
    const struct wal_mark *mark)
{
	char inner[PATH_MAX + WAL_NAME_MAX];
	struct wal_log checkpoint = { .path = inner };
	bool is;

	if (snprintf(inner, sizeof(inner), "%s/%s", log->path, entry->name) >=
	    (int)sizeof(inner))
		return false;
	is = wal_log_look(&checkpoint) == WAL_OK &&
	    holds(&checkpoint, &mark->at);
	wal_log_release(&checkpoint);
	return is;
}

/* What was read up to ${segment} is gone, and more until the first there is. */
static void
find_gap(const struct wal_dir *dir, uint64_t segment, struct wal_resume *ret)
{
	const struct wal_dir_entry *next =
	    wal_dir_from(&dir->segments, segment);

	ret->kind = WAL_RESUME_GAP;
	ret->next = next != NULL ? next->number : segment;
	ret->gone = ret->next - segment;
}

/* The same as wal_resume_find, for a mark in a checkpoint. */
static void
find_inside(const struct wal_log *log, const struct wal_mark *mark,
    struct wal_resume *ret)
{
	const struct wal_dir *dir = &log->dir;
	const struct wal_dir_entry *entry = wal_dir_last(&dir->segments);

	/* A checkpoint above every segment is of an older log. */
	if (entry == NULL || entry->number <= mark->checkpoint)
		return;
	entry = wal_dir_at(&dir->checkpoints, mark->checkpoint);
	if (entry != NULL) {
		if (is_inside(log, entry, mark))
			ret->kind = WAL_RESUME_SAME;
		return;
	}
	entry = wal_dir_last(&dir->checkpoints);
	if ((entry != NULL && entry->number > mark->checkpoint) ||
	    dir->segments.entries[0].number > mark->checkpoint)
		find_gap(dir, mark->checkpoint + 1, ret);
}

/* Whether a keeper says that ${mark} is of the log that is read. */
static bool
is_vouched_for(const struct wal_log *log, const struct wal_mark *mark)
{
	return log->keeper != NULL && mark->generation == log->generation;
}

/* Whether ${log} has the segment before ${number}; a keeper may leave holes. */
static bool
has_before(const struct wal_log *log, uint64_t number)
{
	const struct wal_dir_list *list = &log->dir.segments;

	return log->keeper != NULL
	    ? number > 0 && wal_dir_at(list, number - 1) != NULL
	    : list->entries[0].number < number;
}

/* Whether what was read before the segment of ${mark} is there, or gone. */
static bool
follows(const struct wal_log *log, const struct wal_mark *mark)
{
	struct wal_place begin = mark->at;

	/* Of a segment between them nothing is known. */
	if (mark->before_len > 0 &&
	    mark->before[0].segment + 1 == mark->at.segment &&
	    holds(log, &mark->before[0]))
		return true;
	if (has_before(log, mark->at.segment))
		return false;
	/* There is none before it: else only its first fragment can tell. */
	if (is_vouched_for(log, mark))
		return true;
	begin.fragment = begin.offset = begin.offset > 0;
	return holds(log, &begin);
}

/* Whether the segment of ${mark} is there, and has other content. */
static bool
is_rewritten(const struct wal_log *log, const struct wal_mark *mark)
{
	return mark->at.offset > 0 &&
	    wal_dir_at(&log->dir.segments, mark->at.segment) != NULL &&
	    follows(log, mark);
}

/* Go back to the end of the segment before; false if none is known. */
static bool
step_back(struct wal_mark *mark)
{
	if (mark->before_len == 0)
		return false;
	mark->at = mark->before[0];
	mark->before_len--;
	memmove(mark->before, mark->before + 1,
	    (WAL_MARK_BEFORE - 1) * sizeof(*mark->before));
	mark->before[WAL_MARK_BEFORE - 1] = (struct wal_place){ 0 };
	return true;
}

/*
 * What was read last is not there: find the last segment of which something
 * is.
 */
static void
find_earlier(const struct wal_log *log, const struct wal_mark *mark,
    struct wal_resume *ret)
{
	struct wal_mark back = *mark;
	bool rewritten;

	while (!(rewritten = is_rewritten(log, &back)))
		if (!step_back(&back))
			return;
		else if (holds(log, &back.at))
			break;
	ret->kind = rewritten ? WAL_RESUME_REWRITTEN : WAL_RESUME_EARLIER;
	ret->mark = back;
}

/* Whether the segment of ${mark} was deleted, of which there are later ones. */
static bool
is_gone(const struct wal_log *log, const struct wal_mark *mark)
{
	const struct wal_dir_list *list = &log->dir.segments;

	/* Else a lower number is of another log. */
	if (is_vouched_for(log, mark))
		return wal_dir_at(list, mark->at.segment) == NULL &&
		    wal_dir_from(list, mark->at.segment) != NULL;
	return list->entries[0].number > mark->at.segment;
}

/* Find in ${log}, which has segments, what follows ${mark}. */
static void
find(const struct wal_log *log, const struct wal_mark *mark,
    struct wal_resume *ret)
{
	const struct wal_dir *dir = &log->dir;
	const struct wal_place *at = &mark->at;
	bool there = wal_dir_at(&dir->segments, at->segment) != NULL;
	enum answer answer =
	    mark->inside == 0 && at->offset > 0 ? ask(log, at) : IS_GONE;

	ret->kind = WAL_RESUME_ANEW;
	ret->next = dir->segments.entries[0].number;
	if (mark->inside != 0)
		find_inside(log, mark, ret);
	else if (answer == IS_UNTOLD)
		ret->kind = WAL_RESUME_WAIT;
	else if (answer == IS_SAME)
		ret->kind = WAL_RESUME_SAME;
	else if (there && at->offset == 0 &&
	    (is_vouched_for(log, mark) || follows(log, mark)))
		ret->kind = WAL_RESUME_SAME;
	else if (dir->repairing)
		ret->kind = WAL_RESUME_WAIT;
	else if (is_gone(log, mark))
		find_gap(dir, at->segment, ret);
	else
		find_earlier(log, mark, ret);
}

/*
 * Nothing tells by its content that it is the log that was read.  If a keeper
 * knows segments that are of both, all before the first that is not was read.
 */
static void
find_common(const struct wal_log *log, const struct wal_mark *mark,
    struct wal_resume *ret)
{
	uint64_t common =
	    log->keeper->common(log->keeper, mark->generation, log->generation);

	if (mark->inside != 0 || common == 0 || mark->at.segment < common)
		return;
	ret->kind = WAL_RESUME_EARLIER;
	ret->mark = (struct wal_mark){ .at.segment = common };
}

void
wal_resume_find(const struct wal_log *log, const struct wal_mark *mark,
    struct wal_resume *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->mark = *mark;
	if (log->dir.segments.len == 0)
		return; /* WAL_RESUME_WAIT. */
	find(log, mark, ret);
	if (log->keeper != NULL) {
		/* No segment of another generation was deleted in this. */
		if (ret->kind == WAL_RESUME_GAP &&
		    mark->generation != log->generation) {
			ret->kind = WAL_RESUME_ANEW;
			ret->next = log->dir.segments.entries[0].number;
		}
		if (ret->kind == WAL_RESUME_ANEW)
			find_common(log, mark, ret);
		ret->mark.generation = log->generation;
	} else if (ret->kind > WAL_RESUME_GAP) {
		ret->mark.generation++;
	}
}

bool
wal_resume_is_foreign(const struct wal_log *log, const struct wal_mark *mark)
{
	return mark->inside == 0 && mark->at.offset > 0 &&
	    ask(log, &mark->at) == IS_OTHER;
}

bool
wal_resume_is_doubtful(
    const struct wal_log *log, const struct wal_mark *mark, uint64_t known)
{
	const struct wal_dir_entry *newest =
	    wal_dir_last(&log->dir.checkpoints);

	return log->keeper == NULL && mark->inside == 0 &&
	    mark->at.offset > 0 &&
	    wal_dir_at(&log->dir.segments, mark->at.segment) == NULL &&
	    newest != NULL && newest->number >= mark->at.segment &&
	    newest->number >= known;
}
