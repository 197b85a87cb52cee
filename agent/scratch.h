/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/scratch.h - a directory for one run, which nothing is left of.
 *
 * It is locked while its process lives.  What one left behind that was killed
 * is removed by the next of the same user: by nobody else, and nothing that
 * is locked, or has just been made and may not be locked yet.
 */
#ifndef AGENT_SCRATCH_H
#define AGENT_SCRATCH_H

#define SCRATCH_NAME "walship-scratch-" /* And six letters more. */
#define SCRATCH_YOUNG 60                /* Seconds. */

struct scratch {
	char *path; /* NULL: there is none. */
	int fd;     /* Of it, with the lock; or -1. */
};

/**
 * scratch_make(scratch, above):
 * Make one in the directory ${above}, and remove those left there.  Return -1,
 * with errno, if it cannot be made; to be removed in any case.
 */
int scratch_make(struct scratch *scratch, const char *above);

/* Remove it, and the files in it; there is none then. */
void scratch_remove(struct scratch *scratch);

#endif /* AGENT_SCRATCH_H */
