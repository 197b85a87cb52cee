/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "wal/resume.h"

/* Whether ${path} has the file of ${place}, with what was read of it. */
static bool
holds(
    const char *path, const struct wal_dir *dir, const struct wal_place *place)
{
	const struct wal_dir_entry *entry =
	    wal_dir_at(&dir->segments, place->segment);
	bool is;
	int fd;

	if (entry == NULL ||
	    (fd = wal_dir_open_segment(path, entry->name)) == -1)
		return false;
	is = wal_place_holds(place, fd);
	(void)close(fd);
	return is;
}

/* Whether the checkpoint ${entry} is the one that ${mark} is in. */
static bool
is_inside(const char *path, const struct wal_dir_entry *entry,
    const struct wal_mark *mark)
{
	char inner[PATH_MAX + WAL_NAME_MAX];
	struct wal_dir dir = { 0 };
	bool is;

	if (snprintf(inner, sizeof(inner), "%s/%s", path, entry->name) >=
	    (int)sizeof(inner))
		return false;
	is = wal_dir_read(&dir, inner) == WAL_OK &&
	    holds(inner, &dir, &mark->at);
	wal_dir_release(&dir);
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
find_inside(const char *path, const struct wal_dir *dir,
    const struct wal_mark *mark, struct wal_resume *ret)
{
	const struct wal_dir_entry *entry =
	    wal_dir_at(&dir->checkpoints, mark->checkpoint);

	/* A checkpoint above every segment is of an older log. */
	if (wal_dir_last(&dir->segments)->number <= mark->checkpoint)
		return;
	if (entry != NULL) {
		if (is_inside(path, entry, mark))
			ret->kind = WAL_RESUME_SAME;
		return;
	}
	entry = wal_dir_last(&dir->checkpoints);
	if ((entry != NULL && entry->number > mark->checkpoint) ||
	    dir->segments.entries[0].number > mark->checkpoint)
		find_gap(dir, mark->checkpoint + 1, ret);
}

/* Find the last end of an earlier segment that is still there. */
static void
find_earlier(const char *path, const struct wal_dir *dir,
    const struct wal_mark *mark, struct wal_resume *ret)
{
	uint64_t i, j;

	for (i = 0; i < mark->before_len; i++)
		if (holds(path, dir, &mark->before[i]))
			break;
	if (i == mark->before_len)
		return;
	ret->kind = WAL_RESUME_EARLIER;
	ret->mark.at = mark->before[i];
	ret->mark.before_len = mark->before_len - i - 1;
	for (j = 0; j < WAL_MARK_BEFORE; j++)
		ret->mark.before[j] = j < ret->mark.before_len
		    ? mark->before[i + 1 + j]
		    : (struct wal_place){ 0 };
}

/* Whether what was read before the segment of ${mark} is there, or gone. */
static bool
follows(
    const char *path, const struct wal_dir *dir, const struct wal_mark *mark)
{
	struct wal_place begin = mark->at;

	if (mark->before_len > 0 && holds(path, dir, &mark->before[0]))
		return true;
	if (dir->segments.entries[0].number != mark->at.segment)
		return false;
	/* There is none before it: only its first fragment can tell. */
	begin.fragment = begin.offset = begin.offset > 0;
	return holds(path, dir, &begin);
}

void
wal_resume_find(const char *path, const struct wal_dir *dir,
    const struct wal_mark *mark, struct wal_resume *ret)
{
	const struct wal_place *at = &mark->at;
	bool there = wal_dir_at(&dir->segments, at->segment) != NULL;

	memset(ret, 0, sizeof(*ret));
	ret->mark = *mark;
	if (dir->segments.len == 0)
		return; /* WAL_RESUME_WAIT. */
	ret->kind = WAL_RESUME_ANEW;
	ret->next = dir->segments.entries[0].number;
	if (mark->inside != 0)
		find_inside(path, dir, mark, ret);
	else if (there && at->offset > 0 && holds(path, dir, at))
		ret->kind = WAL_RESUME_SAME;
	else if (there && at->offset == 0 && follows(path, dir, mark))
		ret->kind = WAL_RESUME_SAME;
	else if (wal_dir_repairing(dir, path))
		ret->kind = WAL_RESUME_WAIT;
	else if (ret->next > at->segment)
		find_gap(dir, at->segment, ret);
	else if (there && at->offset > 0 && follows(path, dir, mark))
		ret->kind = WAL_RESUME_REWRITTEN;
	else
		find_earlier(path, dir, mark, ret);
}

bool
wal_resume_is_foreign(
    const char *path, const struct wal_dir *dir, const struct wal_mark *mark)
{
	return mark->inside == 0 && mark->at.offset > 0 &&
	    wal_dir_at(&dir->segments, mark->at.segment) != NULL &&
	    !holds(path, dir, &mark->at);
}
