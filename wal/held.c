/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wal/dir.h"
#include "wal/held.h"

/*
 * Bytes at the end of a file that are compared: as much padding as there can
 * be, and as much again.  It is the end because a log begun anew can begin with
 * the very same series; once it has samples, their times differ.
 */
#define COMPARED 65536

enum wal_status
wal_held_open(
    struct wal_held *held, const char *path, const char *name, bool patient)
{
	struct stat st;
	int fd;

	if ((fd = wal_dir_open_segment(path, name)) == -1)
		return WAL_IO;
	if (fstat(fd, &st) != 0 ||
	    (held->segment = wal_segment_open(fd, 0, patient)) == NULL) {
		(void)close(fd);
		return WAL_NOMEM;
	}
	held->fd = fd; /* The segment owns it. */
	held->device = st.st_dev;
	held->inode = st.st_ino;
	return WAL_OK;
}

void
wal_held_close(struct wal_held *held)
{
	wal_segment_free(held->segment);
	held->segment = NULL;
}

/* Whether ${new} ends in what ${old} has in the same place, but for zeros. */
static bool
repaired(int old, int new, off_t new_size)
{
	off_t from = new_size > COMPARED ? new_size - COMPARED : 0;
	uint8_t ours[COMPARED], theirs[COMPARED];
	ssize_t n;

	if ((n = pread(new, theirs, sizeof(theirs), from)) < 0)
		return false;
	while (n > 0 && theirs[n - 1] == 0)
		n--;
	return pread(old, ours, (size_t)n, from) == n &&
	    memcmp(ours, theirs, (size_t)n) == 0;
}

bool
wal_held_replaced(
    const struct wal_held *held, const char *path, const char *name)
{
	struct stat st;
	bool is = false;
	int fd;

	if (!wal_dir_stat(path, name, &st) ||
	    (st.st_ino == held->inode && st.st_dev == held->device))
		return false;
	if ((fd = wal_dir_open_segment(path, name)) == -1)
		return false;
	if (fstat(fd, &st) == 0)
		is = !repaired(held->fd, fd, st.st_size);
	(void)close(fd);
	return is;
}
