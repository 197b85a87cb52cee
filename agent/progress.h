/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/progress.h - how far a log was read, on a terminal.
 *
 * A bar on standard error if that is a terminal, and nothing else otherwise.
 * It goes by bytes of records: padding, and bytes skipped as damage, are not
 * counted, so that it may end short of 100 %.
 */
#ifndef AGENT_PROGRESS_H
#define AGENT_PROGRESS_H

#include <stdint.h>

struct progress {
	uint64_t total; /* Bytes; 0: there is no bar. */
	uint64_t done;
	uint64_t shown; /* Percent, as it stands there; 0: nothing does. */
};

/* Begin a bar for the WAL directory ${wal_dir}, read as dump reads it. */
void progress_begin(struct progress *progress, const char *wal_dir);

/* ${bytes} more were read. */
void progress_add(struct progress *progress, uint64_t bytes);

/* Wipe the bar away; the next bytes draw it again. */
void progress_clear(struct progress *progress);

#endif /* AGENT_PROGRESS_H */
