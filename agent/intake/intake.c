/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "agent/batch/keep.h"
#include "agent/intake/census.h"
#include "agent/intake/describe.h"
#include "agent/intake/gap.h"
#include "agent/intake/intake.h"
#include "agent/intake/learn.h"
#include "agent/intake/lookup.h"
#include "agent/intake/memory.h"
#include "agent/intake/remarks.h"
#include "agent/position/share.h"
#include "agent/series/refmap.h"

struct intake {
	struct intake_options options;
	struct wal_follow *follow;
	struct finals *finals;
	struct refmap *refs;
	struct memory *memory; /* Of them; NULL: none. */
	bool caught_up;
	struct gap gap;
	bool doubting; /* What is in this segment may have been sent: */
	uint64_t doubted;

	struct learn learn;
	struct keep keep;
	struct describe describe;
	struct census census;

	struct lookup lookup;
	struct wal_entry entry; /* With unknown refs, which are looked up. */

	struct remarks remarks;
};

/* A series of the checkpoint that there was no room for: there may be now. */
static enum wal_status
learn_offered(void *arg, const struct wal_series_list *list,
    const struct wal_series *series)
{
	struct intake *intake = arg;

	return learn_listed(
	    &intake->learn, list, series, intake->census.number + 1);
}

/* Learn a ref from a snapshot. */
static int
learn_again(
    void *arg, uint64_t ref, uint64_t met, struct wal_label *labels, size_t len)
{
	const struct wal_series series = { .ref = ref, .count = (uint32_t)len };
	struct intake *intake = arg;

	return learn_one(&intake->learn, &series, met, labels) == WAL_OK ? 0
									 : -1;
}

/* Have the series kept, if there is where; -1: no memory. */
static int
remember(struct intake *intake)
{
	const struct intake_options *options = &intake->options;
	struct wal_mark known;

	if (options->place == NULL)
		return 0;
	intake->memory = memory_new(&(struct memory_options){
	    .clock = options->clock,
	    .place = options->place,
	    .refs = intake->refs,
	    .sets = options->sets,
	    .graveyard = options->graveyard,
	    .families = options->families,
	    .meters = options->meters,
	    .legacy = options->legacy,
	    .learn = learn_again,
	    .arg = intake,
	});
	if (intake->memory == NULL)
		return -1;
	if (memory_inherits(intake->memory, &known))
		wal_follow_know(intake->follow, &known);
	return 0;
}

struct intake *
intake_new(const struct intake_options *options)
{
	const struct position *position = options->position;
	struct intake *intake;

	if ((intake = calloc(1, sizeof(*intake))) == NULL)
		return NULL;
	intake->options = *options;
	intake->remarks = (struct remarks){
		.clock = options->clock,
		.meters = options->meters,
		.name = options->name,
	};
	gap_init(&intake->gap, options->data_dir, position, options->again);
	intake->follow = wal_follow_open(&(struct wal_follow_options){
	    .path = options->wal_dir,
	    .keeper = options->keeper,
	    .from = position->begun ? WAL_FROM_MARK : WAL_FROM_OLDEST,
	    .mark = &position->mark,
	});
	intake->finals = finals_new(options->external, options->external_len);
	if (intake->finals != NULL)
		finals_share(
		    intake->finals, options->share_index, options->share_count);
	if (intake->finals != NULL &&
	    finals_relabel(
		intake->finals, options->rules, options->rules_len) == 0)
		intake->refs = refmap_new(options->sets, intake->finals);
	if (intake->follow == NULL || intake->refs == NULL ||
	    remember(intake) != 0) {
		intake_free(intake);
		return NULL;
	}
	intake->learn = (struct learn){
		.refs = intake->refs,
		.finals = intake->finals,
		.remarks = &intake->remarks,
	};
	intake->keep = (struct keep){
		.refs = intake->refs,
		.meters = options->meters,
		.skip = INT64_MIN,
		.exemplars = options->exemplars,
		.histograms = options->histograms,
		.former = share_former(position),
	};
	intake->lookup.learn = &intake->learn;
	intake->census =
	    (struct census){ .offer = learn_offered, .arg = intake };
	refmap_limit(intake->refs, options->room);
	finals_limit_labels(intake->finals, options->label_limits);
	intake->describe = (struct describe){
		.families = options->families,
		.refs = intake->refs,
		.sets = options->sets,
		.meters = options->meters,
	};
	return intake;
}

void
intake_free(struct intake *intake)
{
	if (intake == NULL)
		return;
	wal_follow_free(intake->follow);
	memory_free(intake->memory);
	graveyard_bury(intake->options.graveyard, intake->refs, intake->finals);
	learn_release(&intake->learn);
	keep_release(&intake->keep);
	describe_release(&intake->describe);
	census_release(&intake->census);
	lookup_release(&intake->lookup);
	free(intake);
}

bool
intake_leave(struct intake *intake, struct legacy *ret)
{
	*ret = (struct legacy){ 0 };
	wal_follow_mark(intake->follow, &ret->read);
	if (!intake->caught_up || !wal_follow_past(intake->follow) ||
	    lookup_under_way(&intake->lookup) ||
	    !memory_leave(intake->memory, ret))
		return false;
	ret->refs = intake->refs;
	ret->finals = intake->finals;
	ret->families = intake->options.families;
	intake->refs = NULL;
	intake->finals = NULL;
	return true;
}

