/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "wal/log.h"

/* List the directory; one that is not there is an empty one. */
static enum wal_status
list_directory(struct wal_log *log)
{
	enum wal_status st = wal_dir_read(&log->dir, log->path);

	if (st == WAL_CORRUPT) {
		errno = E2BIG;
		return WAL_IO;
	}
	return st == WAL_IO && errno == ENOENT ? WAL_OK : st;
}

/* Leave of the checkpoints those that cover only segments below ${common}. */
static void
keep_common(struct wal_dir_list *checkpoints, uint64_t common)
{
	while (checkpoints->len > 0 &&
	    checkpoints->entries[checkpoints->len - 1].number >= common)
		checkpoints->len--;
}

enum wal_status
wal_log_look(struct wal_log *log)
{
	struct wal_dir *dir = &log->dir;
	enum wal_status st;
	uint64_t now;

	if ((st = list_directory(log)) != WAL_OK || log->keeper == NULL)
		return st;
	/* After that, so that no name listed is of a generation to come. */
	now = log->keeper->generation(log->keeper);
	if (log->generation > now)
		log->generation = now;
	log->closed = log->generation < now;
	if (log->closed) {
		dir->segments.len = 0;
		dir->repairing = false;
	}
	st = log->keeper->list(log->keeper, log->generation, &dir->segments);
	if (st != WAL_OK)
		return st;
	if (log->closed)
		keep_common(&dir->checkpoints,
		    log->keeper->common(log->keeper, log->generation, now));
	wal_dir_order(&dir->segments);
	return WAL_OK;
}

int
wal_log_open(const struct wal_log *log, const struct wal_dir_entry *entry)
{
	int fd;

	if (log->keeper != NULL) {
		/* Under its name there may be another file by now. */
		fd = log->keeper->open(
		    log->keeper, log->generation, entry->number);
		if (fd != -1 || errno != ENOENT || entry->name[0] == '\0')
			return fd;
	}
	return wal_dir_open_segment(log->path, entry->name);
}

bool
wal_log_is_over(const struct wal_log *log, uint64_t number)
{
	return log->closed && wal_dir_from(&log->dir.segments, number) == NULL;
}

void
wal_log_advance(struct wal_log *log)
{
	log->generation = log->keeper->next(log->keeper, log->generation);
}

void
wal_log_release(struct wal_log *log)
{
	wal_dir_release(&log->dir);
}
