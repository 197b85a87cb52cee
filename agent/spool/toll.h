/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/toll.h - what a segment that is let go of unread had in it.
 *
 * It is read once more, by the worker, TOLL_SLICE bytes in a job.
 */
#ifndef AGENT_SPOOL_TOLL_H
#define AGENT_SPOOL_TOLL_H

#include <stdint.h>

#include "agent/base/worker.h"

#define TOLL_SLICE (8u << 20) /* Bytes of the segment's file. */

struct toll_count {
	uint64_t samples;
	uint64_t histograms;
	uint64_t exemplars;
	uint64_t bytes; /* Of the file, from where it was read. */
	int64_t first;  /* Times of what was counted, ms since 1970; */
	int64_t last;   /* meaningless if nothing was. */
};

struct toll;

struct toll_options {
	struct worker *worker;
	int fd;          /* The segment's file. */
	uint64_t offset; /* 0, or the end of a record: what is before it
				   does not count. */
	void (*done)(
	    void *arg, struct toll *toll, const struct toll_count *count);
	void *arg;
};

/**
 * toll_new(options):
 * Begin to count; ${options->fd}, which stays the caller's, may be closed at
 * once.  When all is counted that can be, ${done} is called from the loop, never
 * from within, and may free the toll, with which
 * ${count} goes.  NULL, with errno, if it cannot begin.
 */
struct toll *toll_new(const struct toll_options *options);

/* Free it; if it is not done, as soon as the worker can.  Do nothing to NULL. */
void toll_free(struct toll *toll);

#endif /* AGENT_SPOOL_TOLL_H */
