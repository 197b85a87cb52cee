/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/series/labelset.h - every set of labels, once.
 *
 * A label set is the identity of a series: names with values, sorted by name,
 * no name twice, no value empty.  It is known by a number, the same for two
 * that are equal, and lives as long as someone holds a reference.  It takes 18
 * bytes, and one to four a name or value.
 */
#ifndef AGENT_SERIES_LABELSET_H
#define AGENT_SERIES_LABELSET_H

#include <stddef.h>
#include <stdint.h>

#include "agent/series/labels.h"

/* A series with more labels than this is refused. */
#define LABELSET_LABELS_MAX 10000u

#define LABELSET_NONE 0u /* No set has this number. */

struct labelsets;

/* NULL if there is no memory. */
struct labelsets *labelsets_new(void);

/* Free all sets, referred to or not.  Do nothing to NULL. */
void labelsets_free(struct labelsets *sets);

/**
 * labelsets_take(sets, labels, len):
 * The set of these ${len} labels, tidied in place, one reference more.
 * LABELSET_NONE if there is no memory or there are more than LABELSET_LABELS_MAX.
 */
uint32_t labelsets_take(
    struct labelsets *sets, struct wal_label *labels, size_t len);

/* One reference fewer to the set ${number}. */
void labelsets_drop(struct labelsets *sets, uint32_t number);

/* How many labels the set ${number} has. */
size_t labelsets_len(const struct labelsets *sets, uint32_t number);

/**
 * labelsets_labels(sets, number, list):
 * Have the labels of the set ${number} in ${list}, by name, in place of what was
 * there; they are valid as long as the set.  For want of room list->labels are
 * made longer, which the caller frees; -1 if there is no memory.
 */
int labelsets_labels(
    const struct labelsets *sets, uint32_t number, struct wal_label_list *list);

/* How many bytes of memory they take, with their names and values. */
size_t labelsets_bytes(const struct labelsets *sets);

/* How many sets there are, and of them, how many have labels. */
size_t labelsets_count(const struct labelsets *sets);
size_t labelsets_series(const struct labelsets *sets);

#endif /* AGENT_SERIES_LABELSET_H */
