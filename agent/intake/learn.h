/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/intake/learn.h - what series the log's refs stand for, as it says, and
 * what there is to say of those that are not sent.
 */
#ifndef AGENT_INTAKE_LEARN_H
#define AGENT_INTAKE_LEARN_H

#include <stdint.h>

#include "agent/intake/remarks.h"
#include "agent/series/refmap.h"
#include "wal/follow.h"
#include "wal/record.h"

/* What it points to must outlive it. */
struct learn {
	struct refmap *refs;
	struct finals *finals;
	struct remarks *remarks;
	struct wal_series_list series; /* Of the last record. */
};

/* Free what was decoded.  With its first three it is ready for use. */
void learn_release(struct learn *learn);

/**
 * learn_one(learn, series, segment, labels):
 * The ref of ${series}, met in ${segment}, has these ${series}->count labels,
 * which are tidied.  Return WAL_OK, or WAL_NOMEM with nothing learned.
 */
enum wal_status learn_one(struct learn *learn, const struct wal_series *series,
    uint64_t segment, struct wal_label *labels);

/* The same of a series in ${list}. */
enum wal_status learn_listed(struct learn *learn,
    const struct wal_series_list *list, const struct wal_series *series,
    uint64_t segment);

/* The same of all series of the record ${entry}; WAL_CORRUPT: it is none. */
enum wal_status learn_entry(struct learn *learn, const struct wal_entry *entry);

#endif /* AGENT_INTAKE_LEARN_H */
