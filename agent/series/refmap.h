/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/series/refmap.h - from Prometheus's ref to the series it stands for.
 *
 * Prometheus counts refs up, and a scrape's samples come in the order of their
 * refs.  So the map is pages of REFMAP_PAGE neighbours, and a look-up next to
 * the last one costs two comparisons.  A page takes 12 bytes a ref.
 *
 * Each ref has the labels it was given in the log, and the final series made
 * of them.  It knows the last segment in which it was met, so that those not
 * met for long can be let go.
 *
 * No call takes long: what goes over the whole map does so in slices.
 */
#ifndef AGENT_SERIES_REFMAP_H
#define AGENT_SERIES_REFMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/series/final.h"
#include "agent/series/labelset.h"
#include "agent/series/room.h"

#define REFMAP_PAGE 64u  /* Refs. */
#define REFMAP_SLICE 32u /* Pages, about, that one call goes over. */

struct refmap;

/**
 * refmap_new(sets, finals):
 * An empty map to label sets of ${sets} and series of ${finals}, which must
 * outlive it.  NULL if there is no memory.
 */
struct refmap *refmap_new(struct labelsets *sets, struct finals *finals);

/**
 * refmap_limit(map, room):
 * From now on learn no series that no map has yet if there is no ${room} for
 * it, which must outlive the map.
 */
void refmap_limit(struct refmap *map, struct room *room);

/**
 * refmap_orphan(map):
 * Its final series are to be freed: nothing but the refs' labels is left, none
 * is to be learned or met any more.
 */
void refmap_orphan(struct refmap *map);

/**
 * refmap_free(map):
 * Drop the map's references and free it.  Do nothing to NULL.  This goes over
 * all refs: where that takes too long, clear and tidy the map before.
 */
void refmap_free(struct refmap *map);

/**
 * refmap_learn(map, ref, segment, labels, len):
 * From now on ${ref}, met in ${segment}, stands for the series with these
 * ${len} labels, which are tidied in place.  Return its fate; if it has more
 * or longer labels than can be sent, it is kept without any, as it is if there
 * is no room: then the same labels can be learned again when there is.  After
 * FINAL_NOMEM the map is as it was.
 */
enum final_result refmap_learn(struct refmap *map, uint64_t ref,
    uint64_t segment, struct wal_label *labels, size_t len);

/**
 * refmap_meet(map, ref, segment):
 * The series of ${ref}, which was met in ${segment}; NULL if it has none.
 */
struct final *refmap_meet(struct refmap *map, uint64_t ref, uint64_t segment);

/* The labels that ${ref} was given, or LABELSET_NONE if it has no series. */
uint32_t refmap_labels(struct refmap *map, uint64_t ref);

/**
 * refmap_sweep(map, segment):
 * Forget the refs that were last met in ${segment} or before: those of a slice
 * of the map.  Return whether there is more of it to go over.
 */
bool refmap_sweep(struct refmap *map, uint64_t segment);

/* Forget all refs.  What they took is given back as others are learned. */
void refmap_clear(struct refmap *map);

/* Called with a ref that the map does not have: learn it, if it is known. */
typedef void refmap_ask_fn(void *arg, uint64_t ref);

/**
 * refmap_ask(map, fn, arg):
 * Until this is called again, call ${fn}(${arg}, ref) before a ref is met or
 * learned that the map does not have; NULL: nothing.
 */
void refmap_ask(struct refmap *map, refmap_ask_fn *fn, void *arg);

/* In segments below that, refs were given other labels: see refmap_redefined. */
void refmap_note_redefined(struct refmap *map, uint64_t redefined);

/**
 * refmap_tidy(map):
 * Give back a slice of what was forgotten by refmap_clear.  Return whether
 * there may be more.
 */
bool refmap_tidy(struct refmap *map);

/**
 * Called for ${ref}, last met in segment ${met}, with its labels in the log,
 * ${set} being their number in ${sets}.
 */
typedef void refmap_fn(void *arg, const struct labelsets *sets, uint64_t ref,
    uint64_t met, uint32_t set);

/**
 * refmap_walk(map, at, fn, arg):
 * Call ${fn}(${arg}, ...) for the refs of the next few pages, beginning with
 * ${*at} 0, and move on ${*at}.  Return whether there are more.  A ref that
 * stays in the map is met at least once, whatever is learned between calls; but
 * those that there was no room for are left out.
 */
bool refmap_walk(
    const struct refmap *map, uint32_t *at, refmap_fn *fn, void *arg);

/* Counts how often the map was cleared, or a ref was given other labels. */
uint64_t refmap_changes(const struct refmap *map);

/**
 * refmap_redefined(map):
 * Of the segments in which a ref was given other labels than it had, since the
 * map was cleared, the number of the last plus 1; 0 if there was none.
 */
uint64_t refmap_redefined(const struct refmap *map);

/* How many bytes of memory the map takes, beside what it refers to. */
size_t refmap_bytes(const struct refmap *map);

/* Whether ${ref} has no series because there was no room. */
bool refmap_is_beyond(struct refmap *map, uint64_t ref);

/* How many refs have no series because there was no room. */
size_t refmap_beyond(const struct refmap *map);

/* How many refs there are. */
size_t refmap_count(const struct refmap *map);

#endif /* AGENT_SERIES_REFMAP_H */
