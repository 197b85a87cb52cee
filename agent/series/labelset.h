/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/series/labelset.h - every set of labels, once.
 *
 * A label set is the identity of a series: names with values, sorted by name,
 * no name twice, no value empty.  Two that are equal are one object, so that
 * pointers are compared.  A set lives as long as someone holds a reference.
 * It takes 16 bytes, and one to four a name or value.
 */
#ifndef AGENT_SERIES_LABELSET_H
#define AGENT_SERIES_LABELSET_H

#include <stddef.h>
#include <stdint.h>

#include "wal/record.h"

/* A series with more labels than this is refused. */
#define LABELSET_LABELS_MAX 10000u

struct labelset;
struct labelsets;

/* NULL if there is no memory. */
struct labelsets *labelsets_new(void);

/* Free all sets, referred to or not.  Do nothing to NULL. */
void labelsets_free(struct labelsets *sets);

/**
 * labelsets_take(sets, labels, len):
 * The set of these ${len} labels, in any order, one reference more.  The
 * array is sorted in place.  Labels without a value are left out; of several
 * with one name that of the least value counts.  NULL if there is no memory
 * or there are more than LABELSET_LABELS_MAX.
 */
struct labelset *labelsets_take(
    struct labelsets *sets, struct wal_label *labels, size_t len);

/* One reference fewer. */
void labelsets_drop(struct labelsets *sets, struct labelset *set);

/* How many labels ${set} has. */
size_t labelset_len(const struct labelset *set);

/**
 * labelset_labels(sets, set, ret):
 * Store in ${ret} the labelset_len labels of ${set}, by name; they are valid
 * as long as the set.
 */
void labelset_labels(const struct labelsets *sets, const struct labelset *set,
    struct wal_label *ret);

/* How many sets there are. */
size_t labelsets_count(const struct labelsets *sets);

#endif /* AGENT_SERIES_LABELSET_H */
