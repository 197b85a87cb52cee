/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/batch/cutter.h - from kept samples to ranges and batches.
 *
 * A range is as many whole records as fit into one batch; or one record that
 * does not, in consecutive batches.  It is cut when the batch is full, when
 * the next record does not fit, at its deadline, and after CUTTER_RANGE_MAX
 * bytes of log; at the end of the log at once if nothing of it was kept.
 *
 * When there is much to catch up with, a range is many records, whose entries
 * are gathered by series first (agent/batch/group.h): up to GROUP_MAX of them,
 * in larger batches, of which one is made in a call.
 *
 * While what is cut would only wait, a range may gather too, for as long as
 * its span allows: fewer requests are made of it later.
 *
 * Of entries of one series that have one time, a range has the first.
 *
 * What an earlier life had on the wire is cut at the same places again, into
 * the same batches, and what of it was settled is passed over; see
 * cutter_resume.
 */
#ifndef AGENT_BATCH_CUTTER_H
#define AGENT_BATCH_CUTTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/batch/doubles.h"
#include "agent/batch/encode.h"
#include "agent/batch/group.h"
#include "agent/batch/kept.h"
#include "agent/batch/plan.h"
#include "agent/batch/range.h"
#include "agent/batch/twice.h"
#include "agent/batch/window.h"
#include "agent/position/position.h"

#define CUTTER_RANGE_MAX (16u << 20) /* Bytes of the log in one range. */
#define CUTTER_PLAIN_MAX (8u << 20)  /* Plain bytes of a body, then one more. */

/* What it points to must outlive the cutter. */
struct cutter_options {
	struct window *window;
	struct finals *finals;
	uint32_t entries_max; /* Of a batch, of all kinds. */
	uint32_t grouped_max; /* The same where they are gathered by series. */
	int64_t span; /* Of a range that gathers: ms to its newest; 0: any. */
	uint64_t patience; /* Microseconds from first sample to cut... */
	bool phased; /* ... at most: at the next moment that, divided by it, */
	uint64_t phase; /* leaves this. */
};

struct cutter {
	struct cutter_options options;
	bool behind;  /* There is much to catch up with: set by the caller. */
	bool stalled; /* What is cut has to wait: likewise, with a span. */
	struct ranges ranges;
	struct encoder encoder;
	struct range *range;  /* Being filled, or NULL. */
	struct batch *batch;  /* Being filled, or NULL. */
	size_t range_bytes;   /* Of the log in the range. */
	unsigned int batches; /* That the range has had. */
	bool due;             /* It is to be cut before anything else. */
	bool trying;          /* A record was given and is not done with. */
	size_t taken;         /* Entries taken of it. */
	uint64_t deadline;    /* See cutter_deadline. */

	/* See cutter_resume. */
	struct position_point furthest;
	struct plan plan;
	struct group group;     /* What was gathered and not encoded yet. */
	struct twice twice;     /* What the range has, if it does not gather, */
	uint64_t first;         /* in this batch and those after it. */
	struct doubles doubles; /* Left out: for the caller to say. */
};

enum cut_result {
	CUT_TAKEN, /* The record is done with. */
	CUT_MORE,  /* A batch was made: the same again, there is more to do. */
	CUT_FULL,  /* The window is full: the same record again later. */
	CUT_NOMEM, /* The same, for want of memory. */
};

/* Fill batches as ${options}, which are copied, say. */
void cutter_init(struct cutter *cutter, const struct cutter_options *options);

/**
 * cutter_resume(cutter, position):
 * Before the first record: go on from ${position}.  The ranges that it lists
 * are cut as they were, as long as the log's records end where they end; and
 * of batches that may have been on the wire it is noted that they are suspect.
 * Return -1 if there is no memory.
 */
int cutter_resume(struct cutter *cutter, const struct position *position);

/**
 * cutter_tune(cutter, options, now):
 * Go on by ${options}, with the window and the series it has, from ${now} in
 * monotonic microseconds; the range being filled keeps the size of its batches.
 */
void cutter_tune(
    struct cutter *cutter, const struct cutter_options *options, uint64_t now);

/* Free what it holds, but no batch. */
void cutter_release(struct cutter *cutter);

/**
 * cutter_take(cutter, record, now):
 * Take what was kept of the next record.  If the result is not CUT_TAKEN, the
 * same record, unchanged, is to be given again.
 */
enum cut_result cutter_take(
    struct cutter *cutter, const struct kept_record *record, uint64_t now);

/**
 * cutter_cut(cutter):
 * Cut the range being filled, if any: what is in it may fly.  Between two
 * tries at one record this does nothing: a range ends where a record does.
 */
enum cut_result cutter_cut(struct cutter *cutter);

/**
 * cutter_idle(cutter):
 * At the end of the log: cut the range being filled if it holds no sample, or
 * has caught up with the log.
 */
void cutter_idle(struct cutter *cutter);

/**
 * cutter_deadline(cutter):
 * When the range being filled is to be cut: monotonic us, CLOCK_NEVER, or 0 if
 * that was begun and is to go on.
 */
uint64_t cutter_deadline(const struct cutter *cutter);

/**
 * cutter_list(cutter, list, max):
 * Write to ${list}, for at most ${max}, the ranges that a later life is to cut
 * as they are; return how many.
 */
size_t cutter_list(
    const struct cutter *cutter, struct position_range *list, size_t max);

/* Whether it cuts what an earlier life had cut. */
bool cutter_planned(const struct cutter *cutter);

/* Entries taken that are in no batch yet; the time of the oldest, if any. */
size_t cutter_gathered(const struct cutter *cutter, int64_t *ret_oldest);

/* A batch of ${range} was settled. */
void cutter_settled(struct cutter *cutter, struct range *range);

#endif /* AGENT_BATCH_CUTTER_H */
