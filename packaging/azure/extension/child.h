/* SPDX-License-Identifier: Apache-2.0 */
/* packaging/azure/extension/child.h - other programs, run and waited for. */
#ifndef PACKAGING_AZURE_EXTENSION_CHILD_H
#define PACKAGING_AZURE_EXTENSION_CHILD_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/buf.h"

#define CHILD_SAID_MAX 16384u /* Bytes kept of what most programs write. */

/* What became of it. */
enum {
	CHILD_NOT_RUN = -1, /* There is no such program, or no memory. */
	CHILD_KILLED = -2,  /* By a signal. */
	CHILD_LATE = -3,    /* It took too long, and was killed. */
};

struct child {
	struct buf said; /* The end of what it wrote. */
};

/* Of what it writes, the last ${max} bytes are kept. */
void child_init(struct child *child, size_t max);
void child_release(struct child *child);

/**
 * child_run(child, seconds, argv):
 * Run ${argv}, found in PATH, with nothing to read, for at most ${seconds},
 * and keep what it writes.  Return its exit status or one of the above.  The
 * words must not be secret: all of the machine can see them.
 */
int child_run(struct child *child, unsigned seconds, const char *const argv[]);

/* The same, with a line in the log of how it ended and what it wrote. */
int child_run_logged(
    struct child *child, unsigned seconds, const char *const argv[]);

/* Whether it wrote ${text}. */
bool child_said(struct child *child, const char *text);

/* The last line that it wrote that is not empty; valid until the next run. */
const char *child_last_line(struct child *child);

/* Whether PATH has a program ${name}. */
bool child_has(const char *name);

#endif /* PACKAGING_AZURE_EXTENSION_CHILD_H */
