/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/bounds.h - what is let go of though it was not read.
 *
 * Only what is pinned counts: what would be gone, were it not for us.  While
 * there is too much of it, the oldest goes.  The disks are asked once every
 * BOUNDS_LOOK; in between, what went counts as free, as a disk may take its
 * time to know.
 */
#ifndef AGENT_SPOOL_BOUNDS_H
#define AGENT_SPOOL_BOUNDS_H

#include <stdint.h>
#include <sys/types.h>

#include "agent/base/clock.h"
#include "agent/spool/reserve.h"
#include "agent/spool/spool.h"
#include "agent/spool/table.h"
#include "agent/spool/way.h"

#define BOUNDS_LOOK (3 * CLOCK_SEC)
#define BOUNDS_DISKS 2u /* That of the log, and that of spool.dir. */

struct bounds_options {
	struct clock *clock;
	uint64_t max_bytes;     /* Pinned at most; 0: any. */
	uint64_t max_age;       /* Microseconds since it was written; 0: any. */
	struct reserve reserve; /* Of each disk. */
	const char *paths[BOUNDS_DISKS]; /* A directory on each; NULL: none. */
};

struct bounds {
	struct bounds_options options;
	struct bounds_disk {
		int fd; /* -1: not there. */
		dev_t device;
		int64_t left; /* Bytes besides the reserve. */
	} disks[BOUNDS_DISKS];
	uint64_t look; /* When the disks are asked next. */
};

/* Let go of ${segment}: it is not held afterwards, and the table stays as is. */
typedef void bounds_drop_fn(
    void *arg, struct spool_segment *segment, enum spool_reason reason);

/* All that ${options} point to must outlive it.  A disk may be missing. */
void bounds_init(struct bounds *bounds, const struct bounds_options *options);

/* Do nothing to a zeroed one but make it as good as new. */
void bounds_release(struct bounds *bounds);

/**
 * bounds_check(bounds, table, way, drop, arg):
 * Call ${drop}(${arg}, segment, reason) with what is to go of ${table}, held by
 * ${way}, the oldest first.  Return the bytes that are still pinned.
 */
uint64_t bounds_check(struct bounds *bounds, struct spool_table *table,
    struct spool_way *way, bounds_drop_fn *drop, void *arg);

#endif /* AGENT_SPOOL_BOUNDS_H */
