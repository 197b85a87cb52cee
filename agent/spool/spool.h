/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/spool.h - segments are held until nobody needs them any more.
 *
 * One per log.  Each segment is held from when it is first seen, since
 * Prometheus may delete it at any time, until no destination needs it.  How
 * that is done is a way's (agent/spool/way.h); what was held is remembered in
 * the state directory, and believed in a later life if its first fragment is
 * the one that was saved.
 */
#ifndef AGENT_SPOOL_SPOOL_H
#define AGENT_SPOOL_SPOOL_H

#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/base/stats.h"
#include "agent/base/worker.h"
#include "agent/spool/way.h"
#include "wal/log.h"

/* Segments that a destination has no use for are those written before this. */
#define SPOOL_AGE_MARGIN (60 * CLOCK_SEC)

/* Why a segment is held no more. */
enum spool_reason {
	SPOOL_READ,       /* All have read it. */
	SPOOL_AGE,        /* All in it is too old for those who have not. */
	SPOOL_UNBELIEVED, /* It is not what was saved under its name. */
	SPOOL_MAX_BYTES,  /* It was beyond what may be pinned. */
	SPOOL_MAX_AGE,
	SPOOL_MIN_FREE,
	SPOOL_REASONS,
};

/* All of it must outlive the spool, but for ${way}, which becomes its own. */
struct spool_options {
	struct clock *clock;
	struct worker *worker;
	struct stats *stats;
	struct spool_way *way;
	const char *state_dir;
	const char *wal_dir;
	uint64_t generation; /* The highest that a saved position knows. */
};

struct spool;
struct spool_reader; /* A destination, or whoever else reads the log. */

/**
 * spool_open(options):
 * Take up what an earlier life held.  NULL, and a line in the log, if that
 * cannot be; ${options->way} is freed then too.
 */
struct spool *spool_open(const struct spool_options *options);

/* Save what is held, and free.  Do nothing to NULL. */
void spool_free(struct spool *spool);

/* Through which the log is read. */
struct wal_keeper *spool_keeper(struct spool *spool);

/* Look at the directory: hold what is new, and see what has changed. */
void spool_look(struct spool *spool);

/* Let go of what nobody needs. */
void spool_tidy(struct spool *spool);

/* One more reads the log, and needs all of it so far; NULL: no memory. */
struct spool_reader *spool_join(struct spool *spool);

/**
 * spool_stand(reader, generation, segment):
 * ${reader} needs nothing before ${segment} of ${generation} any more.
 */
void spool_stand(
    struct spool_reader *reader, uint64_t generation, uint64_t segment);

/* It has no use for samples older than ${usec} microseconds; 0: for all. */
void spool_limit(struct spool_reader *reader, uint64_t usec);

/* It needs nothing any more.  Do nothing to NULL. */
void spool_leave(struct spool_reader *reader);

#endif /* AGENT_SPOOL_SPOOL_H */
