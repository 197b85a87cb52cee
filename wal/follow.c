/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wal/cursor.h"
#include "wal/follow.h"
#include "wal/held.h"
#include "wal/log.h"
#include "wal/outset.h"
#include "wal/plan.h"
#include "wal/preface.h"
#include "wal/resume.h"
#include "wal/unpack.h"

/* Looks in a row at a directory that changes as we look, before a pause. */
#define LOOKS_MAX 8u

struct wal_follow {
	char *path;
	struct wal_log log; /* Of that. */

	enum { AT_START, IN_CHECKPOINT, IN_SEGMENTS } phase;
	struct wal_outset outset;
	struct wal_plan plan;       /* What to read. */
	struct wal_cursor at;       /* The last record, and what is fresh. */
	uint64_t known;             /* Segments below, by checkpoints read. */
	struct wal_preface preface; /* The checkpoint being read. */

	struct wal_held held; /* Closed: the next is to be opened. */
	uint64_t number;      /* Of it. */
	bool finished;        /* A later segment exists. */
	uint64_t rejoin;      /* Open the next not at its start, but here. */
	struct wal_segment *left; /* Closed, with the record given last. */

	struct wal_unpack *unpack;
	struct wal_position position;
	struct wal_notice notice;
};

struct wal_follow *
wal_follow_open(const struct wal_follow_options *options)
{
	struct wal_follow *follow;

	if ((follow = calloc(1, sizeof(*follow))) == NULL)
		return NULL;
	follow->preface.patient = options->patient;
	follow->outset.from = options->from;
	follow->preface.path = follow->log.path = follow->path =
	    strdup(options->path);
	follow->log.keeper = options->keeper;
	if (options->keeper != NULL)
		follow->log.generation =
		    options->keeper->generation(options->keeper);
	if (options->from == WAL_FROM_MARK) {
		wal_cursor_resume(&follow->at, options->mark);
		follow->log.generation = options->mark->generation;
	}
	follow->unpack = wal_unpack_new();
	if (follow->path == NULL || follow->unpack == NULL) {
		wal_follow_free(follow);
		return NULL;
	}
	return follow;
}

void
wal_follow_know(struct wal_follow *follow, const struct wal_mark *mark)
{
	follow->outset.series = (struct wal_known){ true, *mark };
}

void
wal_follow_free(struct wal_follow *follow)
{
	if (follow == NULL)
		return;
	wal_held_close(&follow->held);
	wal_segment_free(follow->left);
	wal_preface_close(&follow->preface);
	wal_unpack_free(follow->unpack);
	wal_log_release(&follow->log);
	free(follow->path);
	free(follow);
}

