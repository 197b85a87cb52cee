/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/table.h - the segments of a log, generation by generation.
 *
 * A segment is a file under a number.  It belongs to the generation in which it
 * was met first and to all after it, as long as it is under that number in the
 * directory, or was deleted there without another coming back.  Then that
 * generation is closed, and it belongs to no later one.
 */
#ifndef AGENT_SPOOL_TABLE_H
#define AGENT_SPOOL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/spool/name.h"
#include "wal/mark.h"

#define SPOOL_TABLE_MAX 65536u     /* Segments. */
#define SPOOL_LAST_NONE UINT64_MAX /* No generation is its last one yet. */

struct spool_segment {
	struct spool_name name;   /* The generation is its first. */
	uint64_t last;            /* Its last one, or SPOOL_LAST_NONE. */
	struct wal_content first; /* Of its file; all zero: not known yet. */
	dev_t device;             /* Of its file, if ${seen}. */
	ino_t inode;
	bool seen;  /* Its file was met in this life. */
	bool there; /* It was in the directory at the last look. */
	bool held;
	bool unheld;     /* That it cannot be held was told. */
	int64_t written; /* When last, as far as is known; ms since 1970. */
};

/* Zeroed it is empty. */
struct spool_table {
	struct spool_segment *segments; /* By name: the oldest first. */
	size_t len, cap;
	uint64_t generation; /* The directory's. */
	uint64_t highest; /* Number in it; meaningless if ${any} is not set. */
	bool any;
};

#endif /* AGENT_SPOOL_TABLE_H */
