/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wal/dir.h"
#include "wal/follow.h"
#include "wal/held.h"
#include "wal/unpack.h"

/* Looks in a row at a directory that changes as we look, before a pause. */
#define LOOKS_MAX 8u

struct wal_follow {
	char *path;
	enum wal_from from;
	bool patient;

	enum { AT_START, IN_CHECKPOINT, IN_SEGMENTS } phase;
	uint64_t known;            /* Segments below, by checkpoints read. */
	bool anchored;             /* ${fresh} is known. */
	struct wal_position fresh; /* The first fresh record ends past it. */

	struct wal_dir dir;
	char *checkpoint_path; /* Of the checkpoint being read. */
	uint64_t checkpoint;   /* Its number. */
	struct wal_dir checkpoint_dir;
	size_t checkpoint_next; /* Index of its next segment. */

	struct wal_held held;     /* Closed: the next is to be opened. */
	struct wal_record record; /* Of it, if not given yet: */
	bool pending;             /* there was no memory. */
	uint64_t number;          /* Of the segment, also in a checkpoint. */
	bool finished;            /* A later segment exists. */
	bool started;             /* A segment was opened: ${want} counts. */
	uint64_t want;            /* The number of the segment to open. */

	struct wal_unpack *unpack;
	struct wal_position position;
	struct wal_notice notice;
};

struct wal_follow *
wal_follow_open(const char *path, enum wal_from from, bool patient)
{
	struct wal_follow *follow;

	if ((follow = calloc(1, sizeof(*follow))) == NULL)
		return NULL;
	follow->from = from;
	follow->patient = patient;
	follow->path = strdup(path);
	follow->unpack = wal_unpack_new();
	if (follow->path == NULL || follow->unpack == NULL) {
		wal_follow_free(follow);
		return NULL;
	}
	return follow;
}

void
wal_follow_free(struct wal_follow *follow)
{
	if (follow == NULL)
		return;
	wal_held_close(&follow->held);
	wal_unpack_free(follow->unpack);
	wal_dir_release(&follow->dir);
	wal_dir_release(&follow->checkpoint_dir);
	free(follow->checkpoint_path);
	free(follow->path);
	free(follow);
}

const struct wal_notice *
wal_follow_notice(const struct wal_follow *follow)
{
	return &follow->notice;
}

struct wal_position
wal_follow_position(const struct wal_follow *follow)
{
	return follow->position;
}

bool
wal_follow_checkpoint(const struct wal_follow *follow, uint64_t *ret)
{
	const struct wal_dir_entry *last =
	    wal_dir_last(&follow->dir.checkpoints);

	if (last != NULL)
		*ret = last->number;
	return last != NULL;
}

bool
wal_follow_waiting(const struct wal_follow *follow)
{
	return !follow->started;
}

const char *
wal_follow_path(const struct wal_follow *follow)
{
	return follow->path;
}

/* Have the caller hear of ${notice} next. */
static enum wal_status
tell(struct wal_follow *follow, const struct wal_notice *notice)
{
	follow->notice = *notice;
	return WAL_NOTICE;
}

/* Have the caller hear of damage at ${offset} of the open segment. */
static enum wal_status
tell_damage(struct wal_follow *follow, uint64_t offset, const char *reason)
{
	bool checkpoint = follow->phase == IN_CHECKPOINT;

	return tell(follow,
	    &(struct wal_notice){
		.kind = WAL_DAMAGED,
		.at = { checkpoint ? follow->checkpoint : follow->number,
		    offset },
		.checkpoint = checkpoint,
		.reason = reason,
	    });
}

/* Have the caller hear that a part of the checkpoint cannot be read. */
static enum wal_status
tell_unreadable(struct wal_follow *follow, int error)
{
	return tell(follow,
	    &(struct wal_notice){
		.kind = WAL_UNREADABLE,
		.at = { follow->checkpoint, 0 },
		.checkpoint = true,
		.count = (uint64_t)error,
		.reason = "checkpoint cannot be read",
	    });
}

/* List the directory; one that is not there is an empty one. */
static enum wal_status
look(struct wal_follow *follow)
{
	enum wal_status st = wal_dir_read(&follow->dir, follow->path);

	if (st == WAL_CORRUPT) {
		errno = E2BIG;
		return WAL_IO;
	}
	return st == WAL_IO && errno == ENOENT ? WAL_OK : st;
}

/* Settle, at the first look, which record is the first fresh one. */
static void
anchor(struct wal_follow *follow)
{
	const struct wal_dir_entry *last = wal_dir_last(&follow->dir.segments);
	struct stat st;

	if (follow->anchored)
		return;
	if (follow->from == WAL_FROM_END && last != NULL) {
		follow->fresh.segment = last->number;
		if (wal_dir_stat(follow->path, last->name, &st))
			follow->fresh.offset = (uint64_t)st.st_size;
	}
	follow->anchored = true;
}

/*
 * Settle, at the first look, which segment to read after the checkpoint.  One
 * above every segment is left from an older log, and covers none of them.
 */
