/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/saver.h - what is remembered goes to the disk, on the worker.
 *
 * One write at a time; of what is put meanwhile the last is written next.
 */
#ifndef AGENT_SPOOL_SAVER_H
#define AGENT_SPOOL_SAVER_H

#include "agent/base/clock.h"
#include "agent/base/worker.h"
#include "agent/spool/table.h"

/* That it cannot be saved is logged this often at most. */
#define SAVER_LOG_PERIOD (60 * CLOCK_SEC)

/* How long after a write that failed the same is tried again. */
#define SAVER_RETRY (5 * CLOCK_SEC)

struct saver;

/* Write to the file ${path}; the rest must outlive it.  NULL: no memory. */
struct saver *saver_new(
    struct clock *clock, struct worker *worker, const char *path);

/**
 * saver_put(saver, table):
 * Have ${table} be what is remembered, if it is not, or could not be written
 * the last time, SAVER_RETRY ago.
 */
void saver_put(struct saver *saver, const struct spool_table *table);

/* Free it, or have it freed when all is written.  Do nothing to NULL. */
void saver_free(struct saver *saver);

#endif /* AGENT_SPOOL_SAVER_H */