bool
wal_follow_give_up(struct wal_follow *follow)
{
	return follow->held.segment != NULL && wal_held_give_up(&follow->held);
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

void
wal_follow_mark(const struct wal_follow *follow, struct wal_mark *ret)
{
	*ret = *wal_cursor_mark(&follow->at);
}

bool
wal_follow_past(const struct wal_follow *follow)
{
	return follow->at.past;
}

bool
wal_follow_checkpoint(const struct wal_follow *follow, uint64_t *ret)
{
	const struct wal_dir_entry *last =
	    wal_dir_last(&follow->log.dir.checkpoints);

	if (last != NULL)
		*ret = last->number;
	return last != NULL;
}

bool
wal_follow_waiting(const struct wal_follow *follow)
{
	return !follow->plan.begun;
}

void
wal_follow_let_go(struct wal_follow *follow, struct wal_mark *ret)
{
	wal_follow_mark(follow, ret);
	if (follow->phase != IN_SEGMENTS || follow->held.segment == NULL)
		return;
	wal_segment_close(follow->held.segment);
	follow->left = follow->held.segment;
	follow->held.segment = NULL;
	follow->plan.want = follow->number;
	follow->rejoin = follow->position.offset;
}

/* Have the caller hear of ${notice} next. */
static enum wal_status
tell(struct wal_follow *follow, struct wal_notice notice)
{
	follow->notice = notice;
	return WAL_NOTICE;
}

/* Have the caller hear of damage at ${offset} of the open segment. */
static enum wal_status
tell_damage(struct wal_follow *follow, const struct wal_damage *damage)
{
	wal_cursor_damage(&follow->at, follow->number);
	return tell(follow, wal_notice_damage(follow->number, damage));
}

/* Begin to read the checkpoint ${entry}, after which come the segments. */
static enum wal_status
enter_checkpoint(struct wal_follow *follow, const struct wal_dir_entry *entry)
{
	enum wal_status st;

	if (wal_plan_awaits(&follow->plan, &follow->log, entry))
		return WAL_END;
	st = wal_preface_open(&follow->preface, &follow->log.dir.checkpoints,
	    entry, &follow->notice);
	if (st != WAL_OK && st != WAL_NOTICE)
		return st == WAL_END ? WAL_OK : st; /* Gone: look again. */
	follow->phase = IN_CHECKPOINT;
	wal_plan_after(
	    &follow->plan, &follow->at, &follow->log.dir, entry->number);
	return st;
}

/* All that can be read of the checkpoint was. */
static void
leave_checkpoint(struct wal_follow *follow)
{
	follow->phase = IN_SEGMENTS;
	follow->known = follow->preface.newer.number + 1;
	wal_plan_leave(&follow->plan, &follow->log.dir,
	    wal_preface_lowest(&follow->preface));
	wal_preface_close(&follow->preface);
}

static enum wal_status
start(struct wal_follow *follow)
{
	const struct wal_dir_entry *entry;
	enum wal_status st;

	do {
		if ((st = wal_log_look(&follow->log)) != WAL_OK)
			return st;
		st = wal_outset_settle(&follow->outset, &follow->log,
		    &follow->at, &follow->plan, &follow->notice);
	} while (st == WAL_WAIT);
	if (st != WAL_OK)
		return st;
	entry = wal_plan_checkpoint(&follow->plan, &follow->log.dir);
	if (entry != NULL && entry->number >= follow->known)
		return enter_checkpoint(follow, entry);
	if (!follow->plan.begun && follow->log.dir.segments.len == 0)
		return WAL_END;
	follow->phase = IN_SEGMENTS;
	follow->plan.missed = follow->plan.bare = false;
	return WAL_OK;
}

/* What was read last is gone, with the segments up to ${next}, if any. */
static enum wal_status
cross_gap(struct wal_follow *follow, uint64_t next)
{
	const struct wal_dir_entry *checkpoint =
	    wal_dir_last(&follow->log.dir.checkpoints);

	if (follow->plan.carried) {
		follow->plan.carried = false;
		return tell(follow,
		    wal_notice_segment(WAL_RESTARTED, next, 0,
			"the log was repaired, and not all of it is there"));
	}
	/* Go through the start again, for a checkpoint that covers it. */
	if (checkpoint != NULL &&
	    checkpoint->number >= wal_mark_position(&follow->at.at).segment)
		follow->phase = AT_START;
	follow->rejoin = 0;
	return wal_plan_cross(
	    &follow->plan, &follow->at, next, &follow->notice);
}

/*
 * Begin again, after what was read of a log that is another now; ${learned}: all
 * of that was.
 */
static enum wal_status
restart(struct wal_follow *follow, bool learned)
{
	wal_held_close(&follow->held);
	wal_cursor_resume(&follow->at, wal_cursor_mark(&follow->at));
	wal_outset_again(&follow->outset, learned);
	follow->phase = AT_START;
	follow->plan.begun = false;
	follow->known = follow->rejoin = 0;
	follow->position = (struct wal_position){ 0, 0 };
	return WAL_OK;
}

/* Close the segment, of which no more will come. */
static enum wal_status
leave_segment(struct wal_follow *follow)
{
	struct wal_notice torn = { .kind = WAL_TORN };

	torn.at.segment = follow->number;
	torn.reason = "record without an end";
	(void)wal_segment_unread(
	    follow->held.segment, &torn.at.offset, &torn.count);
	wal_held_close(&follow->held);
	follow->plan.want = follow->number + 1;
	return torn.count > 0 ? tell(follow, torn) : WAL_OK;
}

/*
 * The files are not those that were read.  If what was read is in them, go on
 * behind it; else begin again.
 */
static enum wal_status
change_log(struct wal_follow *follow)
{
	const struct wal_mark *mark = wal_cursor_mark(&follow->at);
	struct wal_resume found;
	enum wal_status st = WAL_OK;

	wal_resume_find(&follow->log, mark, &found);
	if (found.kind == WAL_RESUME_WAIT)
		return WAL_END;
	if (found.kind != WAL_RESUME_SAME || !follow->at.past ||
	    mark->inside != 0)
		return restart(follow, false);
	if (follow->held.segment != NULL)
		st = leave_segment(follow);
	follow->plan.want = mark->at.segment;
	follow->rejoin = mark->at.offset;
	return st;
}

/*
 * The wanted segment does not exist.  The one before it may be the last there
 * is; if the last is further back, it is of another log.
 */
static enum wal_status
await_segment(struct wal_follow *follow)
{
	const struct wal_dir_entry *last =
	    wal_dir_last(&follow->log.dir.segments);

	if (wal_log_is_over(&follow->log, follow->plan.want)) {
		wal_log_advance(&follow->log);
		return restart(follow, true);
	}
	if (last == NULL ||
	    (last->number + 1 >= follow->plan.want &&
		!wal_resume_is_foreign(&follow->log, &follow->at.at)))
		return WAL_END;
	return change_log(follow);
}

/* Open the segment ${entry}, which is the wanted one. */
static enum wal_status
open_segment(struct wal_follow *follow, const struct wal_dir_entry *entry)
{
	enum wal_status st;

	st = wal_held_open(&follow->held, wal_log_open(&follow->log, entry),
	    follow->rejoin, follow->preface.patient);
	follow->number = follow->plan.want;
	if (st == WAL_IO && errno == ENOENT)
		return WAL_OK;
	if (st == WAL_IO && (errno == ELOOP || errno == EINVAL)) {
		follow->plan.want++;
		return tell_damage(
		    follow, &(struct wal_damage){ 0, "not a regular file" });
	}
	if (st != WAL_OK)
		return st;
	follow->finished = false;
	follow->position =
	    (struct wal_position){ follow->number, follow->rejoin };
	follow->rejoin = 0;
	wal_cursor_open(&follow->at, follow->number);
	return WAL_OK;
}

static enum wal_status
open_next_segment(struct wal_follow *follow)
{
	const struct wal_dir_entry *entry;
	enum wal_status st;

	if ((st = wal_log_look(&follow->log)) != WAL_OK)
		return st;
	entry = wal_dir_from(&follow->log.dir.segments,
	    follow->plan.begun ? follow->plan.want : 0);
	if (entry == NULL)
		return await_segment(follow);
	if (wal_resume_is_foreign(&follow->log, &follow->at.at))
		return change_log(follow);
	if (follow->plan.begun &&
	    (entry->number > follow->plan.want ||
		wal_resume_is_doubtful(
		    &follow->log, &follow->at.at, follow->known)))
		return cross_gap(follow, entry->number);
	follow->plan.want = entry->number;
	follow->plan.begun = true;
	return open_segment(follow, entry);
}

/* The record that was looked for in the segment is not there. */
static enum wal_status
repeat_segment(struct wal_follow *follow)
{
	wal_held_close(&follow->held);
	follow->plan.want = follow->number;
	wal_cursor_not_found(&follow->at);
	return tell(follow,
	    wal_notice_segment(WAL_REPEATED, follow->number, 0,
		"the segment was rewritten without the record read last"));
}

/* All of the open segment was read: is there a later one, or will more come? */
static enum wal_status
at_end(struct wal_follow *follow)
{
	const struct wal_dir_entry *last, *entry;
	enum wal_status st;

	if (wal_cursor_is_searching(&follow->at, follow->number))
		return repeat_segment(follow);
	if (follow->finished)
		return leave_segment(follow);
	if ((st = wal_log_look(&follow->log)) != WAL_OK)
		return st;
	/* What was written before it was closed is yet to be read. */
	if (follow->log.closed) {
		follow->finished = true;
		return WAL_OK;
	}
	if ((last = wal_dir_last(&follow->log.dir.segments)) == NULL)
		return WAL_END;
	entry = wal_dir_at(&follow->log.dir.segments, follow->number);
	if (entry == NULL
		? last->number < follow->number
		: wal_held_replaced(&follow->held, follow->path, entry->name))
		return change_log(follow);
	/* What was written before the rotation is yet to be read. */
	follow->finished = last->number > follow->number;
	return follow->finished ? WAL_OK : WAL_END;
}

/* Hand out ${rec}, of the segment or checkpoint ${number}, as ${entry}. */
static void
give(struct wal_follow *follow, uint64_t number, const struct wal_record *rec,
    struct wal_entry *entry)
{
	follow->position = (struct wal_position){ number, rec->end };
	entry->end = follow->position;
	entry->type = entry->len > 0 ? entry->data[0] : 0;
	entry->stored = (size_t)(rec->end - rec->start);
	entry->packed = rec->len;
	entry->codec = rec->codec;
	entry->checkpoint = follow->phase == IN_CHECKPOINT;
}

/* Give the next record of the segment, or settle what is next. */
static enum wal_status
next_in_segment(
    struct wal_follow *follow, struct wal_entry *entry, bool *ret_given)
{
	struct wal_held *held = &follow->held;
	enum wal_status st;

	st = wal_held_next(held, follow->unpack, &entry->data, &entry->len);
	if (st == WAL_END)
		return at_end(follow);
	if (st == WAL_CORRUPT)
		return tell_damage(follow, &held->damage);
	if (st != WAL_OK)
		return st;
	entry->missed = false;
	entry->fresh = wal_cursor_take(
	    &follow->at, follow->number, held, entry->data, entry->len);
	give(follow, follow->number, &held->record, entry);
	*ret_given = true;
	return WAL_OK;
}

/* Give the next record of the checkpoint, or settle what is next. */
static enum wal_status
next_in_checkpoint(
    struct wal_follow *follow, struct wal_entry *entry, bool *ret_given)
{
	struct wal_preface_record got;
	enum wal_status st;

	st = wal_preface_next(&follow->preface, &got, &follow->notice);
	if (st == WAL_END) {
		leave_checkpoint(follow);
		return WAL_OK;
	}
	if (st == WAL_IO) { /* Gone: look for another. */
		follow->phase = AT_START;
		return WAL_OK;
	}
	if (st != WAL_OK)
		return st;
	entry->data = got.rec.data;
	entry->len = got.rec.len;
	entry->fresh = false;
	entry->missed = !got.again &&
	    wal_cursor_take_inside(
		&follow->at, got.checkpoint, &got.rec, follow->plan.missed);
	give(follow, got.checkpoint, &got.rec.held->record, entry);
	*ret_given = true;
	return WAL_OK;
}

enum wal_status
wal_follow_next(struct wal_follow *follow, struct wal_entry *entry)
{
	enum wal_status st = WAL_OK;
	unsigned int looks = 0;
	bool given = false;

	wal_segment_free(follow->left);
	follow->left = NULL;
	while (st == WAL_OK && !given) {
		if (follow->phase == IN_CHECKPOINT)
			st = next_in_checkpoint(follow, entry, &given);
		else if (follow->held.segment != NULL)
			st = next_in_segment(follow, entry, &given);
		else if (looks++ == LOOKS_MAX)
			st = WAL_WAIT;
		else if (follow->phase == AT_START)
			st = start(follow);
		else
			st = open_next_segment(follow);
	}
	return st;
}
