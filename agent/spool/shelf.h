/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/shelf.h - the files in spool.dir, by the segments they are of.
 *
 * What has another name than a segment's is not ours, and is left alone, but
 * for a copy that was not finished.
 */
#ifndef AGENT_SPOOL_SHELF_H
#define AGENT_SPOOL_SHELF_H

#include <stdbool.h>
#include <sys/stat.h>

#include "agent/base/worker.h"
#include "agent/spool/name.h"

/* Whether the directory ${dir} has a regular file ${name}; its status if so. */
bool shelf_find(int dir, const struct spool_name *name, struct stat *ret);

/* Open it to read; -1, with errno: ENOENT if there is none. */
int shelf_open(int dir, const struct spool_name *name);

/* Remove it, if it is there; what that takes of time is ${worker}'s. */
void shelf_remove(
    int dir, const struct spool_name *name, struct worker *worker);

/**
 * shelf_list(dir, worker, each, arg):
 * Call ${each}(${arg}, name) for all there are, in whatever order; what it is
 * given is valid within the call.  Copies that were not finished are removed,
 * as above.
 * Return -1, with errno, if the directory cannot be read.
 */
int shelf_list(int dir, struct worker *worker,
    void (*each)(void *arg, const struct spool_name *name), void *arg);

#endif /* AGENT_SPOOL_SHELF_H */
