/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/spool/scan.h"
#include "wal/grow.h"

/* Add the segment ${entry} of ${path}, if it can be opened; -1: no memory. */
static int
sight(struct scan *scan, const char *path, const struct wal_dir_entry *entry)
{
	struct spool_sight *sights;
	struct stat st;
	int fd;

	if ((fd = wal_dir_open_segment(path, entry->name)) == -1) {
		scan->unfinished = true;
		return 0;
	}
	sights =
	    wal_grow(scan->sights, &scan->cap, scan->len + 1, sizeof(*sights));
	if (sights != NULL && fstat(fd, &st) == 0) {
		scan->sights = sights;
		sights[scan->len++] = (struct spool_sight){
			.number = entry->number,
			.device = st.st_dev,
			.inode = st.st_ino,
			.size = (uint64_t)st.st_size,
			.first = wal_content_first(fd),
			.written = (int64_t)st.st_mtime * 1000,
		};
	}
	(void)close(fd);
	return sights != NULL ? 0 : -1;
}

/* What the first file of the checkpoint ${entry} of ${path} begins with. */
static struct wal_content
first_in(const char *path, const struct wal_dir_entry *entry)
{
	struct wal_content first = { 0 };
	struct wal_dir dir = { 0 };
	char *inner;
	int fd;

	if (asprintf(&inner, "%s/%s", path, entry->name) == -1)
		return first;
	if (wal_dir_read(&dir, inner) == WAL_OK && dir.segments.len > 0) {
		fd = wal_dir_open_segment(inner, dir.segments.entries[0].name);
		if (fd != -1) {
			first = wal_content_first(fd);
			(void)close(fd);
		}
	}
	wal_dir_release(&dir);
	free(inner);
	return first;
}

/* Note the newest checkpoint of ${path}. */
static void
note_checkpoint(struct scan *scan, const char *path)
{
	const struct wal_dir_entry *last = wal_dir_last(&scan->dir.checkpoints);

	scan->checkpoint = (struct spool_checkpoint){ 0 };
	if (last == NULL)
		return;
	scan->checkpoint.number = last->number;
	scan->checkpoint.first = first_in(path, last);
}

/* Whether no name in the directory can have changed since the last look. */
static bool
is_unchanged(const struct scan *scan, const struct stat *now)
{
	const struct stat *then = &scan->looked;

	return !scan->unfinished && now->st_dev == then->st_dev &&
	    now->st_ino == then->st_ino &&
	    now->st_mtim.tv_sec == then->st_mtim.tv_sec &&
	    now->st_mtim.tv_nsec == then->st_mtim.tv_nsec &&
	    scan->looked_at - (int64_t)now->st_mtim.tv_sec * 1000 >
	    (int64_t)(SCAN_SETTLED / CLOCK_MSEC);
}

bool
scan_look(struct scan *scan, const char *path, int64_t wall)
{
	struct stat st;
	size_t i;

	if (stat(path, &st) != 0 || is_unchanged(scan, &st))
		return false;
	scan->unfinished = true; /* Until it comes to its end. */
	if (wal_dir_read(&scan->dir, path) != WAL_OK || scan->dir.repairing)
		return false;
	scan->unfinished = false;
	scan->len = 0;
	for (i = 0; i < scan->dir.segments.len; i++) {
		if (sight(scan, path, &scan->dir.segments.entries[i]) == 0)
			continue;
		scan->unfinished = true;
		return false;
	}
	note_checkpoint(scan, path);
	scan->looked = st;
	scan->looked_at = wall;
	return true;
}

void
scan_release(struct scan *scan)
{
	wal_dir_release(&scan->dir);
	free(scan->sights);
	*scan = (struct scan){ 0 };
}
