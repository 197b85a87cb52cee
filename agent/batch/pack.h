/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/batch/pack.h - exemplars and native histograms as fields of a
 * protobuf TimeSeries, and metadata as a field of a WriteRequest, with the
 * field numbers and omissions of Prometheus.
 *
 * What a TimeSeries has comes after the packed labels of a series.  Samples,
 * of which there are so many more, are packed by agent/batch/encode.c itself.
 */
#ifndef AGENT_BATCH_PACK_H
#define AGENT_BATCH_PACK_H

#include "agent/base/buf.h"
#include "agent/series/families.h"
#include "wal/record.h"

/**
 * pack_exemplar(out, exemplar, labels):
 * Append a TimeSeries' field of ${exemplar}, whose own labels are ${labels}.
 * If there is no memory, ${out} is bad.
 */
void pack_exemplar(struct buf *out, const struct wal_exemplar *exemplar,
    const struct wal_label *labels);

/**
 * pack_histogram(out, list, histogram):
 * The same of ${histogram}, whose spans and buckets are in ${list}.  It has
 * no custom buckets, for which remote write 1.0 has no field.
 */
void pack_histogram(struct buf *out, const struct wal_histogram_list *list,
    const struct wal_histogram *histogram);

/* Append a WriteRequest's field of ${family}; see pack_exemplar. */
void pack_metadata(struct buf *out, const struct family *family);

#endif /* AGENT_BATCH_PACK_H */
