/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/fd.h - segments held by keeping them open.
 *
 * A file that is open outlives its last name, but not us.  So the descriptor is
 * also given to systemd, if it keeps such, and a segment that has lost its name
 * is copied, one after the other, into a directory of ours; then its descriptor
 * is given up.  The youngest is copied only at a stop, as Prometheus may still
 * be writing to it.
 *
 * If there is no descriptor left for a further segment, the oldest held by one
 * is copied as well, and the further one is held as soon as that is done.
 */
#ifndef AGENT_SPOOL_FD_H
#define AGENT_SPOOL_FD_H

#include "agent/base/clock.h"
#include "agent/base/stats.h"
#include "agent/base/worker.h"
#include "agent/spool/reserve.h"
#include "agent/spool/way.h"

/* Descriptors that are left for all else. */
#define FD_RESERVE 384u

/* Segments held by a descriptor at most, whatever the limit. */
#define FD_OPEN_MAX 16384u

/* A copy for which there was no room is tried again this often. */
#define FD_RETRY (30 * CLOCK_SEC)
#define FD_TELL (300 * CLOCK_SEC) /* And told of this often. */

/* All of it must outlive the way, but for ${dir}, which becomes its own. */
struct fd_way_options {
	struct clock *clock;
	struct worker *worker;
	struct stats *stats;
	int dir;                /* Of the copies, open. */
	const char *path;       /* Of it, for people. */
	struct reserve reserve; /* Of its disk. */
};

/**
 * fd_way_new(options):
 * Hold segments so.  The limit of open files is raised as far as we may.
 * NULL, with ${dir} still the caller's, if there is no memory.
 */
struct spool_way *fd_way_new(const struct fd_way_options *options);

#endif /* AGENT_SPOOL_FD_H */
