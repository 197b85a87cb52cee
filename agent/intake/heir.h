/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/intake/heir.h - the series of an earlier destination, taken over by another.
 *
 * Each is taken when the log comes to it, which relabels it; what is in the
 * log no more is taken a few at a time.  Then the legacy is given up.
 */
#ifndef AGENT_INTAKE_HEIR_H
#define AGENT_INTAKE_HEIR_H

#include "agent/base/clock.h"
#include "agent/intake/legacy.h"
#include "agent/series/recall.h"

/* One step goes over so many pages of refs, about: rules may take long. */
#define HEIR_STEP 2u

#define HEIR_TURN (2 * CLOCK_MSEC)

/* Zeroed, there is nothing to take. */
struct heir {
	struct legacy legacy;
	struct refmap *refs; /* That are to be known. */
	const struct labelsets *sets;
	struct graveyard *graveyard;
	recall_fn *learn; /* As refmap_learn; -1: no memory. */
	void *arg;

	uint32_t at;                  /* Where the refs are taken from next. */
	bool starved;                 /* One could not be taken, of late. */
	struct wal_label_list labels; /* Of the last that was. */
};

/**
 * heir_begin(heir, legacy):
 * Take over the ${legacy}, of which there is some, to have its refs
 * in heir->refs, which has none.  All but the first five are as zeroed.
 */
void heir_begin(struct heir *heir, struct legacy *legacy);

/* Whether there is more to take. */
bool heir_expects(const struct heir *heir);

enum heir_result { HEIR_MORE, HEIR_DONE, HEIR_NOMEM };

/* Take a few, or give up what is left after the last.  If there was no memory
 * for one, all that were not taken come again. */
enum heir_result heir_step(struct heir *heir);

/* Take as many as HEIR_TURN allows, by ${clock}. */
enum heir_result heir_go_on(struct heir *heir, struct clock *clock);

/* Give up what was not taken. */
void heir_release(struct heir *heir);

#endif /* AGENT_INTAKE_HEIR_H */