static void
begin_after(struct wal_follow *follow, uint64_t checkpoint)
{
	const struct wal_dir_list *list = &follow->dir.segments;
	const struct wal_dir_entry *last = wal_dir_last(list);

	if (follow->started)
		return;
	follow->want = last != NULL && last->number <= checkpoint
	    ? list->entries[0].number
	    : checkpoint + 1;
	follow->started = true;
}

/* Begin to read the checkpoint ${entry}, after which come the segments. */
static enum wal_status
enter_checkpoint(struct wal_follow *follow, const struct wal_dir_entry *entry)
{
	enum wal_status st;
	int error;

	free(follow->checkpoint_path);
	if (asprintf(&follow->checkpoint_path, "%s/%s", follow->path,
		entry->name) == -1) {
		follow->checkpoint_path = NULL;
		return WAL_NOMEM;
	}
	follow->phase = IN_CHECKPOINT;
	follow->checkpoint = entry->number;
	follow->checkpoint_next = 0;
	begin_after(follow, entry->number);
	st = wal_dir_read(&follow->checkpoint_dir, follow->checkpoint_path);
	error = st == WAL_CORRUPT ? E2BIG : errno;
	if (st == WAL_OK || st == WAL_NOMEM)
		return st;
	if (error == ENOENT && !wal_dir_is_link(follow->checkpoint_path)) {
		follow->phase = AT_START;
		return WAL_OK;
	}
	return tell_unreadable(follow, error);
}

static enum wal_status
start(struct wal_follow *follow)
{
	const struct wal_dir_entry *entry;
	enum wal_status st;

	if ((st = look(follow)) != WAL_OK)
		return st;
	anchor(follow);
	entry = wal_dir_last(&follow->dir.checkpoints);
	if (entry != NULL && entry->number >= follow->known)
		return enter_checkpoint(follow, entry);
	if (!follow->started && follow->dir.segments.len == 0)
		return WAL_END;
	follow->phase = IN_SEGMENTS;
	return WAL_OK;
}

/* Open ${entry} of the directory ${path} as the segment to read. */
static enum wal_status
open_segment(struct wal_follow *follow, const char *path,
    const struct wal_dir_entry *entry)
{
	enum wal_status st =
	    wal_held_open(&follow->held, path, entry->name, follow->patient);

	if (st == WAL_OK) {
		follow->number = entry->number;
		follow->finished = false;
	}
	return st;
}

static enum wal_status
open_checkpoint_segment(struct wal_follow *follow)
{
	const struct wal_dir_list *list = &follow->checkpoint_dir.segments;
	enum wal_status st;

	if (follow->checkpoint_next == list->len) {
		follow->phase = IN_SEGMENTS;
		follow->known = follow->checkpoint + 1;
		return WAL_OK;
	}
	st = open_segment(follow, follow->checkpoint_path,
	    &list->entries[follow->checkpoint_next]);
	if (st == WAL_IO && errno == ENOENT) {
		/* A newer checkpoint has replaced this one. */
		follow->phase = AT_START;
		return WAL_OK;
	}
	if (st == WAL_NOMEM)
		return st;
	follow->checkpoint_next++;
	return st == WAL_IO ? tell_unreadable(follow, errno) : WAL_OK;
}

/* The segments from the wanted one up to ${next} are gone. */
static enum wal_status
cross_gap(struct wal_follow *follow, uint64_t next)
{
	const struct wal_dir_entry *checkpoint =
	    wal_dir_last(&follow->dir.checkpoints);
	struct wal_notice gap = { .kind = WAL_GAP };

	/* Go through the start again, for a checkpoint that covers them. */
	if (checkpoint != NULL && checkpoint->number >= follow->want)
		follow->phase = AT_START;
	gap.at.segment = follow->want > follow->fresh.segment
	    ? follow->want
	    : follow->fresh.segment;
	gap.reason = "segments were deleted before they were read";
	follow->want = next;
	if (next <= gap.at.segment)
		return WAL_OK;
	gap.count = next - gap.at.segment;
	return tell(follow, &gap);
}

/* Begin again with a WAL that is not the one we knew. */
static enum wal_status
restart(struct wal_follow *follow)
{
	uint64_t first = follow->dir.segments.entries[0].number;

	wal_held_close(&follow->held);
	follow->phase = AT_START;
	follow->started = false;
	follow->known = 0;
	follow->fresh = follow->position = (struct wal_position){ 0, 0 };
	return tell(follow,
	    &(struct wal_notice){
		.kind = WAL_RESTARTED,
		.at = { first, 0 },
		.reason = "the log was begun anew",
	    });
}

/*
 * The wanted segment does not exist.  The one before it may be the last there
 * is; if the last is further back, it is of another log.
 */
static enum wal_status
await_segment(struct wal_follow *follow)
{
	const struct wal_dir_entry *last = wal_dir_last(&follow->dir.segments);

	if (last == NULL || last->number + 1 >= follow->want)
		return WAL_END;
	return restart(follow);
}

