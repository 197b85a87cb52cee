/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/base/worker.h - the one thread that may block on a disk.
 *
 * The loop must not wait for a disk, so what does is a job: its work is done
 * by the worker, one job after the other, and may touch nothing but what its
 * argument owns; then the loop is told.  A worker is a small struct of
 * functions, so that tests can have the work done when they choose.
 */
#ifndef AGENT_BASE_WORKER_H
#define AGENT_BASE_WORKER_H

#include <systemd/sd-event.h>

#include "agent/base/clock.h"

/* How long worker_thread_free waits for a disk that does not answer. */
#define WORKER_PATIENCE (2 * CLOCK_SEC)

/* The caller's, until done was called. */
struct worker_job {
	struct worker_job *next; /* The worker's. */
	void (*work)(void *arg); /* On the worker's thread. */
	void (*done)(void *arg); /* On the loop, after it. */
	void *arg;
};

struct worker {
	void (*submit)(struct worker *worker, struct worker_job *job);
};

/* Have ${job} done, after those submitted before. */
static inline void
worker_submit(struct worker *worker, struct worker_job *job)
{
	worker->submit(worker, job);
}

/* A worker with a thread, which reports to ${event}; NULL if there is none. */
struct worker *worker_thread_new(sd_event *event);

/**
 * worker_thread_free(worker):
 * Wait until all jobs are done, each told so, with those that come of it, and
 * free.  After WORKER_PATIENCE leave the thread to its disk, with all it may touch, which
 * the end of the process frees.  Return -1 then.  Do nothing to NULL.
 */
int worker_thread_free(struct worker *worker);

#endif /* AGENT_BASE_WORKER_H */
