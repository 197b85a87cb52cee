/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/base/lazy.h - a worker that does its jobs when it is told to.
 */
#ifndef TESTS_UNIT_BASE_LAZY_H
#define TESTS_UNIT_BASE_LAZY_H

#include <stddef.h>

#include "agent/base/worker.h"

struct lazy {
	struct worker worker; /* At the head: what is handed out. */
	struct worker_job *first, *last;
	unsigned int submitted;
};

static inline void
lazy_submit(struct worker *worker, struct worker_job *job)
{
	struct lazy *lazy = (struct lazy *)worker;

	job->next = NULL;
	if (lazy->last != NULL)
		lazy->last->next = job;
	else
		lazy->first = job;
	lazy->last = job;
	lazy->submitted++;
}

static inline void
lazy_init(struct lazy *lazy)
{
	*lazy = (struct lazy){ .worker.submit = lazy_submit };
}

/* Do the jobs submitted so far, and tell of each. */
static inline void
lazy_work(struct lazy *lazy)
{
	struct worker_job *job;

	while ((job = lazy->first) != NULL) {
		if ((lazy->first = job->next) == NULL)
			lazy->last = NULL;
		job->work(job->arg);
		job->done(job->arg);
	}
}

#endif /* TESTS_UNIT_BASE_LAZY_H */
