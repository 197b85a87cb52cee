/* SPDX-License-Identifier: Apache-2.0 */
/* agent/base/look.h - whether a file may have another content than it had. */
#ifndef AGENT_BASE_LOOK_H
#define AGENT_BASE_LOOK_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

/* What tells one content from another; zeroed: there is no file. */
struct look {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified, changed;
};

/* How ${path}, or what it leads to, is now. */
struct look look_at(const char *path);

/* Whether both are of one content. */
bool look_same(const struct look *a, const struct look *b);

#endif /* AGENT_BASE_LOOK_H */
