/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/spool/saved.h"
#include "agent/spool/saver.h"

struct saver {
	struct clock *clock;
	struct worker *worker;
	char *path;
	struct buf waiting; /* To be written; empty: nothing is. */
	struct buf writing; /* The worker's, while it is busy. */
	struct worker_job job;
	uint8_t head[SAVED_HEAD]; /* Of the last that was put. */
	int error;                /* Of the last write, 0: none. */
	uint64_t retry;           /* When it may be made again, if it failed. */
	bool busy, freed;
	struct log_gate gate;
};

static void
destroy(struct saver *saver)
{
	buf_release(&saver->waiting);
	buf_release(&saver->writing);
	free(saver->path);
	free(saver);
}

/* On the worker. */
static void
work(void *arg)
{
	struct saver *saver = arg;

	saver->error = saved_store(saver->path, saver->writing.data,
			   saver->writing.len) == 0
	    ? 0
	    : errno;
}

/* Have what waits be written, if the worker is not at it. */
static void
go_on(struct saver *saver)
{
	struct buf waiting = saver->waiting;

	if (saver->busy || waiting.len == 0)
		return;
	saver->waiting = saver->writing;
	saver->writing = waiting;
	buf_reset(&saver->waiting);
	saver->busy = true;
	worker_submit(saver->worker, &saver->job);
}

static void
say_failed(struct saver *saver, int error)
{
	uint64_t hidden;

	if (log_gate_open(&saver->gate, clock_monotonic(saver->clock),
		SAVER_LOG_PERIOD, &hidden))
		log_error("cannot save which segments are held, trying again; "
			  "after a restart they would be given up: make room "
			  "in state_dir and see that this user may write there",
		    LOG_STR("path", saver->path), LOG_ERRNO(error),
		    LOG_UINT("unsaid", hidden));
}

static void
done(void *arg)
{
	struct saver *saver = arg;

	saver->busy = false;
	if (saver->error != 0) {
		saver->retry = clock_monotonic(saver->clock) + SAVER_RETRY;
		say_failed(saver, saver->error);
	}
	go_on(saver);
	if (saver->freed && !saver->busy)
		destroy(saver);
}

struct saver *
saver_new(struct clock *clock, struct worker *worker, const char *path)
{
	struct saver *saver;

	if ((saver = calloc(1, sizeof(*saver))) == NULL)
		return NULL;
	saver->clock = clock;
	saver->worker = worker;
	saver->job = (struct worker_job){
		.work = work,
		.done = done,
		.arg = saver,
	};
	buf_init(&saver->waiting, SAVED_MAX + 1);
	buf_init(&saver->writing, SAVED_MAX + 1);
	if ((saver->path = strdup(path)) == NULL) {
		destroy(saver);
		return NULL;
	}
	return saver;
}

void
saver_put(struct saver *saver, const struct spool_table *table)
{
	bool failed = !saver->busy && saver->error != 0 &&
	    clock_monotonic(saver->clock) >= saver->retry;
	struct buf table_now;

	buf_init(&table_now, SAVED_MAX + 1);
	saved_encode(table, &table_now);
	if (table_now.bad) {
		say_failed(saver, ENOMEM);
	} else if (failed ||
	    memcmp(saver->head, table_now.data, SAVED_HEAD) != 0) {
		memcpy(saver->head, table_now.data, SAVED_HEAD);
		buf_release(&saver->waiting);
		saver->waiting = table_now;
		go_on(saver);
		return;
	}
	buf_release(&table_now);
}

void
saver_free(struct saver *saver)
{
	if (saver == NULL)
		return;
	saver->freed = true;
	if (!saver->busy)
		destroy(saver);
}
