/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/intake/memory.h - the series that a destination knows, and what the log
 * says of metrics, kept for its next life in a snapshot beside its place (see
 * agent/series/snapshot.h).
 *
 * A life begins with recalling them, in bounded steps, before the log is read.
 * Then no checkpoint need be read, and of the segments only those from where
 * the snapshot was begun, or from the place, whichever comes first.  If the
 * snapshot is not there, or of no use, that is said, and the checkpoint is
 * read as ever: a snapshot saves time, and nothing depends on it.  What a
 * destination left to this one, see agent/intake/heir.h, serves in its stead.
 *
 * Later a snapshot is written every MEMORY_PERIOD, at once if nothing was
 * recalled or the log has become another generation, and at a clean stop.  The map is gathered on the loop, in slices,
 * and each is written on the worker.
 */
#ifndef AGENT_INTAKE_MEMORY_H
#define AGENT_INTAKE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/intake/heir.h"
#include "agent/meters/meters.h"
#include "agent/position/place.h"
#include "agent/series/recall.h"
#include "agent/series/refmap.h"
#include "wal/mark.h"

#define MEMORY_PERIOD (600 * CLOCK_SEC)    /* Between two snapshots. */
#define MEMORY_LOG_PERIOD (60 * CLOCK_SEC) /* Between two lines on failures. */

/* All of it must outlive the memory. */
struct memory_options {
	struct clock *clock;
	struct place *place; /* Its position is that to be read on from. */
	struct refmap *refs;
	const struct labelsets *sets; /* Those of the refs. */
	struct graveyard *graveyard;  /* For what is left of the legacy. */
	struct families *families;    /* Kept and recalled too; NULL: none. */
	struct meters *meters;
	struct legacy *legacy; /* Taken over if it serves; or NULL. */
	recall_fn *learn;      /* Called for each ref that is recalled... */
	void *arg;             /* ... with this. */
};

/* Of a memory that is NULL nothing is known, and nothing is kept. */
struct memory;

/* NULL if there is no memory.  No file is touched if the place has none. */
struct memory *memory_new(const struct memory_options *options);

/**
 * memory_free(memory):
 * Free it; what the worker is at is given up as soon as it can be, and the
 * last snapshot stays.  Do nothing to NULL.
 */
void memory_free(struct memory *memory);

/**
 * memory_leave(memory, ret):
 * Store in ${ret} what it says of its snapshot, and the place's position.
 * Return whether all series are known that it began with: else they are not
 * fit to be left.
 */
bool memory_leave(struct memory *memory, struct legacy *ret);

/* Whether a legacy was taken over; then store in ${ret} up to where it knows. */
bool memory_inherits(const struct memory *memory, struct wal_mark *ret);

/* Go on taking over the legacy, if there is any: see heir_go_on. */
enum heir_result memory_inherit(struct memory *memory);

/* Whether for want of memory a ref of the legacy was not taken over. */
bool memory_starved(const struct memory *memory);

/* What is left of the legacy is of no use. */
void memory_disinherit(struct memory *memory);

/* Whether there is something to recall; how many refs were is in ${ret}. */
bool memory_recalling(const struct memory *memory, uint64_t *ret);

enum memory_result {
	MEMORY_MORE,  /* Another step. */
	MEMORY_WAIT,  /* The disk is at work: again soon. */
	MEMORY_KNOWN, /* The series are known up to a place in the log. */
	MEMORY_NONE,  /* None are: the snapshot is of no use. */
};

/**
 * memory_recall(memory, ret):
 * Go on recalling, if there is something to recall.  With MEMORY_KNOWN, store
 * in ${ret} the mark up to which all series of the log are known.
 */
enum memory_result memory_recall(struct memory *memory, struct wal_mark *ret);

/* What was recalled is of no use, by ${reason}: forget it, and say so. */
void memory_forget(struct memory *memory, const char *reason);

/**
 * memory_keep(memory, read, acknowledged, last):
 * Begin a snapshot if it is time for one, or, at the first call with ${last}
 * at which the series are all known, for the last one; the log was read up to ${read}, and ${acknowledged} is the
 * saved mark to go on from: of no use is one of a later generation than that.
 * Return whether one is under way; while it is, no ref must be forgotten but by
 * clearing the map.
 */
bool memory_keep(struct memory *memory, const struct wal_mark *read,
    const struct wal_mark *acknowledged, bool last);

/* Whether a snapshot is under way. */
bool memory_keeping(const struct memory *memory);

/* Where the log had been read to for the snapshot on disk; false: none. */
bool memory_known(const struct memory *memory, struct wal_mark *ret);

/* Bring the meters up to date. */
void memory_measure(const struct memory *memory);

#endif /* AGENT_INTAKE_MEMORY_H */
