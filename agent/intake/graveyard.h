/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/intake/graveyard.h - the series of destinations that are no more.
 *
 * To free a million series takes half a second, for which nothing else would
 * be done.  So they are buried here, and freed a few at each turn of the loop.
 * The room for series does not count those buried: they hinder none of those
 * that are learned in their place.
 */
#ifndef AGENT_INTAKE_GRAVEYARD_H
#define AGENT_INTAKE_GRAVEYARD_H

#include "agent/base/clock.h"
#include "agent/series/final.h"
#include "agent/series/refmap.h"

/* What a turn frees: so many slices, of REFMAP_SLICE pages, about. */
#define GRAVEYARD_SLICES 8u

struct graveyard;

/* An empty one, that goes by ${clock}; NULL if there is no memory. */
struct graveyard *graveyard_new(struct clock *clock);

/* Free all that is buried, however long it takes.  Do nothing to NULL. */
void graveyard_free(struct graveyard *graveyard);

/**
 * graveyard_bury(graveyard, refs, finals):
 * Take over ${refs} and then ${finals}, whose series they are of, to free them
 * bit by bit; of what they were given, only the label sets must outlive the
 * ${graveyard}.  If that is NULL, or ${refs} are, or there is no memory, they
 * are freed at once.
 */
void graveyard_bury(
    struct graveyard *graveyard, struct refmap *refs, struct finals *finals);

#endif /* AGENT_INTAKE_GRAVEYARD_H */
