/* SPDX-License-Identifier: Apache-2.0 */
/* agent/series/labels.h - labels in the order that a series has them. */
#ifndef AGENT_SERIES_LABELS_H
#define AGENT_SERIES_LABELS_H

#include <stddef.h>
#include <stdint.h>

#include "wal/record.h"

/**
 * labels_tidy(labels, len):
 * Sort the ${len} labels by name, in place.  Labels without a name or a
 * value are left out; of several with one name that of the least value counts.  Return how
 * many there are then.
 */
size_t labels_tidy(struct wal_label *labels, size_t len);

/* How many bytes the names and values have. */
size_t labels_size(const struct wal_label *labels, size_t len);

/* A hash of the names and values, as they are. */
uint32_t labels_hash(const struct wal_label *labels, size_t len);

#endif /* AGENT_SERIES_LABELS_H */
