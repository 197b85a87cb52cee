/* SPDX-License-Identifier: Apache-2.0 */
/* agent/batch/kept.h - what of the log's records is to be sent. */
#ifndef AGENT_BATCH_KEPT_H
#define AGENT_BATCH_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/meters/kind.h"
#include "agent/series/final.h"
#include "wal/mark.h"
#include "wal/record.h"

/* Something to be sent. */
struct kept {
	struct final *final;
	int64_t time;   /* Milliseconds since 1970. */
	uint64_t value; /* Of a sample: the bits of the double. */
	enum kept_kind kind;
	uint32_t index; /* Of the others: in the list of their record. */
};

/* What was kept of a record. */
struct kept_record {
	const struct kept *kept;
	size_t len;          /* Entries; may be none. */
	size_t plain;        /* Bytes they take in a body, at most. */
	struct wal_mark end; /* Just past the record. */
	size_t stored;       /* Bytes of the log. */
	int64_t after;       /* See struct position; of a checkpoint. */
	int64_t newest;      /* Of the times in it that have come, the last;
				ms, or INT64_MIN. */
	bool doubtful;       /* It may have been sent in an earlier life. */

	/* Where the entries of these kinds are, if there are any. */
	const struct wal_exemplar_list *exemplars;
	const struct wal_histogram_list *histograms;
};

#endif /* AGENT_BATCH_KEPT_H */
