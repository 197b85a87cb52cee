/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/held.h - a segment that is being read, and which file it is.
 *
 * The file is held open, so it can be read to its end after it was deleted,
 * and no other file can have its device and inode.  Another file under its
 * name is one of two things.  When Prometheus finds damage in a segment at its
 * start, it repairs it: it writes the records before the damage to a new file
 * of that name, and fills up its last page with zeros.  Else the log was begun
 * anew.
 */
#ifndef WAL_HELD_H
#define WAL_HELD_H

#include <stdbool.h>
#include <sys/types.h>

#include "wal/segment.h"
#include "wal/status.h"

/* A zeroed one is closed. */
struct wal_held {
	struct wal_segment *segment; /* NULL when closed. */
	int fd;                      /* Owned by the segment. */
	dev_t device;
	ino_t inode;
};

/**
 * wal_held_open(held, path, name, patient):
 * Open the segment ${name} of the directory ${path} in ${held}, which is
 * closed.  Return WAL_IO with the errno of wal_dir_open_segment.
 */
enum wal_status wal_held_open(
    struct wal_held *held, const char *path, const char *name, bool patient);

/* Do nothing to a closed one. */
void wal_held_close(struct wal_held *held);

/**
 * wal_held_replaced(held, path, name):
 * Whether the file ${name} in the directory ${path} exists, is another than
 * the open one, and is not that repaired.  One that has just been created
 * looks repaired, so ask again when it has grown.
 */
bool wal_held_replaced(
    const struct wal_held *held, const char *path, const char *name);

#endif /* WAL_HELD_H */
