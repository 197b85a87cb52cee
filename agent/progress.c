/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/progress.h"
#include "wal/dir.h"

#define BAR_WIDTH 50 /* Columns. */

/* Bytes of the segments of ${list}, from ${first} on, in ${path}. */
static uint64_t
size_of_segments(
    const char *path, const struct wal_dir_list *list, uint64_t first)
{
	char full[4096 + WAL_NAME_MAX];
	uint64_t total = 0;
	struct stat st;
	size_t i;

	for (i = 0; i < list->len; i++) {
		if (list->entries[i].number < first)
			continue;
		(void)snprintf(
		    full, sizeof(full), "%s/%s", path, list->entries[i].name);
		if (stat(full, &st) == 0 && S_ISREG(st.st_mode))
			total += (uint64_t)st.st_size;
	}
	return total;
}

/* Bytes of the checkpoint ${name} of the log in ${path}. */
static uint64_t
size_of_checkpoint(const char *path, const char *name)
{
	char full[4096 + WAL_NAME_MAX];
	struct wal_dir dir = { 0 };
	uint64_t total = 0;

	(void)snprintf(full, sizeof(full), "%s/%s", path, name);
	if (wal_dir_read(&dir, full) == WAL_OK)
		total = size_of_segments(full, &dir.segments, 0);
	wal_dir_release(&dir);
	return total;
}

void
progress_begin(struct progress *progress, const char *wal_dir)
{
	const struct wal_dir_entry *checkpoint;
	struct wal_dir dir = { 0 };
	uint64_t first = 0;

	*progress = (struct progress){ 0 };
	if (!isatty(STDERR_FILENO))
		return;
	if (wal_dir_read(&dir, wal_dir) == WAL_OK) {
		if ((checkpoint = wal_dir_last(&dir.checkpoints)) != NULL) {
			first = checkpoint->number + 1;
			progress->total =
			    size_of_checkpoint(wal_dir, checkpoint->name);
		}
		progress->total +=
		    size_of_segments(wal_dir, &dir.segments, first);
	}
	wal_dir_release(&dir);
}

void
progress_add(struct progress *progress, uint64_t bytes)
{
	uint64_t percent;
	int filled;

	if (progress->total == 0)
		return;
	progress->done += bytes;
	percent = 100 * progress->done / progress->total;
	if (percent > 100)
		percent = 100;
	if (percent == progress->shown)
		return;
	progress->shown = percent;
	filled = (int)percent * BAR_WIDTH / 100;
	(void)fprintf(stderr, "\r[%.*s%*s] %3" PRIu64 "%%", filled,
	    "##################################################",
	    BAR_WIDTH - filled, "", percent);
}

void
progress_clear(struct progress *progress)
{
	if (progress->shown > 0)
		(void)fprintf(stderr, "\r%*s\r", BAR_WIDTH + 7, "");
	progress->shown = 0;
}
