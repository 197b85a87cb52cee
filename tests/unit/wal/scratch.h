/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/wal/scratch.h - files that are gone after the test. */
#ifndef TESTS_UNIT_WAL_SCRATCH_H
#define TESTS_UNIT_WAL_SCRATCH_H

#include <ftw.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* An empty file without a name; owned by the caller. */
static inline int
scratch_file(void)
{
	int fd = memfd_create("scratch", MFD_CLOEXEC);

	if (fd == -1)
		abort();
	return fd;
}

/* Another descriptor of ${fd}, to be given away. */
static inline int
scratch_dup(int fd)
{
	int copy = dup(fd);

	if (copy == -1)
		abort();
	return copy;
}

/* Change the byte at ${offset} of ${fd} by ${mask}. */
static inline void
scratch_flip(int fd, uint64_t offset, uint8_t mask)
{
	uint8_t byte;

	if (pread(fd, &byte, 1, (off_t)offset) != 1)
		abort();
	byte ^= mask;
	if (pwrite(fd, &byte, 1, (off_t)offset) != 1)
		abort();
}

static inline uint64_t
scratch_size(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		abort();
	return (uint64_t)st.st_size;
}

/* A new empty directory; freed, with all in it, by scratch_remove. */
static inline char *
scratch_dir(void)
{
	const char *top = getenv("TMPDIR");
	char *path;

	if (asprintf(&path, "%s/walship-test-XXXXXX",
		top != NULL ? top : "/tmp") == -1 ||
	    mkdtemp(path) == NULL)
		abort();
	return path;
}

/* The path of ${name} in ${dir}, to be freed. */
static inline char *
scratch_path(const char *dir, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", dir, name) == -1)
		abort();
	return path;
}

/* Do ${act} (unlink, rmdir, ...) to ${name} in ${dir}. */
static inline void
scratch_do(int (*act)(const char *), const char *dir, const char *name)
{
	char *path = scratch_path(dir, name);

	if (act(path) != 0)
		abort();
	free(path);
}

static inline int
scratch_remove_one(
    const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void
scratch_remove(char *dir)
{
	if (nftw(dir, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		abort();
	free(dir);
}

#endif /* TESTS_UNIT_WAL_SCRATCH_H */
