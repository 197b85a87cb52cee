/* SPDX-License-Identifier: Apache-2.0 */
/* agent/base/stamp.h - what of a file changes when its content does. */
#ifndef AGENT_BASE_STAMP_H
#define AGENT_BASE_STAMP_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

/* Zeroed: there is no file. */
struct stamp {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec written, changed;
};

struct stamp stamp_of(const struct stat *st);

/* That of ${path}, or of what it leads to, now. */
struct stamp stamp_at(const char *path);

bool stamp_same(const struct stamp *a, const struct stamp *b);

#endif /* AGENT_BASE_STAMP_H */
