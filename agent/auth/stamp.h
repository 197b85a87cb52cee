/* SPDX-License-Identifier: Apache-2.0 */
/* agent/auth/stamp.h - what of a file changes when its content does. */
#ifndef AGENT_AUTH_STAMP_H
#define AGENT_AUTH_STAMP_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

struct stamp {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec written, changed;
};

struct stamp stamp_of(const struct stat *st);

bool stamp_same(const struct stamp *a, const struct stamp *b);

#endif /* AGENT_AUTH_STAMP_H */
