/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/scan.h - what segments are in the directory, and which files.
 *
 * A look at a directory in which no name has changed costs one system call.
 */
#ifndef AGENT_SPOOL_SCAN_H
#define AGENT_SPOOL_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "agent/base/clock.h"
#include "agent/spool/table.h"
#include "wal/dir.h"

/* One that changed so lately may change again without its time doing so. */
#define SCAN_SETTLED (2 * CLOCK_SEC)

/* Zeroed it is ready for use. */
struct scan {
	struct wal_dir dir;         /* As listed at the last look. */
	struct spool_sight *sights; /* Its segments, by their number. */
	size_t len, cap;
	struct spool_checkpoint checkpoint; /* The newest. */
	bool unfinished;    /* Look again, whether anything changes or not. */
	struct stat looked; /* The directory at the last look, */
	int64_t looked_at;  /* which was then; ms since 1970. */
};

/**
 * scan_look(scan, path, wall):
 * Look at the directory ${path}, at ${wall} ms since 1970.  Return false if
 * there is nothing new, or no telling: while Prometheus repairs the log, or if
 * it cannot be read.
 */
bool scan_look(struct scan *scan, const char *path, int64_t wall);

/* Free it; it is then as good as new. */
void scan_release(struct scan *scan);

#endif /* AGENT_SPOOL_SCAN_H */
