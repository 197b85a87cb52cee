/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "wal/preface.h"

void
wal_preface_close(struct wal_preface *preface)
{
	wal_checkpoint_free(preface->reader);
	preface->reader = NULL;
}

uint64_t
wal_preface_lowest(const struct wal_preface *preface)
{
	return preface->fallen ? preface->older.number : preface->newer.number;
}

/* The checkpoint that is being read. */
static const struct wal_dir_entry *
current(const struct wal_preface *preface)
{
	return preface->pass == WAL_PREFACE_OLDER ? &preface->older
						  : &preface->newer;
}

/* A part of the checkpoint cannot be read. */
static enum wal_status
tell_unreadable(
    const struct wal_preface *preface, int error, struct wal_notice *notice)
{
	*notice = (struct wal_notice){
		.kind = WAL_UNREADABLE,
		.at = { current(preface)->number, 0 },
		.checkpoint = true,
		.count = (uint64_t)error,
		.reason = "checkpoint cannot be read",
	};
	return WAL_NOTICE;
}

/* Open the current checkpoint. */
static enum wal_status
open_current(struct wal_preface *preface, struct wal_notice *notice)
{
	enum wal_status st;
	char *inner;

	wal_preface_close(preface);
	if (asprintf(&inner, "%s/%s", preface->path, current(preface)->name) ==
	    -1)
		return WAL_NOMEM;
	st = wal_checkpoint_open(inner, preface->patient, &preface->reader);
	if (st == WAL_IO) {
		st = tell_unreadable(preface, errno, notice);
		/* What has a name, and is not there, will not be. */
		if (notice->count == ENOENT && !wal_dir_is_link(inner))
			st = WAL_END;
	}
	free(inner);
	return st;
}

/* Turn to the older checkpoint, for a fault at ${offset} of ${file}. */
static void
fall_back(struct wal_preface *preface, uint64_t file, uint64_t offset)
{
	wal_preface_close(preface);
	preface->file = file;
	preface->offset = offset;
	preface->fallible = false;
	preface->fallen = true;
	preface->pass = WAL_PREFACE_OLDER;
}

/* The current checkpoint was read as far as can be: turn to the next, if any. */
static void
turn(struct wal_preface *preface)
{
	wal_preface_close(preface);
	preface->pass = preface->pass == WAL_PREFACE_OLDER ? WAL_PREFACE_AGAIN
							   : WAL_PREFACE_DONE;
}

enum wal_status
wal_preface_open(struct wal_preface *preface, const struct wal_dir_list *list,
    const struct wal_dir_entry *entry, struct wal_notice *notice)
{
	enum wal_status st;

	preface->newer = *entry;
	preface->fallible = entry > list->entries;
	preface->fallen = false;
	if (preface->fallible)
		preface->older = entry[-1];
	preface->pass = WAL_PREFACE_ONCE;
	st = open_current(preface, notice);
	if (st == WAL_NOTICE && preface->fallible)
		fall_back(preface, 0, 0);
	else if (st == WAL_NOTICE)
		turn(preface);
	return st;
}

/* Tell what the last fault was about. */
static enum wal_status
tell_fault(const struct wal_preface *preface, struct wal_notice *notice)
{
	const struct wal_checkpoint_fault *fault =
	    wal_checkpoint_fault(preface->reader);

	if (fault->error != 0)
		return tell_unreadable(preface, fault->error, notice);
	*notice = (struct wal_notice){
		.kind = fault->torn > 0 ? WAL_TORN : WAL_DAMAGED,
		.at = { current(preface)->number, fault->damage.offset },
		.checkpoint = true,
		.count = fault->torn,
		.reason = fault->damage.reason,
	};
	return WAL_NOTICE;
}

/* Whether a place was come to before the fault for which we fell back. */
static bool
is_known(const struct wal_preface *preface, uint64_t file, uint64_t offset)
{
	return preface->pass == WAL_PREFACE_AGAIN &&
	    (file < preface->file ||
		(file == preface->file && offset <= preface->offset));
}

/* Something of the current checkpoint cannot be read; WAL_OK: go on. */
static enum wal_status
meet_fault(struct wal_preface *preface, struct wal_notice *notice)
{
	const struct wal_checkpoint_fault *fault =
	    wal_checkpoint_fault(preface->reader);
	uint64_t file = fault->file, offset = fault->damage.offset;
	enum wal_status st;

	if (fault->error != 0)
		offset = UINT64_MAX;
	if (fault->error == ENOENT) {
		if (preface->pass != WAL_PREFACE_OLDER)
			return WAL_IO;
		turn(preface);
		return WAL_OK;
	}
	if (is_known(preface, file, offset))
		return WAL_OK;
	st = tell_fault(preface, notice);
	if (preface->fallible)
		fall_back(preface, file, offset);
	return st;
}

/* Open what is to be read next, if it can be; WAL_OK: go on. */
static enum wal_status
open_next(struct wal_preface *preface, struct wal_notice *notice)
{
	bool again = preface->pass == WAL_PREFACE_AGAIN;
	enum wal_status st = open_current(preface, notice);

	if (st == WAL_END && again)
		return WAL_IO;
	if (st == WAL_NOTICE || st == WAL_END)
		turn(preface);
	/* That the newer one cannot be read was told. */
	return st == WAL_END || (st == WAL_NOTICE && again) ? WAL_OK : st;
}

static enum wal_status
give(const struct wal_preface *preface, struct wal_preface_record *ret)
{
	ret->checkpoint = current(preface)->number;
	ret->again = preface->pass == WAL_PREFACE_OLDER ||
	    is_known(preface, ret->rec.file, ret->rec.held->record.end);
	return WAL_OK;
}

enum wal_status
wal_preface_next(struct wal_preface *preface, struct wal_preface_record *ret,
    struct wal_notice *notice)
{
	enum wal_status st;

	while (preface->pass != WAL_PREFACE_DONE) {
		if (preface->reader == NULL) {
			if ((st = open_next(preface, notice)) != WAL_OK)
				return st;
			continue;
		}
		st = wal_checkpoint_next(preface->reader, &ret->rec);
		switch (st) {
		case WAL_OK:
			return give(preface, ret);
		case WAL_END:
			turn(preface);
			break;
		case WAL_IO:
		case WAL_CORRUPT:
			if ((st = meet_fault(preface, notice)) != WAL_OK)
				return st;
			break;
		default:
			return st;
		}
	}
	return WAL_END;
}
