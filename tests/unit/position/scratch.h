/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/position/scratch.h - a directory of a test's own. */
#ifndef TESTS_UNIT_POSITION_SCRATCH_H
#define TESTS_UNIT_POSITION_SCRATCH_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A data directory of Prometheus, with an empty log in it. */
struct scratch {
	char data[64];
	char wal[80];
};

static inline void
scratch_open(struct scratch *scratch)
{
	(void)snprintf(
	    scratch->data, sizeof(scratch->data), "/tmp/ship_test.XXXXXX");
	if (mkdtemp(scratch->data) == NULL)
		abort();
	(void)snprintf(
	    scratch->wal, sizeof(scratch->wal), "%s/wal", scratch->data);
	if (mkdir(scratch->wal, 0700) != 0)
		abort();
}

/* Remove what is in the directory ${path}, and in those in it. */
static inline void
scratch_clear(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	char *below;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (asprintf(&below, "%s/%s", path, entry->d_name) == -1)
			abort();
		if (unlink(below) != 0) {
			scratch_clear(below);
			(void)rmdir(below);
		}
		free(below);
	}
	(void)closedir(dir);
}

/* Remove the segments and checkpoints. */
static inline void
scratch_empty(const struct scratch *scratch)
{
	scratch_clear(scratch->wal);
}

/* Copy the file ${from} to ${to}. */
static inline void
scratch_copy(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char data[4096];
	ssize_t len;

	if (in == -1 || out == -1)
		abort();
	while ((len = read(in, data, sizeof(data))) > 0)
		if (write(out, data, (size_t)len) != len)
			abort();
	(void)close(in);
	(void)close(out);
}

static inline void
scratch_close(const struct scratch *scratch)
{
	scratch_clear(scratch->data);
	(void)rmdir(scratch->data);
}

#endif /* TESTS_UNIT_POSITION_SCRATCH_H */
