/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/guard.h - keeps a spool within its bounds.
 *
 * What has to go unread is counted before its disk space is given back: it is
 * read once more, by the worker, from where the reader stands that has come the
 * least far in it.  That is counted and logged.
 */
#ifndef AGENT_SPOOL_GUARD_H
#define AGENT_SPOOL_GUARD_H

#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/base/stats.h"
#include "agent/base/worker.h"
#include "agent/spool/bounds.h"
#include "agent/spool/need.h"
#include "agent/spool/spool.h"
#include "wal/mark.h"

/* Segments that are let go of at a time; the others wait until it is done. */
#define GUARD_MAX 16u

/* An offset behind all there is. */
#define GUARD_READ UINT64_MAX

/* All of it must outlive the guard. */
struct guard_options {
	struct worker *worker;
	struct stats *stats;
	struct spool *spool;
	struct bounds_options bounds;
};

struct guard;

/* NULL if there is no memory. */
struct guard *guard_new(const struct guard_options *options);

/* Do nothing to NULL. */
void guard_free(struct guard *guard);

/**
 * guard_unread(segment, mark):
 * From which offset in its file on ${segment} is still to be read by one who has
 * come to ${mark}; GUARD_READ if nothing is.
 */
uint64_t guard_unread(
    const struct spool_segment *segment, const struct wal_mark *mark);

/* Let go of what is beyond the bounds, if anything; it may take a while. */
void guard_check(struct guard *guard);

#endif /* AGENT_SPOOL_GUARD_H */
