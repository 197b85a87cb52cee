/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/position/places.h - the places of all destinations, in the state directory.
 *
 * Each is a file, <number>.position; beside it, in <number>.series, lie the
 * series that its destination knew (agent/intake/memory.h).  Which is whose is
 * found by its destination's key; failing that, by its URL; and a destination
 * that is new takes over the place of one that goes as it comes, if there is
 * one of each.  So an entry that is edited keeps its place.  A place that
 * nobody claims is kept for PLACES_KEEP, for an entry that is put back; of
 * more than PLACES_MAX the one that was removed first is forgotten before.
 */
#ifndef AGENT_POSITION_PLACES_H
#define AGENT_POSITION_PLACES_H

#include <stddef.h>

#include "agent/base/clock.h"
#include "agent/base/worker.h"
#include "agent/position/place.h"

#define PLACES_MAX 1024u                        /* Files. */
#define PLACES_KEEP (INT64_C(24) * 3600 * 1000) /* Milliseconds. */

/* Who asks for a place. */
struct place_claim {
	const char *key;     /* Each its own. */
	const char *url;     /* As it is shown. */
	struct place *place; /* The answer; owned by the places. */

	/* Those of a list of urls come one after the other. */
	struct position_share share;
};

struct places;

/**
 * places_open(clock, worker, state_dir):
 * Read all places of ${state_dir}, which is locked.  NULL, and a line in the
 * log, if one of them must not or cannot be used, or there is no memory.
 */
struct places *places_open(
    struct clock *clock, struct worker *worker, const char *state_dir);

/* Do nothing to NULL. */
void places_free(struct places *places);

/**
 * places_assign(places, claims, len):
 * Give each of the ${len} claims its place, in place of all assigned before.
 * Return -1 if there is no memory.
 */
int places_assign(
    struct places *places, struct place_claim *claims, size_t len);

/**
 * places_share(places, claims, len):
 * Of those that were just assigned, have each that shares its series go on
 * where none is missed; see agent/position/share.h.  Those of them whose list is
 * another now must not be at work.
 */
void places_share(
    struct places *places, const struct place_claim *claims, size_t len);

/* The highest generation that a place is of. */
uint64_t places_generation(const struct places *places);

#endif /* AGENT_POSITION_PLACES_H */
