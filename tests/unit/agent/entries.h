/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/agent/entries.h - records as a follower hands them out.
 *
 * Each entries_* call composes one record; entries_take makes an entry of it.
 * Labels are given as "name=value,name=value", "" for none.
 */
#ifndef TESTS_UNIT_AGENT_ENTRIES_H
#define TESTS_UNIT_AGENT_ENTRIES_H

#include <stdbool.h>

#include "tests/unit/wal/compose.h"
#include "wal/follow.h"
#include "wal/record.h"

/* Zeroed, it is ready for use. */
struct entries {
	struct compose record; /* Composed and not yet released. */
	uint64_t segment;      /* Where entries are said to be from. */
	bool checkpoint;
};

/* Begin a record of ${type}, with nothing in it yet. */
void entries_begin(struct entries *entries, unsigned int type);

/* A series; and another one in the same record. */
void entries_series(struct entries *entries, uint64_t ref, const char *labels);
void entries_more_series(
    struct entries *entries, uint64_t ref, const char *labels);

/* A sample; and another one, of time ${time}, in the same record. */
void entries_samples(
    struct entries *entries, uint64_t ref, int64_t time, double value);
void entries_more_samples(
    struct entries *entries, int64_t ref_delta, int64_t time_delta);

/* A sample with a start time. */
void entries_samples_v2(struct entries *entries, uint64_t ref, int64_t time,
    int64_t start, double value);

void entries_exemplar(struct entries *entries, uint64_t ref, int64_t time,
    double value, const char *labels);

void entries_metadata(struct entries *entries, uint64_t ref, uint8_t type,
    const char *unit, const char *help);

/* A histogram of each kind. */
void entries_histogram(struct entries *entries, uint64_t ref, int64_t time);
void entries_float_histogram(
    struct entries *entries, uint64_t ref, int64_t time);
void entries_custom_histogram(
    struct entries *entries, uint64_t ref, int64_t time);

/* The record as an entry, valid until entries_release. */
struct wal_entry entries_take(const struct entries *entries);

/* Free the record. */
void entries_release(struct entries *entries);

#endif /* TESTS_UNIT_AGENT_ENTRIES_H */
