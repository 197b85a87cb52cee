/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/series/refmap.h"
#include "agent/ship/census.h"
#include "agent/ship/describe.h"
#include "agent/ship/intake.h"
#include "agent/ship/keep.h"

struct intake {
	struct intake_options options;
	struct wal_follow *follow;
	struct finals *finals;
	struct refmap *refs;
	bool caught_up;
	bool checkpoint; /* The samples of the checkpoint are to be sent. */
	bool resumed;    /* And some of them may have been. */
	bool doubting;   /* So may those of the segment */
	uint64_t doubted;

	struct wal_series_list series;
	struct keep keep;
	struct describe describe;
	struct census census;

	/* The record with unknown refs, while they are looked up. */
	struct roll lookup;
	struct wal_entry entry;
	uint64_t looked_up; /* The checkpoint that was asked last. */
	bool asked;         /* There was one. */

	struct log_gate damaged, unknown, refused;
};

struct intake *
intake_new(const struct intake_options *options)
{
	const struct position *position = options->position;
	struct intake *intake;

	if ((intake = calloc(1, sizeof(*intake))) == NULL)
		return NULL;
	intake->options = *options;
	intake->checkpoint = position->checkpoint;
	intake->resumed = position->begun && position->mark.inside != 0;
	intake->follow = wal_follow_open(&(struct wal_follow_options){
	    .path = options->wal_dir,
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
	if (intake->follow == NULL || intake->refs == NULL) {
		intake_free(intake);
		return NULL;
	}
	intake->keep = (struct keep){
		.refs = intake->refs,
		.meters = options->meters,
		.since = position->since,
		.exemplars = options->exemplars,
		.histograms = options->histograms,
	};
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
	refmap_free(intake->refs);
	finals_free(intake->finals);
	wal_series_list_release(&intake->series);
	keep_release(&intake->keep);
	describe_release(&intake->describe);
	census_release(&intake->census);
	roll_release(&intake->lookup);
	free(intake);
}

void
intake_rename(struct intake *intake, const char *name)
{
	intake->options.name = name;
}

bool
intake_caught_up(const struct intake *intake)
{
	return intake->caught_up;
}

bool
intake_waiting(const struct intake *intake)
{
	return wal_follow_waiting(intake->follow);
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

/* Let it be known, now and then, that rules took too long. */
static void
say_limited(struct intake *intake, double count)
{
	struct stat *limited = intake->options.meters->relabel_limited;

	if (count > stat_value(limited))
		log_warn("expressions of write_relabel_configs took too many "
			 "steps for some labels, which counted as no match; "
			 "write them without repetitions in repetitions",
		    LOG_STR("remote", intake->options.name),
		    LOG_NUM("searches", count - stat_value(limited)));
	stat_set(limited, count);
}

void
intake_measure(struct intake *intake)
{
	struct wal_position at = wal_follow_position(intake->follow);

	stat_set(intake->options.meters->current_segment, (double)at.segment);
	stat_set(intake->options.meters->series,
	    (double)finals_count(intake->finals));
	say_limited(intake, (double)finals_limited(intake->finals));
}

/* Whether a line about ${gate}'s trouble may be logged now. */
static bool
may_log(struct intake *intake, struct log_gate *gate, uint64_t *ret_hidden)
{
	return log_gate_open(gate, clock_monotonic(intake->options.clock),
	    INTAKE_LOG_PERIOD, ret_hidden);
}

/* Log trouble of which there can be much. */
static void
say_damaged(struct intake *intake, const struct wal_notice *notice)
{
	uint64_t hidden;

	stat_inc(intake->options.meters->damaged);
	if (may_log(intake, &intake->damaged, &hidden))
		log_warn("the log is damaged here, skipping over it",
		    LOG_STR("remote", intake->options.name),
		    LOG_STR("in", notice->checkpoint ? "checkpoint" : "wal"),
		    LOG_UINT("segment", notice->at.segment),
		    LOG_UINT("offset", notice->at.offset),
		    LOG_STR("err", notice->reason), LOG_UINT("unsaid", hidden));
}

/* What follows in the segment that ${notice} is of may have been sent. */
static void
doubt(struct intake *intake, const struct wal_notice *notice)
{
	intake->doubting = true;
	intake->doubted = notice->at.segment;
}

/* Count and log what the reader of the log has to say. */
static void
hear(struct intake *intake, const struct wal_notice *notice)
{
	const char *name = intake->options.name;

	switch (notice->kind) {
	case WAL_DAMAGED:
		say_damaged(intake, notice);
		break;
	case WAL_TORN:
		stat_inc(intake->options.meters->torn);
		log_info("a segment ends within a record, as after an unclean "
			 "stop of Prometheus",
		    LOG_STR("remote", name),
		    LOG_UINT("segment", notice->at.segment),
		    LOG_UINT("offset", notice->at.offset),
		    LOG_UINT("bytes", notice->count));
		break;
	case WAL_GAP:
		stat_add(intake->options.meters->gap, (double)notice->count);
		log_error("segments were deleted before they were read: their "
			  "samples are lost to this destination",
		    LOG_STR("remote", name),
		    LOG_UINT("from_segment", notice->at.segment),
		    LOG_UINT("segments", notice->count));
		break;
	case WAL_RESTARTED:
		stat_inc(intake->options.meters->restarts);
		refmap_clear(intake->refs);
		if (intake->options.families != NULL)
			families_clear(intake->options.families);
		census_release(&intake->census);
		intake->asked = false;
		doubt(intake, notice);
		log_warn(
		    "the log is not the one that was read, as after a "
		    "repair or with a new data directory: reading it again",
		    LOG_STR("remote", name),
		    LOG_UINT("segment", notice->at.segment),
		    LOG_STR("err", notice->reason));
		break;
	case WAL_REPEATED:
		doubt(intake, notice);
		log_warn("a segment was rewritten, and what was read last is "
			 "not in it: its samples may be sent twice",
		    LOG_STR("remote", name),
		    LOG_UINT("segment", notice->at.segment));
		break;
	case WAL_UNREADABLE:
		stat_inc(intake->options.meters->damaged);
		log_error("a checkpoint cannot be read: series known only to "
			  "it will be missing",
		    LOG_STR("remote", name),
		    LOG_UINT("checkpoint", notice->at.segment),
		    LOG_ERRNO((int)notice->count));
		break;
	}
}

/* The record does not hold what its type says. */
static void
undecodable(struct intake *intake, const struct wal_entry *entry)
{
	stat_inc(intake->options.meters->undecodable);
	say_damaged(intake,
	    &(struct wal_notice){
		.kind = WAL_DAMAGED,
		.at = { entry->end.segment, entry->end.offset - entry->stored },
		.checkpoint = entry->checkpoint,
		.reason = "record does not decode",
	    });
}

/* A series will not be sent, and nobody asked for that. */
static void
say_refused(struct intake *intake, const struct wal_series *series)
{
	uint64_t hidden;

	stat_inc(intake->options.meters->refused_series);
	if (may_log(intake, &intake->refused, &hidden))
		log_warn("a series has no labels, or too many or too "
			 "long ones: its samples will be dropped",
		    LOG_STR("remote", intake->options.name),
		    LOG_UINT("ref", series->ref),
		    LOG_UINT("labels", series->count),
		    LOG_UINT("unsaid", hidden));
}

/* Learn what series a ref stands for. */
static enum wal_status
learn(struct intake *intake, const struct wal_series_list *list,
    const struct wal_series *series, uint64_t segment)
{
	switch (refmap_learn(intake->refs, series->ref, segment,
	    list->pool.labels + series->first, series->count)) {
	case FINAL_OK:
	case FINAL_DROPPED:
	case FINAL_ELSEWHERE:
		break;
	case FINAL_REFUSED:
		say_refused(intake, series);
		break;
	case FINAL_NOMEM:
		return WAL_NOMEM;
	}
	return WAL_OK;
}

static enum wal_status
read_series(struct intake *intake, const struct wal_entry *entry)
{
	enum wal_status st;
	size_t i;

	st = wal_decode_series(entry->data, entry->len, &intake->series);
	for (i = 0; st == WAL_OK && i < intake->series.len; i++)
		st = learn(intake, &intake->series, &intake->series.series[i],
		    entry->end.segment);
	return st;
}

/* Samples without a series: nothing can be sent of them. */
static void
say_unknown(struct intake *intake, const struct wal_entry *entry, size_t count)
{
	uint64_t hidden;

	if (count == 0)
		return;
	if (may_log(intake, &intake->unknown, &hidden))
		log_warn("samples of series that the log does not describe "
			 "were dropped",
		    LOG_STR("remote", intake->options.name),
		    LOG_UINT("segment", entry->end.segment),
		    LOG_UINT("samples", count), LOG_UINT("unsaid", hidden));
}

/* Let the meters know the time of the newest entry in ${record}. */
static void
note_newest(struct intake *intake, const struct kept_record *record)
{
	struct stat *highest = intake->options.meters->highest;
	int64_t newest = INT64_MIN;
	size_t i;

	for (i = 0; i < record->len; i++)
		if (record->kept[i].time > newest)
			newest = record->kept[i].time;
	if (record->len > 0 && (double)newest / 1000 > stat_value(highest))
		stat_set(highest, (double)newest / 1000);
}

/* A series of the checkpoint that we do not know may be what is asked for. */
static enum wal_status
adopt(void *arg, const struct wal_series_list *list,
    const struct wal_series *series)
{
	struct intake *intake = arg;

	if (refmap_meet(intake->refs, series->ref, intake->looked_up) != NULL)
		return WAL_OK;
	return learn(intake, list, series, intake->looked_up);
}

/*
 * Have the newest checkpoint asked for what is unknown, unless it has been:
 * however many refs are unknown, a checkpoint is read for them once.
 */
static bool
look_up(struct intake *intake, const struct wal_entry *entry)
{
	uint64_t newest;

	if (!wal_follow_checkpoint(intake->follow, &newest) ||
	    (intake->asked && intake->looked_up == newest))
		return false;
	intake->asked = true;
	intake->looked_up = newest;
	intake->entry = *entry;
	roll_begin(&intake->lookup, intake->options.wal_dir, newest);
	return roll_under_way(&intake->lookup);
}

/* Whether ${entry} is from after the beginning. */
static bool
wanted(const struct intake *intake, const struct wal_entry *entry)
{
	return entry->fresh || (entry->missed && intake->checkpoint);
}

/* Find out what of ${entry} is to be sent. */
static enum wal_status
read_values(struct intake *intake, const struct wal_entry *entry,
    struct kept_record *ret)
{
	enum wal_status st;

	if (!wanted(intake, entry))
		return WAL_OK;
	st = keep_entry(&intake->keep, entry, ret);
	if (intake->keep.unknown > 0 && look_up(intake, entry))
		return WAL_WAIT;
	keep_account(&intake->keep);
	say_unknown(intake, entry, intake->keep.unknown);
	note_newest(intake, ret);
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
intake_tidy(struct intake *intake, uint64_t acknowledged)
{
	uint64_t checkpoint;

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
	if (st == WAL_NOMEM)
		return INTAKE_NOMEM;
	if (st == WAL_CORRUPT)
		undecodable(intake, entry);
	if (!wanted(intake, entry))
		return INTAKE_KNOWN;
	if (!entry->checkpoint) {
		catch_up(intake);
		/* A checkpoint met later repeats what was read. */
		intake->checkpoint = false;
	}
	wal_follow_mark(intake->follow, &ret->end);
	ret->doubtful = entry->checkpoint
	    ? intake->resumed
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
		st = read_series(intake, entry);
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

	if (roll_step(&intake->lookup, adopt, intake) == ROLL_MORE)
		return INTAKE_WAIT;
	st = read_values(intake, &intake->entry, ret);
	return conclude(intake, &intake->entry, st, ret);
}

enum intake_result
intake_next(struct intake *intake, struct kept_record *ret)
{
	struct wal_entry entry;

	if (roll_under_way(&intake->lookup))
		return go_on_looking(intake, ret);
	for (;;) {
		switch (wal_follow_next(intake->follow, &entry)) {
		case WAL_OK:
			return read_entry(intake, &entry, ret);
		case WAL_NOTICE:
			hear(intake, wal_follow_notice(intake->follow));
			break;
		case WAL_END:
			catch_up(intake);
			return INTAKE_END;
		case WAL_WAIT:
			return INTAKE_WAIT;
		case WAL_NOMEM:
			return INTAKE_NOMEM;
		case WAL_IO:
		case WAL_CORRUPT: /* Never: the follower tells of it. */
			return INTAKE_FAILED;
		}
	}
}
