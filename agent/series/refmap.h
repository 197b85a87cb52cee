/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/series/refmap.h - from Prometheus's ref to the series it stands for.
 *
 * Prometheus counts refs up, and a scrape's samples come in the order of their
 * refs.  So the map is pages of REFMAP_PAGE neighbours, and a look-up next to
 * the last one costs two comparisons.  A page takes 12 bytes a ref.
 *
 * Each ref knows the last segment in which it was met, so that those not met
 * for long can be let go.
 */
#ifndef AGENT_SERIES_REFMAP_H
#define AGENT_SERIES_REFMAP_H

#include <stddef.h>
#include <stdint.h>

#include "agent/series/final.h"

#define REFMAP_PAGE 64u /* Refs. */

struct refmap;

/**
 * refmap_new(finals):
 * An empty map to series of ${finals}, which must outlive it.  NULL if there
 * is no memory.
 */
struct refmap *refmap_new(struct finals *finals);

/* Drop the map's references and free it.  Do nothing to NULL. */
void refmap_free(struct refmap *map);

/**
 * refmap_meet(map, ref, segment):
 * The series of ${ref}, which was met in ${segment}; NULL if it has none.
 */
struct final *refmap_meet(struct refmap *map, uint64_t ref, uint64_t segment);

/**
 * refmap_set(map, ref, segment, final):
 * From now on ${ref}, met in ${segment}, stands for ${final}, of which the map
 * takes over the caller's reference.  Return -1, taking over nothing, if there
 * is no memory.
 */
int refmap_set(
    struct refmap *map, uint64_t ref, uint64_t segment, struct final *final);

/* Forget the refs that were last met in ${segment} or before. */
void refmap_sweep(struct refmap *map, uint64_t segment);

/* From now on ${ref} stands for nothing. */
void refmap_forget(struct refmap *map, uint64_t ref);

/* Forget all refs. */
void refmap_clear(struct refmap *map);

/* How many refs there are. */
size_t refmap_count(const struct refmap *map);

#endif /* AGENT_SERIES_REFMAP_H */
