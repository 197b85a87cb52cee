/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/batch/cutting.h - a cutter with its window, and records for it.
 *
 * The samples of a record are one of each of some series, which are numbered,
 * with that number as value.  Each record has times of its own.
 */
#ifndef TESTS_UNIT_BATCH_CUTTING_H
#define TESTS_UNIT_BATCH_CUTTING_H

#include "agent/batch/cutter.h"

#define CUTTING_SERIES 100u
#define CUTTING_PATIENCE 1000u  /* Microseconds. */
#define CUTTING_GROUPED_MAX 25u /* Samples a batch. */

struct cutting {
	struct finals *finals;
	struct final *series[CUTTING_SERIES];
	struct window window;
	struct cutter cutter; /* Of ten samples a batch. */
	struct kept kept[CUTTING_SERIES];
	uint64_t records; /* Given so far. */
};

struct cutting *cutting_new(void);

void cutting_free(struct cutting *f);

/* The next record, of ${len} series from ${first} on. */
struct kept_record cutting_record_of(
    struct cutting *f, unsigned int first, unsigned int len);

/* Give such a record, for which there is room. */
void cutting_give(struct cutting *f, unsigned int first, unsigned int len);

/* Have the oldest whole batch fly; it must hold just those series. */
struct batch *cutting_expect(
    struct cutting *f, unsigned int first, unsigned int len);

void cutting_settle(struct cutting *f, struct batch *batch);

/* Drop the reference to series ${i}, as when its ref is redefined. */
void cutting_drop(struct cutting *f, unsigned int i);

/* Whether nothing more is ready to fly. */
bool cutting_none(struct cutting *f);

/* The record up to which all is acknowledged; 0: none. */
uint64_t cutting_position(const struct cutting *f);

#endif /* TESTS_UNIT_BATCH_CUTTING_H */
