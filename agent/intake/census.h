/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/intake/census.h - which refs can be forgotten.
 *
 * Prometheus never says that a series is dead; but a checkpoint holds those
 * that it keeps.  So when one appears, its series are met again, and a ref
 * that was met neither there nor in any segment above is let go.  A checkpoint
 * that cannot be read whole proves nothing, and nothing is let go by it.
 *
 * A series that there was no room for is offered again: there may be now.
 */
#ifndef AGENT_INTAKE_CENSUS_H
#define AGENT_INTAKE_CENSUS_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/intake/roll.h"
#include "agent/series/refmap.h"

struct census {
	struct roll roll;
	uint64_t number; /* Of the checkpoint being read, or the last one. */
	bool any;        /* There was one. */
	bool sweeping;   /* It was read whole: the dead are let go. */
	struct refmap *refs; /* During a step. */
	roll_fn *offer;      /* Called for each that there was no room for... */
	void *arg;           /* ... with this. */
};

/* Free what it holds; it is then, as one with but an offer, ready for use. */
void census_release(struct census *census);

/* The series of the checkpoint ${number} are known: it need not be read. */
void census_skip(struct census *census, uint64_t number);

/**
 * census_begin(census, wal_dir, number):
 * Begin with the checkpoint ${number} in ${wal_dir}, if it is newer than the
 * last one looked at.
 */
void census_begin(struct census *census, const char *wal_dir, uint64_t number);

/**
 * census_step(census, refs):
 * Read on, and at the end let go of the refs in ${refs} that are dead, all in
 * bounded steps.  Return whether there is more to do.
 */
bool census_step(struct census *census, struct refmap *refs);

#endif /* AGENT_INTAKE_CENSUS_H */
