/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "agent/base/look.h"

struct look
look_at(const char *path)
{
	struct look look = { 0 };
	struct stat st;

	if (stat(path, &st) != 0)
		return look;
	look.device = st.st_dev;
	look.inode = st.st_ino;
	look.size = st.st_size;
	look.modified = st.st_mtim;
	look.changed = st.st_ctim;
	return look;
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool
look_same(const struct look *a, const struct look *b)
{
	return a->device == b->device && a->inode == b->inode &&
	    a->size == b->size && same_time(&a->modified, &b->modified) &&
	    same_time(&a->changed, &b->changed);
}
