/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/need.h - who reads a log, and which segments of it are needed.
 *
 * A reader needs all from where it stands on, but for what was written so long
 * ago that it has no use for it.
 */
#ifndef AGENT_SPOOL_NEED_H
#define AGENT_SPOOL_NEED_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/spool/table.h"

/*
 * Samples are written at once: none is older than the last write of its
 * segment by more than this.
 */
#define NEED_AGE_MARGIN (60 * CLOCK_SEC)

struct spool_reader {
	struct spool_reader *next;
	struct need *need;
	uint64_t generation, segment; /* The first that is needed. */

	/*
	 * Have it close what it reads, and store in ${ret} where it goes on;
	 * NULL: it has not begun.
	 */
	void (*close)(void *arg, struct wal_mark *ret);
	void *arg;
	uint64_t limit; /* Microseconds; older samples are of no use; 0: all
			   are. */
};

/* Zeroed there is nobody. */
struct need {
	struct spool_reader *readers;
};

enum needed {
	NEEDED,
	NEEDED_READ, /* No more: all have read it, or there is nobody. */
	NEEDED_AGED, /* Nor by those that have not, for its age. */
};

/* Whether ${segment} of ${table} is needed, at ${wall} ms since 1970. */
enum needed need_of(const struct need *need, const struct spool_table *table,
    const struct spool_segment *segment, int64_t wall);

/* One more who needs all there is; NULL: no memory. */
struct spool_reader *need_join(struct need *need);

/* It needs nothing any more; freed. */
void need_leave(struct spool_reader *reader);

#endif /* AGENT_SPOOL_NEED_H */