void
intake_rename(struct intake *intake, const char *name)
{
	intake->remarks.name = name;
}

void
intake_skip(struct intake *intake, int64_t before)
{
	intake->keep.skip = before;
}

bool
intake_ready(const struct intake *intake, struct buf *why)
{
	struct wal_position at = wal_follow_position(intake->follow);
	const char *name = intake->remarks.name;
	uint64_t count;

	if (intake->caught_up)
		return true;
	if (memory_recalling(intake->memory, &count))
		buf_printf(why, "%s: recalling series, %llu so far.\n", name,
		    (unsigned long long)count);
	else
		buf_printf(why, "%s: reading series, at segment %llu.\n", name,
		    (unsigned long long)at.segment);
	return false;
}

bool
intake_waiting(const struct intake *intake)
{
	return wal_follow_waiting(intake->follow);
}

bool
intake_known(const struct intake *intake, struct wal_mark *ret)
{
	return memory_known(intake->memory, ret);
}

void
intake_abandon(struct intake *intake, struct wal_mark *ret)
{
	wal_follow_let_go(intake->follow, ret);
}

struct wal_position
intake_position(const struct intake *intake)
{
	return wal_follow_position(intake->follow);
}

struct finals *
intake_finals(const struct intake *intake)
{
	return intake->finals;
}

size_t
intake_bytes(const struct intake *intake)
{
	return finals_bytes(intake->finals) + refmap_bytes(intake->refs);
}

void
intake_measure(struct intake *intake)
{
	struct wal_position at = wal_follow_position(intake->follow);
	struct meters *meters = intake->options.meters;

	stat_set(meters->current_segment, (double)at.segment);
	stat_set(meters->series, (double)finals_count(intake->finals));
	stat_set(meters->beyond, (double)refmap_beyond(intake->refs));
	remarks_limited(&intake->remarks,
	    (double)finals_limited(intake->finals),
	    finals_limited_rule(intake->finals));
	memory_measure(intake->memory);
}

/* Hear what the reader of the log has to say. */
static void
hear(struct intake *intake, const struct wal_notice *notice)
{
	struct wal_mark mark;

	remarks_notice(&intake->remarks, notice);
	if (notice->kind == WAL_GAP) {
		wal_follow_mark(intake->follow, &mark);
		gap_meet(&intake->gap, &mark);
	}
	if (notice->kind == WAL_RESTARTED) {
		gap_restart(&intake->gap);
		refmap_clear(intake->refs);
		memory_disinherit(intake->memory);
		if (intake->options.families != NULL)
			families_clear(intake->options.families);
		census_release(&intake->census);
		lookup_forget(&intake->lookup);
	}
	if (notice->kind == WAL_UNKNOWN)
		memory_forget(intake->memory, notice->reason);
	if (notice->kind == WAL_RESTARTED || notice->kind == WAL_REPEATED)
		/* What follows in that segment may have been sent. */
		intake->doubting = true;
	intake->doubted = notice->at.segment;
}

/* Have the newest checkpoint asked for what is unknown, unless it has been. */
static bool
look_up(struct intake *intake, const struct wal_entry *entry)
{
	uint64_t newest;

	intake->entry = *entry;
	return wal_follow_checkpoint(intake->follow, &newest) &&
	    lookup_begin(&intake->lookup, intake->options.wal_dir, newest);
}

/* Find out what of ${entry} is to be sent. */
static enum wal_status
read_values(struct intake *intake, const struct wal_entry *entry,
    struct kept_record *ret)
{
	struct wal_mark mark;
	enum wal_status st;

	if (!gap_wants(&intake->gap, entry))
		return WAL_OK;
	wal_follow_mark(intake->follow, &mark);
	if (!entry->checkpoint)
		keep_reach(&intake->keep, &mark);
	intake->keep.since = gap_since(&intake->gap, entry);
	st = keep_entry(&intake->keep, entry, ret);
	if (intake->keep.unknown > 0 && memory_starved(intake->memory))
		return WAL_NOMEM;
	if (intake->keep.unknown > 0 && look_up(intake, entry))
		return WAL_WAIT;
	keep_account(&intake->keep);
	remarks_unknown(&intake->remarks, entry, intake->keep.unknown);
	return st;
}

/* What was there at the start has been read, its checkpoint with it. */
static void
catch_up(struct intake *intake)
{
	uint64_t checkpoint;

	if (!intake->caught_up &&
	    wal_follow_checkpoint(intake->follow, &checkpoint))
		census_skip(&intake->census, checkpoint);
	intake->caught_up = true;
}

bool
intake_keep(
    struct intake *intake, const struct wal_mark *acknowledged, bool last)
{
	struct wal_mark read;

