/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/copy.h - a file being copied by the worker.
 *
 * Where the file system can have two files share their blocks, that is done;
 * else the bytes are copied, COPY_SLICE in a job, so that what else waits for
 * the disk is not kept waiting.  The copy has a temporary name until it is whole
 * and on the disk: what ends half way leaves nothing that could be taken for
 * it, and COPY_SUFFIX tells what it leaves.
 *
 * Before each slice there must be room on the disk for it and for what is to
 * be left to others.
 */
#ifndef AGENT_SPOOL_COPY_H
#define AGENT_SPOOL_COPY_H

#include "agent/base/worker.h"
#include "agent/spool/name.h"
#include "agent/spool/reserve.h"

#define COPY_SLICE (8u << 20) /* Bytes. */
#define COPY_SUFFIX ".tmp"    /* Behind the name of what is not whole. */

struct copy;

struct copy_options {
	struct worker *worker;
	int from;         /* The file, open for reading. */
	int dir;          /* The directory of the copy. */
	const char *name; /* Of it there, of less than SPOOL_NAME_MAX bytes;
			     replaced if it exists. */
	struct reserve reserve; /* Of the directory's disk. */
	void (*done)(void *arg, int error);
	void *arg;
};

/**
 * copy_new(options):
 * Begin to copy what the file holds by now.  Both descriptors stay the
 * caller's, who may close them at once.  When it is done, ${done} is called,
 * from the loop and never from within, and may free the copy: with 0, or an
 * errno and nothing left behind.  ENOSPC: it would have taken what is not for
 * us.  Return NULL, with errno, if it cannot begin.
 */
struct copy *copy_new(const struct copy_options *options);

/* Have it give up soon: done with ECANCELED, if it is not whole by then. */
void copy_stop(struct copy *copy);

/**
 * copy_free(copy):
 * Free it; if it is not done, have it give up, as soon as the worker can, and
 * tell nobody.  Do nothing to NULL.
 */
void copy_free(struct copy *copy);

#endif /* AGENT_SPOOL_COPY_H */
