/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/intake/describe.h - from metadata records to metric families.
 *
 * The log has, by ref, what a series is; remote write is told of metric
 * families.  What one series of a family brings replaces what another did.
 */
#ifndef AGENT_INTAKE_DESCRIBE_H
#define AGENT_INTAKE_DESCRIBE_H

#include "agent/meters/meters.h"
#include "agent/series/families.h"
#include "agent/series/refmap.h"
#include "wal/follow.h"

/* What is pointed to is not owned. */
struct describe {
	struct families *families; /* NULL: nothing is to be learnt. */
	struct refmap *refs;
	const struct labelsets *sets;
	struct meters *meters;

	struct wal_metadata_list list;
	struct wal_label_list labels; /* Of one series. */
};

/* Free what was decoded.  Zeroed is ready for use, once it has its first four. */
void describe_release(struct describe *describe);

/**
 * describe_entry(describe, entry):
 * Learn from the metadata record ${entry}; what is not taken is counted.
 * Return WAL_OK, or WAL_CORRUPT if it does not decode.  Want of memory is no
 * failure: what a metric is can be done without.
 */
enum wal_status describe_entry(
    struct describe *describe, const struct wal_entry *entry);

#endif /* AGENT_INTAKE_DESCRIBE_H */
