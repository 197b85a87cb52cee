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

/* A part of the checkpoint cannot be read. */
static enum wal_status
tell_unreadable(
    const struct wal_preface *preface, int error, struct wal_notice *notice)
{
	*notice = (struct wal_notice){
		.kind = WAL_UNREADABLE,
		.at = { preface->number, 0 },
		.checkpoint = true,
		.count = (uint64_t)error,
		.reason = "checkpoint cannot be read",
	};
	return WAL_NOTICE;
}

enum wal_status
wal_preface_open(struct wal_preface *preface, const char *path,
    const struct wal_dir_entry *entry, bool patient, struct wal_notice *notice)
{
	enum wal_status st;
	char *inner;

	wal_preface_close(preface);
	preface->number = entry->number;
	if (asprintf(&inner, "%s/%s", path, entry->name) == -1)
		return WAL_NOMEM;
	st = wal_checkpoint_open(inner, patient, &preface->reader);
	if (st == WAL_IO) {
		st = tell_unreadable(preface, errno, notice);
		/* What has a name, and is not there, will not be. */
		if (notice->count == ENOENT && !wal_dir_is_link(inner))
			st = WAL_END;
	}
	free(inner);
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
		.at = { preface->number, fault->damage.offset },
		.checkpoint = true,
		.count = fault->torn,
		.reason = fault->damage.reason,
	};
	return WAL_NOTICE;
}

enum wal_status
wal_preface_next(struct wal_preface *preface, struct wal_checkpoint_record *ret,
    struct wal_notice *notice)
{
	enum wal_status st = WAL_END;

	if (preface->reader != NULL)
		st = wal_checkpoint_next(preface->reader, ret);
	if (st == WAL_CORRUPT ||
	    (st == WAL_IO &&
		wal_checkpoint_fault(preface->reader)->error != ENOENT))
		return tell_fault(preface, notice);
	return st;
}
