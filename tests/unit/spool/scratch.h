/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/spool/scratch.h - a directory of a test's own. */
#ifndef TESTS_UNIT_SPOOL_SCRATCH_H
#define TESTS_UNIT_SPOOL_SCRATCH_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct scratch {
	char path[64];
	int dir;
};

static inline void
scratch_open(struct scratch *scratch)
{
	(void)snprintf(
	    scratch->path, sizeof(scratch->path), "/tmp/spool.XXXXXX");
	if (mkdtemp(scratch->path) == NULL)
		abort();
	scratch->dir = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (scratch->dir == -1)
		abort();
}

static inline void
scratch_close(struct scratch *scratch)
{
	DIR *stream = fdopendir(scratch->dir);
	const struct dirent *entry;

	if (stream == NULL)
		abort();
	rewinddir(stream);
	while ((entry = readdir(stream)) != NULL)
		if (unlinkat(dirfd(stream), entry->d_name, 0) != 0)
			(void)unlinkat(
			    dirfd(stream), entry->d_name, AT_REMOVEDIR);
	(void)closedir(stream);
	(void)rmdir(scratch->path);
}

/* Write the file ${name}, of ${text}. */
static inline void
scratch_write(const struct scratch *scratch, const char *name, const char *text)
{
	int fd = openat(
	    scratch->dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd == -1 ||
	    write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
	    close(fd) != 0)
		abort();
}

static inline bool
scratch_has(const struct scratch *scratch, const char *name)
{
	return faccessat(scratch->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

#endif /* TESTS_UNIT_SPOOL_SCRATCH_H */
