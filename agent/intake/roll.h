/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/intake/roll.h - call the roll of a checkpoint: all series it holds.
 *
 * In bounded steps, since a checkpoint may hold millions.
 */
#ifndef AGENT_INTAKE_ROLL_H
#define AGENT_INTAKE_ROLL_H

#include <stdbool.h>
#include <stdint.h>

#include "wal/record.h"

#define ROLL_RECORDS 64u /* Records that are read in one step. */

struct wal_checkpoint;

struct roll {
	struct wal_checkpoint *reader; /* NULL: there is none to read. */
	struct wal_series_list series;
};

enum roll_result {
	ROLL_MORE,   /* There is more: another step. */
	ROLL_WHOLE,  /* All of it was read. */
	ROLL_BROKEN, /* It vanished, or not all of it can be read. */
};

/**
 * Called for each series, whose labels are in ${list} until it returns.  What
 * it returns but WAL_OK ends the roll as broken.
 */
typedef enum wal_status roll_fn(void *arg, const struct wal_series_list *list,
    const struct wal_series *series);

/* Begin with the checkpoint ${number} in ${wal_dir}, in place of any other. */
void roll_begin(struct roll *roll, const char *wal_dir, uint64_t number);

/* Whether a roll has begun and not ended. */
bool roll_under_way(const struct roll *roll);

/* Call ${fn}(${arg}, ...) for the series of the next records. */
enum roll_result roll_step(struct roll *roll, roll_fn *fn, void *arg);

/* Free what it holds; it is then, as a zeroed one, ready for use. */
void roll_release(struct roll *roll);

#endif /* AGENT_INTAKE_ROLL_H */
