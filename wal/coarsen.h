/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/coarsen.h - native histograms of lower resolution.
 *
 * A bucket of schema s holds what two neighbours of schema s + 1 do: bucket i
 * of the finer goes into ceil(i / 2) of the coarser.
 */
#ifndef WAL_COARSEN_H
#define WAL_COARSEN_H

#include <stdbool.h>

#include "wal/record.h"

/**
 * wal_coarsen(list, histogram, schema):
 * Give ${histogram}, whose spans and buckets are in ${list}, the lower
 * resolution ${schema}, in place.  Return false if its spans and buckets do
 * not match; it is then no histogram.
 */
bool wal_coarsen(struct wal_histogram_list *list,
    struct wal_histogram *histogram, int32_t schema);

#endif /* WAL_COARSEN_H */
