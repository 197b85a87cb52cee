/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/batch/group.h - entries of several records, gathered by their series.
 *
 * When there is much to catch up with, requests carry the labels of a series
 * once for all its entries in a range, and no series is in two batches but one
 * that has more entries than a batch may hold.  The series stay in the order
 * in which they were first met, and the entries of each in theirs: so the same
 * records always give the same batches.
 */
#ifndef AGENT_BATCH_GROUP_H
#define AGENT_BATCH_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/buf.h"
#include "agent/batch/encode.h"
#include "agent/batch/kept.h"
#include "agent/batch/twice.h"
#include "agent/series/final.h"

/* Entries after which a group takes no further record. */
#define GROUP_MAX 160000u

/* Bytes of exemplars and histograms, likewise; and one record more. */
#define GROUP_FIELDS_MAX (8u << 20)

struct group_entry {
	int64_t time;
	uint64_t value; /* Of a sample; else where its packed field begins. */
	uint32_t next;  /* The series' next entry, from 1; 0: none. */
	enum kept_kind kind;
};

struct group_series {
	struct final *final;  /* With a reference of ours. */
	uint32_t first, last; /* Entries that are left, from 1; 0: none. */
	uint32_t count;       /* Of them. */
	bool noted;           /* In the group's twice; else their times rise. */
};

struct group {
	struct finals *finals;
	struct group_entry *entries;
	size_t len, cap;
	struct group_series *series;
	size_t series_len, series_cap;
	size_t encoded;  /* Series that are done with. */
	uint32_t *table; /* Where a series is, from 1, by its final. */
	size_t table_cap;
	struct twice twice; /* Of series whose times do not rise. */
	struct buf fields;  /* Exemplars and histograms, packed. */
	int64_t oldest;     /* Of the entries' times, if there are any. */
};

/* What encoding gave. */
struct group_part {
	uint32_t samples;
	uint32_t exemplars;
	uint32_t histograms;
	int64_t oldest, newest; /* Their times. */
};

/* An empty group of series of ${finals}, which must outlive it. */
void group_init(struct group *group, struct finals *finals);

/* Free its memory, leaving the series to ${finals}'s end. */
void group_release(struct group *group);

/* Whether no further record should be added. */
bool group_full(const struct group *group);

/* Whether nothing is left in it. */
bool group_empty(const struct group *group);

/**
 * group_add(group, record, i):
 * Add the entry ${i} of ${record}.  Return 1, adding nothing, if it is no
 * exemplar, and its series has one of its time already; -1 likewise if there is
 * no memory.
 */
int group_add(struct group *group, const struct kept_record *record, size_t i);

/**
 * group_next(group):
 * The series that is encoded next, of which there is one.
 */
struct group_series *group_next(struct group *group);

/**
 * group_encode(group, encoder, max, ret):
 * Append to ${encoder} as many entries as are left of the next series, for at
 * most ${max}; say in ${ret} what they are.  Return -1, having appended
 * nothing, if there is no memory.
 */
int group_encode(struct group *group, struct encoder *encoder, uint32_t max,
    struct group_part *ret);

/* Empty it, which gives the references back. */
void group_clear(struct group *group);

#endif /* AGENT_BATCH_GROUP_H */
