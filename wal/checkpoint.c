/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wal/checkpoint.h"
#include "wal/dir.h"
#include "wal/unpack.h"

struct wal_checkpoint {
	char *path;
	bool patient;
	struct wal_dir dir;
	size_t next; /* Index of the segment to open next. */
	struct wal_held held;
	struct wal_unpack *unpack;
	struct wal_checkpoint_fault fault;
};

enum wal_status
wal_checkpoint_open(const char *path, bool patient, struct wal_checkpoint **ret)
{
	struct wal_checkpoint *checkpoint;
	enum wal_status st = WAL_NOMEM;
	int error;

	if ((checkpoint = calloc(1, sizeof(*checkpoint))) == NULL)
		return WAL_NOMEM;
	checkpoint->patient = patient;
	checkpoint->path = strdup(path);
	checkpoint->unpack = wal_unpack_new();
	if (checkpoint->path != NULL && checkpoint->unpack != NULL)
		st = wal_dir_read(&checkpoint->dir, path);
	if (st != WAL_OK) {
		error = st == WAL_CORRUPT ? E2BIG : errno;
		wal_checkpoint_free(checkpoint);
		errno = error;
		return st == WAL_CORRUPT ? WAL_IO : st;
	}
	*ret = checkpoint;
	return WAL_OK;
}

void
wal_checkpoint_free(struct wal_checkpoint *checkpoint)
{
	if (checkpoint == NULL)
		return;
	wal_held_close(&checkpoint->held);
	wal_unpack_free(checkpoint->unpack);
	wal_dir_release(&checkpoint->dir);
	free(checkpoint->path);
	free(checkpoint);
}

const struct wal_checkpoint_fault *
wal_checkpoint_fault(const struct wal_checkpoint *checkpoint)
{
	return &checkpoint->fault;
}

/* The segment at hand, or to be opened next, cannot be read: leave it. */
static enum wal_status
unreadable(struct wal_checkpoint *checkpoint)
{
	checkpoint->fault.damage = (struct wal_damage){ 0 };
	checkpoint->fault.torn = 0;
	checkpoint->fault.error = errno;
	wal_held_close(&checkpoint->held);
	errno = checkpoint->fault.error;
	return WAL_IO;
}

static enum wal_status
damaged(
    struct wal_checkpoint *checkpoint, struct wal_damage damage, uint64_t torn)
{
	checkpoint->fault.error = 0;
	checkpoint->fault.damage = damage;
	checkpoint->fault.torn = torn;
	return WAL_CORRUPT;
}

static enum wal_status
open_next(struct wal_checkpoint *checkpoint)
{
	const struct wal_dir_list *list = &checkpoint->dir.segments;
	const struct wal_dir_entry *entry;
	enum wal_status st;

	if (checkpoint->next == list->len)
		return WAL_END;
	entry = &list->entries[checkpoint->next];
	st = wal_held_open(&checkpoint->held,
	    wal_dir_open_segment(checkpoint->path, entry->name), 0,
	    checkpoint->patient);
	if (st == WAL_NOMEM)
		return st;
	checkpoint->next++;
	checkpoint->fault.file = entry->number;
	return st == WAL_IO ? unreadable(checkpoint) : WAL_OK;
}

/* Close the segment, all of which was read; what is left of it is damage. */
static enum wal_status
leave(struct wal_checkpoint *checkpoint)
{
	struct wal_damage torn = { 0, "record without an end" };
	uint64_t unread = 0;

	(void)wal_segment_unread(
	    checkpoint->held.segment, &torn.offset, &unread);
	wal_held_close(&checkpoint->held);
	return unread > 0 ? damaged(checkpoint, torn, unread) : WAL_OK;
}

enum wal_status
wal_checkpoint_next(
    struct wal_checkpoint *checkpoint, struct wal_checkpoint_record *ret)
{
	enum wal_status st;

	for (;;) {
		if (checkpoint->held.segment == NULL &&
		    (st = open_next(checkpoint)) != WAL_OK)
			return st;
		st = wal_held_next(&checkpoint->held, checkpoint->unpack,
		    &ret->data, &ret->len);
		switch (st) {
		case WAL_OK:
			ret->file = checkpoint->fault.file;
			ret->held = &checkpoint->held;
			return WAL_OK;
		case WAL_CORRUPT:
			return damaged(checkpoint, checkpoint->held.damage, 0);
		case WAL_IO:
			return unreadable(checkpoint);
		case WAL_END:
			if ((st = leave(checkpoint)) != WAL_OK)
				return st;
			break;
		default:
			return st;
		}
	}
}