	if (intake->memory == NULL || !intake->caught_up)
		return false;
	/* What is unread, or without room, would be missing in it for good. */
	if (!wal_follow_past(intake->follow) || refmap_beyond(intake->refs) > 0)
		return memory_keeping(intake->memory);
	wal_follow_mark(intake->follow, &read);
	return memory_keep(intake->memory, &read, acknowledged, last);
}

bool
intake_tidy(struct intake *intake, uint64_t acknowledged)
{
	uint64_t checkpoint;

	if (memory_keeping(intake->memory))
		return refmap_tidy(intake->refs);
	/* The census knows nothing of those that are still to be taken over. */
	if (memory_inherit(intake->memory) == HEIR_MORE)
		return true;
	if (wal_follow_checkpoint(intake->follow, &checkpoint) &&
	    checkpoint < acknowledged)
		census_begin(
		    &intake->census, intake->options.wal_dir, checkpoint);
	/* Those of a log that was begun anew come first. */
	return refmap_tidy(intake->refs) ||
	    census_step(&intake->census, intake->refs);
}

/* The record is done with, in the way of ${st}. */
static enum intake_result
conclude(struct intake *intake, const struct wal_entry *entry,
    enum wal_status st, struct kept_record *ret)
{
	struct gap_report report;

	if (st == WAL_NOMEM)
		return INTAKE_NOMEM;
	if (st == WAL_CORRUPT)
		remarks_undecodable(&intake->remarks, entry);
	if (!gap_wants(&intake->gap, entry))
		return INTAKE_KNOWN;
	if (!entry->checkpoint)
		catch_up(intake);
	if (intake->gap.open && entry->checkpoint)
		stat_add(
		    intake->options.meters->gap_recovered, (double)ret->len);
	gap_date(ret, clock_wall(intake->options.clock));
	if (gap_pass(&intake->gap, entry, ret, &report))
		remarks_crossed(&intake->remarks, &report);
	if (ret->len > 0)
		stat_set(intake->options.meters->highest,
		    (double)intake->gap.highest / 1000);
	wal_follow_mark(intake->follow, &ret->end);
	ret->after = intake->gap.after;
	ret->doubtful = entry->checkpoint
	    ? intake->gap.doubtful
	    : intake->doubting && entry->end.segment == intake->doubted;
	return INTAKE_RECORD;
}

/* Take from ${entry} what this program knows to take. */
static enum intake_result
read_entry(struct intake *intake, const struct wal_entry *entry,
    struct kept_record *ret)
{
	enum wal_status st;

	*ret = (struct kept_record){ .stored = entry->stored };
	stat_inc(intake->options.meters
		     ->records[entry->type < WAL_TYPES ? entry->type : 0]);
	if (entry->type == WAL_SERIES)
		st = learn_entry(&intake->learn, entry);
	else if (entry->type == WAL_METADATA)
		st = describe_entry(&intake->describe, entry);
	else
		st = read_values(intake, entry, ret);
	if (st == WAL_WAIT)
		return INTAKE_WAIT;
	return conclude(intake, entry, st, ret);
}

/* Go on looking up; the record that it is for is given at the end. */
static enum intake_result
go_on_looking(struct intake *intake, struct kept_record *ret)
{
	enum wal_status st;

	if (lookup_step(&intake->lookup))
		return INTAKE_WAIT;
	st = read_values(intake, &intake->entry, ret);
	return conclude(intake, &intake->entry, st, ret);
}

/* Go on recalling what an earlier life knew. */
static enum intake_result
go_on_recalling(struct intake *intake)
{
	struct wal_mark known;

	switch (memory_recall(intake->memory, &known)) {
	case MEMORY_KNOWN:
		wal_follow_know(intake->follow, &known);
		break;
	case MEMORY_WAIT:
		return INTAKE_WAIT;
	case MEMORY_MORE:
	case MEMORY_NONE:
		break;
	}
	return INTAKE_KNOWN;
}

/* The log cannot be read here, by errno: for too long? */
static enum intake_result
fail(struct intake *intake)
{
	if (remarks_failing(&intake->remarks, errno))
		(void)wal_follow_give_up(intake->follow);
	return INTAKE_FAILED;
}

enum intake_result
intake_next(struct intake *intake, struct kept_record *ret)
{
	struct wal_entry entry;
	uint64_t count;

	if (memory_recalling(intake->memory, &count))
		return go_on_recalling(intake);
	if (memory_inherit(intake->memory) == HEIR_NOMEM)
		return INTAKE_NOMEM;
	if (lookup_under_way(&intake->lookup))
		return go_on_looking(intake, ret);
	for (;;) {
		switch (wal_follow_next(intake->follow, &entry)) {
		case WAL_OK:
			intake->remarks.failing = 0;
			return read_entry(intake, &entry, ret);
		case WAL_NOTICE:
			hear(intake, wal_follow_notice(intake->follow));
			break;
		case WAL_END:
			catch_up(intake);
			remarks_say(&intake->remarks);
			return INTAKE_END;
		case WAL_WAIT:
			return INTAKE_WAIT;
		case WAL_NOMEM:
			return INTAKE_NOMEM;
		case WAL_IO:
		case WAL_CORRUPT: /* Never: the follower tells of it. */
			return fail(intake);
		}
	}
}
