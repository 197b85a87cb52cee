/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/tally.h - what a log amounts to, in a table for people.
 *
 * Counts as records are read; memory is about 40 bytes a series, and one
 * entry a metric name.
 */
#ifndef AGENT_TALLY_H
#define AGENT_TALLY_H

#include <stdio.h>

#include "wal/follow.h"

#define TALLY_TOP 20u /* Metric names that are listed. */

struct tally;

/* NULL if there is no memory. */
struct tally *tally_new(void);

/* Do nothing to NULL. */
void tally_free(struct tally *tally);

/**
 * tally_entry(tally, entry):
 * Count what is in the record ${entry}.  WAL_CORRUPT, nothing counted but the
 * record itself, if it does not decode.
 */
enum wal_status tally_entry(struct tally *tally, const struct wal_entry *entry);

/* Count something that could not be read. */
void tally_notice(struct tally *tally, const struct wal_notice *notice);

/* Forget what refs stand for: a new log begins. */
void tally_forget(struct tally *tally);

/* Print the table to ${file}; -1 if there is no memory. */
int tally_print(struct tally *tally, FILE *file);

#endif /* AGENT_TALLY_H */
