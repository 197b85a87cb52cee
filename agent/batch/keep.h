/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/batch/keep.h - what of a record is to be sent.
 *
 * Samples always; exemplars and native histograms if the destination wants
 * them.  What has no series, or no place in remote write 1.0, is left out and
 * can be counted by reason.
 */
#ifndef AGENT_BATCH_KEEP_H
#define AGENT_BATCH_KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/batch/kept.h"
#include "agent/meters/meters.h"
#include "agent/position/position.h"
#include "agent/series/refmap.h"
#include "wal/follow.h"

struct keep {
	struct refmap *refs;   /* What refs stand for; not owned. */
	struct meters *meters; /* Likewise. */
	int64_t since;         /* Nothing before is kept; ms since 1970. */
	int64_t skip;          /* Nor before this, and that is counted. */
	bool exemplars;        /* Wanted. */
	bool histograms;       /* Wanted. */
	struct position_former former; /* Nothing of this is kept or counted. */
	bool settled;                  /* Nor the next record, if of these. */
	enum kept_kind kind; /* Of the last record; what of it was left out: */
	size_t unknown;      /* Entries without a series. */
	size_t dropped;      /* Entries of a series that a rule drops. */
	size_t refused;      /* Entries of a series that cannot be sent. */
	size_t unfit;        /* Entries of one whose labels do not fit. */
	size_t beyond;       /* Entries of one that there is no room for. */
	size_t skipped;      /* Entries of before skip. */
	size_t custom;       /* Histograms with custom buckets. */
	size_t large;        /* Entries too large for a request. */
	size_t strange;      /* Histograms of a schema that nobody knows. */
	uint64_t segment;    /* Of the last record. */

	struct kept *kept; /* Of the last record. */
	size_t cap;
	struct wal_sample_list sample_list;
	struct wal_exemplar_list exemplar_list;
	struct wal_histogram_list histogram_list;
};

/* Free what was decoded.  Zeroed is ready for use, once it has its first six. */
void keep_release(struct keep *keep);

/* The next record, which is in a segment, ends at ${mark}. */
void keep_reach(struct keep *keep, const struct wal_mark *mark);

/**
 * keep_entry(keep, entry, ret):
 * Put what of the record ${entry} is to be sent into ${ret}, which is valid
 * until the next call and lacks its end; nothing of a record of a kind that is
 * not sent.
 * WAL_CORRUPT, nothing kept, if it does not decode.
 */
enum wal_status keep_entry(
    struct keep *keep, const struct wal_entry *entry, struct kept_record *ret);

/* Count in the meters what was left out of the last record, by reason. */
void keep_account(struct keep *keep);

#endif /* AGENT_BATCH_KEEP_H */
