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

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/base/stats.h"
#include "agent/base/worker.h"
#include "agent/spool/gauges.h"
#include "agent/spool/table.h"
#include "agent/spool/way.h"
#include "wal/log.h"

/* That a segment cannot be held is logged this often at most. */
#define SPOOL_LOG_PERIOD (60 * CLOCK_SEC)

/* As each takes a descriptor until the worker has removed it. */
#define SPOOL_TIDY_MAX 32u

/* All of it must outlive the spool, but for the way that is chosen. */
struct spool_options {
	struct clock *clock;
	struct worker *worker;
	struct stats *stats;
	const char *state_dir;
	const char *wal_dir;

	/*
	 * Choose how segments are held, which becomes the spool's, by the
	 * segment ${file} of the log; called once there is one.  NULL: they are
	 * not.
	 */
	struct spool_way *(*choose)(void *arg, const char *file);
	void *arg;
};

struct spool;
struct spool_reader; /* A destination, or whoever else reads the log. */

/* NULL, and a line in the log, if what an earlier life held is not known. */
struct spool *spool_open(const struct spool_options *options);

/* Save what is held, and free.  Do nothing to NULL. */
void spool_free(struct spool *spool);

/* Through which the log is read. */
struct wal_keeper *spool_keeper(struct spool *spool);

/*
 * A reader comes from ${generation}: that of the directory is none before, unless
 * there can be none such.
 */
void spool_at_least(struct spool *spool, uint64_t generation);

/* Look at the directory: hold what is new, and see what has changed. */
void spool_look(struct spool *spool);

/* Let go of what nobody needs, of SPOOL_TIDY_MAX segments in a call. */
void spool_tidy(struct spool *spool);

/**
 * spool_drop(spool, segment, reason):
 * Hold ${segment}, which is held and needed, no more, and never again.  It
 * stays in the table until the next spool_tidy.
 */
void spool_drop(struct spool *spool, struct spool_segment *segment,
    enum spool_reason reason);

/* What it knows of, and how it is held; NULL: nothing is. */
struct spool_table *spool_segments(struct spool *spool);
struct spool_way *spool_way(struct spool *spool);

/* All that read the log. */
struct spool_reader *spool_readers(const struct spool *spool);

/* One more reads the log, and needs all of it so far; NULL: no memory. */
struct spool_reader *spool_join(struct spool *spool);

/**
 * spool_stand(reader, generation, segment):
 * ${reader} needs nothing before ${segment} of ${generation}.
 */
void spool_stand(
    struct spool_reader *reader, uint64_t generation, uint64_t segment);

/* It has no use for samples older than ${usec} microseconds; 0: for all. */
void spool_limit(struct spool_reader *reader, uint64_t usec);

/* It needs nothing any more.  Do nothing to NULL. */
void spool_leave(struct spool_reader *reader);

#endif /* AGENT_SPOOL_SPOOL_H */
