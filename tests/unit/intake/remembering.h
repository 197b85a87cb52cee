/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/intake/remembering.h - a memory of series, from one life to the next.
 */
#ifndef TESTS_UNIT_INTAKE_REMEMBERING_H
#define TESTS_UNIT_INTAKE_REMEMBERING_H

#include "agent/base/log.h"
#include "agent/intake/memory.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/http/sim.h"
#include "tests/unit/position/scratch.h"
#include "tests/unit/series/keeping.h"

#define REMEMBERING_REFS 100u

struct remembering {
	struct scratch scratch;
	struct sim *sim;
	struct lazy lazy;
	struct stats *stats;
	struct meters meters;
	struct keeping keeping;
	struct families *families;
	struct place *place;
	struct memory *memory;
	struct wal_mark read, acknowledged;
};

/* Begin another life, in which no ref is known yet. */
void remembering_begin(struct remembering *f);

/* For each test of cmocka: one that has nothing to recall, and its end. */
int remembering_set_up(void **state);

int remembering_tear_down(void **state);

/* Have them kept if it is time for that; whether it is under way. */
bool remembering_keep(struct remembering *f, bool last);

/* Keep a map of REMEMBERING_REFS refs. */
void remembering_keep_some(struct remembering *f);

/* In another life all is known. */
void remembering_expect_known(struct remembering *f);

/* In another life nothing is. */
void remembering_expect_none(struct remembering *f);

#endif /* TESTS_UNIT_INTAKE_REMEMBERING_H */
