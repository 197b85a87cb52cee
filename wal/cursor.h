/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/cursor.h - how far a log was read, and from where on it is fresh.
 *
 * Reading goes over what is not fresh first, for its series.  Until it is past
 * that, the mark to go on from another time is the one it was begun with.
 */
#ifndef WAL_CURSOR_H
#define WAL_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wal/held.h"
#include "wal/mark.h"

struct wal_checkpoint_record;

struct wal_cursor {
	struct wal_mark at;   /* Past the last record read. */
	struct wal_mark from; /* Where we go on, until we are past it. */
	bool past;            /* We are. */
	bool searching;       /* The last record read is looked for. */
	bool damaged; /* There is damage before the first record of a file. */
	struct wal_position fresh; /* The first fresh record ends past it. */
};

/* Begin at the start of the log: all of it is fresh. */
void wal_cursor_begin(struct wal_cursor *cursor, uint64_t generation);

/* Begin at the start of the log, what follows ${mark} being fresh. */
void wal_cursor_resume(struct wal_cursor *cursor, const struct wal_mark *mark);

/**
 * wal_cursor_search(cursor, mark):
 * Begin at the start of the log, what follows ${mark}'s segment being fresh,
 * and in it what follows its record, or that before the first damage.
 */
void wal_cursor_search(struct wal_cursor *cursor, const struct wal_mark *mark);

/* The segment was read to its end, and there was no such record. */
void wal_cursor_not_found(struct wal_cursor *cursor);

/* Whether that is what reading segment ${number} is for. */
bool wal_cursor_is_searching(const struct wal_cursor *cursor, uint64_t number);

/* The segment ${number} is going to be read. */
void wal_cursor_open(struct wal_cursor *cursor, uint64_t number);

/* There is damage where we are in the segment ${number}. */
void wal_cursor_damage(struct wal_cursor *cursor, uint64_t number);

/**
 * wal_cursor_take(cursor, number, held, data, len):
 * Go past the last record of ${held}, the segment ${number}, whose plain bytes
 * are the ${len} at ${data}.  Return whether it is fresh.
 */
bool wal_cursor_take(struct wal_cursor *cursor, uint64_t number,
    const struct wal_held *held, const uint8_t *data, size_t len);

/**
 * wal_cursor_take_inside(cursor, checkpoint, rec, missed):
 * Go past ${rec} of that checkpoint, which is read for its series alone, or, if
 * ${missed}, for more: then it is a place to go on from.  Return whether it is
 * and ${rec} was not read before.
 */
bool wal_cursor_take_inside(struct wal_cursor *cursor, uint64_t checkpoint,
    const struct wal_checkpoint_record *rec, bool missed);

/* Where to go on another time. */
const struct wal_mark *wal_cursor_mark(const struct wal_cursor *cursor);

/* The segment of that, if it is of ${generation}; else 0. */
uint64_t wal_cursor_segment(
    const struct wal_cursor *cursor, uint64_t generation);

#endif /* WAL_CURSOR_H */
