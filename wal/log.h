/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/log.h - the log that a reader sees: what is in the directory, and what
 * is kept of it elsewhere.
 *
 * A keeper holds segments, so that they can be read after Prometheus deleted
 * or rewrote them.  It counts generations: that of the directory is the last.
 * A number that comes to stand for another file, or numbers that go back, close
 * a generation, of which only what is kept can be read any more.
 */
#ifndef WAL_LOG_H
#define WAL_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "wal/dir.h"
#include "wal/status.h"

/* Whoever implements it embeds it. */
struct wal_keeper {
	/* The generation of the directory, as it is at this moment. */
	uint64_t (*generation)(struct wal_keeper *keeper);

	/*
	 * Add to ${list}, in whatever order, by wal_dir_list_add, the segments
	 * of ${generation} that are kept.  Store in ${ret_common} a number below
	 * which the segments of that generation are those of the directory.
	 */
	enum wal_status (*list)(struct wal_keeper *keeper, uint64_t generation,
	    struct wal_dir_list *list, uint64_t *ret_common);

	/*
	 * Open the segment ${number} of ${generation} to read: a descriptor at
	 * offset 0 that shares it with no other, the caller's.  -1, with errno:
	 * ENOENT if it is not kept.
	 */
	int (*open)(
	    struct wal_keeper *keeper, uint64_t generation, uint64_t number);
};

/* Neither is owned. */
struct wal_log {
	const char *path;          /* The directory. */
	struct wal_keeper *keeper; /* NULL: only what is there. */
};

#endif /* WAL_LOG_H */