static enum wal_status
open_next_segment(struct wal_follow *follow)
{
	const struct wal_dir_entry *entry;
	enum wal_status st;

	if ((st = look(follow)) != WAL_OK)
		return st;
	entry = wal_dir_from(
	    &follow->dir.segments, follow->started ? follow->want : 0);
	if (entry == NULL)
		return await_segment(follow);
	if (follow->started && entry->number > follow->want)
		return cross_gap(follow, entry->number);

	follow->want = entry->number;
	follow->started = true;
	st = open_segment(follow, follow->path, entry);
	if (st == WAL_IO && errno == ENOENT)
		return WAL_OK;
	if (st == WAL_IO && (errno == ELOOP || errno == EINVAL)) {
		follow->number = follow->want++;
		return tell_damage(follow, 0, "not a regular file");
	}
	if (st == WAL_OK)
		follow->position = (struct wal_position){ entry->number, 0 };
	return st;
}

static enum wal_status
open_next(struct wal_follow *follow)
{
	switch (follow->phase) {
	case AT_START:
		return start(follow);
	case IN_CHECKPOINT:
		return open_checkpoint_segment(follow);
	case IN_SEGMENTS:
		break;
	}
	return open_next_segment(follow);
}

/* Close the segment, of which no more will come. */
static enum wal_status
leave_segment(struct wal_follow *follow)
{
	bool checkpoint = follow->phase == IN_CHECKPOINT;
	struct wal_notice torn = { .kind = WAL_TORN, .checkpoint = checkpoint };

	torn.at.segment = checkpoint ? follow->checkpoint : follow->number;
	torn.reason = "record without an end";
	(void)wal_segment_unread(
	    follow->held.segment, &torn.at.offset, &torn.count);
	wal_held_close(&follow->held);
	if (!checkpoint)
		follow->want = follow->number + 1;
	return torn.count > 0 ? tell(follow, &torn) : WAL_OK;
}

/* Whether the open segment's file gave way to one of another log. */
static bool
replaced(const struct wal_follow *follow)
{
	const struct wal_dir_entry *entry =
	    wal_dir_from(&follow->dir.segments, follow->number);

	return entry != NULL && entry->number == follow->number &&
	    wal_held_replaced(&follow->held, follow->path, entry->name);
}

/* All of the open segment was read: is there a later one, or will more come? */
static enum wal_status
at_end(struct wal_follow *follow)
{
	const struct wal_dir_entry *last;
	enum wal_status st;

	if (follow->phase == IN_CHECKPOINT || follow->finished)
		return leave_segment(follow);
	if ((st = look(follow)) != WAL_OK)
		return st;
	if ((last = wal_dir_last(&follow->dir.segments)) == NULL)
		return WAL_END;
	if (last->number < follow->number || replaced(follow))
		return restart(follow);
	/* What was written before the rotation is yet to be read. */
	follow->finished = last->number > follow->number;
	return follow->finished ? WAL_OK : WAL_END;
}

/* Hand out ${rec} as ${entry}. */
static enum wal_status
give(struct wal_follow *follow, const struct wal_record *rec,
    struct wal_entry *entry)
{
	bool checkpoint = follow->phase == IN_CHECKPOINT;
	const uint8_t *data;
	enum wal_status st;
	size_t len;

	st = wal_unpack_record(follow->unpack, rec, &data, &len);
	follow->pending = st == WAL_NOMEM;
	if (follow->pending)
		return st;
	follow->position.segment =
	    checkpoint ? follow->checkpoint : follow->number;
	follow->position.offset = rec->end;
	if (st == WAL_CORRUPT)
		return tell_damage(
		    follow, rec->start, "record does not decompress");

	entry->type = len > 0 ? data[0] : 0;
	entry->data = data;
	entry->len = len;
	entry->end = follow->position;
	entry->stored = (size_t)(rec->end - rec->start);
	entry->packed = rec->len;
	entry->codec = rec->codec;
	entry->checkpoint = checkpoint;
	entry->fresh = !checkpoint &&
	    (follow->number > follow->fresh.segment ||
		(follow->number == follow->fresh.segment &&
		    rec->end > follow->fresh.offset));
	return WAL_OK;
}

enum wal_status
wal_follow_next(struct wal_follow *follow, struct wal_entry *entry)
{
	unsigned int looks = 0;
	enum wal_status st;

	for (;;) {
		if (follow->held.segment == NULL) {
			st = looks++ < LOOKS_MAX ? open_next(follow) : WAL_WAIT;
			if (st != WAL_OK)
				return st;
			continue;
		}
		st = WAL_OK;
		if (!follow->pending)
			st = wal_segment_next(
			    follow->held.segment, &follow->record);
		switch (st) {
		case WAL_OK:
			return give(follow, &follow->record, entry);
		case WAL_CORRUPT:
			return tell_damage(follow,
			    wal_segment_damage(follow->held.segment).offset,
			    wal_segment_damage(follow->held.segment).reason);
		case WAL_END:
			if ((st = at_end(follow)) != WAL_OK)
				return st;
			break;
		default:
			return st;
		}
	}
}
