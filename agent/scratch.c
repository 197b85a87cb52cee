/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/scratch.h"

/* Remove the files in the directory ${fd}, which is closed. */
static void
empty(int fd)
{
	const struct dirent *entry;
	DIR *dir = fdopendir(fd);

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		(void)closedir(dir);
	else
		(void)close(fd);
}

/* Whether ${fd} is of a directory of ours that nobody is at work in. */
static bool
is_left(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	    st.st_mtime < time(NULL) - SCRATCH_YOUNG &&
	    flock(fd, LOCK_EX | LOCK_NB) == 0;
}

/* Remove what was left in the directory ${above}. */
static void
sweep(const char *above)
{
	const struct dirent *entry;
	DIR *dir = opendir(above);
	int fd;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (strncmp(
			entry->d_name, SCRATCH_NAME, strlen(SCRATCH_NAME)) != 0)
			continue;
		fd = openat(dirfd(dir), entry->d_name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd == -1)
			continue;
		if (is_left(fd)) {
			empty(fd);
			(void)unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
		} else {
			(void)close(fd);
		}
	}
	if (dir != NULL)
		(void)closedir(dir);
}

int
scratch_make(struct scratch *scratch, const char *above)
{
	*scratch = (struct scratch){ .fd = -1 };
	sweep(above);
	if (asprintf(&scratch->path, "%s/" SCRATCH_NAME "XXXXXX", above) ==
	    -1) {
		scratch->path = NULL;
		errno = ENOMEM;
		return -1;
	}
	if (mkdtemp(scratch->path) == NULL) {
		free(scratch->path);
		scratch->path = NULL;
		return -1;
	}
	scratch->fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return scratch->fd == -1 || flock(scratch->fd, LOCK_EX | LOCK_NB) != 0
	    ? -1
	    : 0;
}

void
scratch_remove(struct scratch *scratch)
{
	int lock;

	if (scratch->path == NULL)
		return;
	/* Locked until it is gone. */
	lock = scratch->fd;
	if (lock != -1 && (scratch->fd = dup(lock)) != -1)
		empty(scratch->fd);
	(void)rmdir(scratch->path);
	if (lock != -1)
		(void)close(lock);
	free(scratch->path);
	*scratch = (struct scratch){ .fd = -1 };
}
