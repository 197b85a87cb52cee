/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wal/checkpoint.h"
#include "wal/dir.h"
#include "wal/segment.h"
#include "wal/unpack.h"

struct wal_checkpoint {
	char *path;
	bool patient;
	struct wal_dir dir;
	size_t next; /* Index of the segment to open next. */
	struct wal_segment *segment;
	struct wal_unpack *unpack;
};

enum wal_status
wal_checkpoint_open(const char *path, bool patient, struct wal_checkpoint **ret)
{
	struct wal_checkpoint *checkpoint;
	enum wal_status st = WAL_NOMEM;

	if ((checkpoint = calloc(1, sizeof(*checkpoint))) == NULL)
		return WAL_NOMEM;
	checkpoint->patient = patient;
	checkpoint->path = strdup(path);
	checkpoint->unpack = wal_unpack_new();
	if (checkpoint->path != NULL && checkpoint->unpack != NULL)
		st = wal_dir_read(&checkpoint->dir, path);
	if (st != WAL_OK) {
		wal_checkpoint_free(checkpoint);
		return st;
	}
	*ret = checkpoint;
	return WAL_OK;
}

void
wal_checkpoint_free(struct wal_checkpoint *checkpoint)
{
	if (checkpoint == NULL)
		return;
	wal_segment_free(checkpoint->segment);
	wal_unpack_free(checkpoint->unpack);
	wal_dir_release(&checkpoint->dir);
	free(checkpoint->path);
	free(checkpoint);
}

static enum wal_status
open_next(struct wal_checkpoint *checkpoint)
{
	const struct wal_dir_list *list = &checkpoint->dir.segments;
	int fd;

	if (checkpoint->next == list->len)
		return WAL_END;
	fd = wal_dir_open_segment(
	    checkpoint->path, list->entries[checkpoint->next].name);
	if (fd == -1)
		return WAL_IO;
	checkpoint->segment = wal_segment_open(fd, 0, checkpoint->patient);
	if (checkpoint->segment == NULL) {
		(void)close(fd);
		return WAL_NOMEM;
	}
	checkpoint->next++;
	return WAL_OK;
}

/* Close the segment, all of which was read; what is left of it is damage. */
static enum wal_status
leave(struct wal_checkpoint *checkpoint)
{
	uint64_t from, unread = 0;

	(void)wal_segment_unread(checkpoint->segment, &from, &unread);
	wal_segment_free(checkpoint->segment);
	checkpoint->segment = NULL;
	return unread > 0 ? WAL_CORRUPT : WAL_OK;
}

enum wal_status
wal_checkpoint_next(struct wal_checkpoint *checkpoint, const uint8_t **ret_data,
    size_t *ret_len)
{
	struct wal_record record;
	enum wal_status st;

	for (;;) {
		if (checkpoint->segment == NULL &&
		    (st = open_next(checkpoint)) != WAL_OK)
			return st;
		st = wal_segment_next(checkpoint->segment, &record);
		if (st == WAL_OK)
			return wal_unpack_record(
			    checkpoint->unpack, &record, ret_data, ret_len);
		if (st != WAL_END || (st = leave(checkpoint)) != WAL_OK)
			return st;
	}
}
