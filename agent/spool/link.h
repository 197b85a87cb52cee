/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/link.h - segments held by hard links in a directory of our own.
 *
 * They outlive everything but the disk.  Nothing is changed of the files
 * themselves, which are Prometheus's.
 */
#ifndef AGENT_SPOOL_LINK_H
#define AGENT_SPOOL_LINK_H

#include "agent/base/worker.h"
#include "agent/spool/way.h"

/* Under this name it is tried whether a link can be made. */
#define LINK_TRIAL "trial"

/**
 * link_way_new(dir, worker):
 * Hold segments in the directory ${dir}, open, which becomes its own; what is
 * let go of is given back to the disk by ${worker}, which must outlive it.
 * NULL, with ${dir} still the caller's, if there is no memory.
 */
struct spool_way *link_way_new(int dir, struct worker *worker);

/**
 * link_try(dir, wal_dir, file):
 * Link the segment ${file} of ${wal_dir} into ${dir}, and undo that.  Return
 * -1, with errno, if it cannot be: ENOENT if it is gone.
 */
int link_try(int dir, const char *wal_dir, const char *file);

#endif /* AGENT_SPOOL_LINK_H */
