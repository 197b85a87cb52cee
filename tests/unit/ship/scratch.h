/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/ship/scratch.h - a directory of a test's own. */
#ifndef TESTS_UNIT_SHIP_SCRATCH_H
#define TESTS_UNIT_SHIP_SCRATCH_H

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

/* Remove the segments. */
static inline void
scratch_empty(const struct scratch *scratch)
{
	DIR *dir = opendir(scratch->wal);
	const struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	(void)closedir(dir);
}

static inline void
scratch_close(const struct scratch *scratch)
{
	scratch_empty(scratch);
	(void)rmdir(scratch->wal);
	(void)rmdir(scratch->data);
}

#endif /* TESTS_UNIT_SHIP_SCRATCH_H */
