/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/held.h - a segment that is being read, and which file it is.
 *
 * The file is held open, so it can be read to its end after it was deleted,
 * and no other file can have its device and inode.
 *
 * The compression of a record is stated by header bits that no checksum covers,
 * but its data is covered.  So what they say is believed as long as there is no
 * doubt: that it does not decompress, or not to a type that is known, or is no
 * shorter than when plain, which no writer leaves so.  Then it is tried whether
 * what comes out decodes, and if not, what would if the bits were others.  If
 * something does, that is told as damage, and the record given all the same.
 */
#ifndef WAL_HELD_H
#define WAL_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wal/mark.h"
#include "wal/segment.h"
#include "wal/status.h"
#include "wal/unpack.h"

/* A zeroed one is closed. */
struct wal_held {
	struct wal_segment *segment; /* NULL when closed. */
	int fd;                      /* Owned by the segment. */
	dev_t device;
	ino_t inode;
	struct wal_content first; /* What it begins with, after a record. */
	struct wal_record record; /* The last; if it was not given yet for */
	bool pending;             /* want of memory, or of what is first. */
	struct wal_damage damage; /* The last that was found. */
	bool given_up;            /* It is still to be told. */
};

/**
 * wal_held_open(held, fd, offset, patient):
 * Open in ${held}, which is closed, the segment ${fd}, to be read from
 * ${offset}; see wal_segment_open.  It is then the segment's; after WAL_NOMEM
 * it is closed.  An ${fd} of -1 gives WAL_IO.
 */
enum wal_status wal_held_open(
    struct wal_held *held, int fd, uint64_t offset, bool patient);

/* Do nothing to a closed one. */
void wal_held_close(struct wal_held *held);

/**
 * wal_held_next(held, unpack, ret_data, ret_len):
 * Store in ${ret_data} and ${ret_len} the plain bytes of the next record,
 * which is in ${held}; they are valid until the next call.  WAL_CORRUPT: the
 * damage is in ${held}; the next call goes on behind it.
 */
enum wal_status wal_held_next(struct wal_held *held, struct wal_unpack *unpack,
    const uint8_t **ret_data, size_t *ret_len);

/**
 * wal_held_give_up(held):
 * After WAL_IO of an open one: have the next call tell damage in place of what
 * cannot be read.  Return false if nothing behind it can be read either.
 */
bool wal_held_give_up(struct wal_held *held);

/*
 * Whether the file ${name} in ${path} exists and is another than the open one;
 * not if the name is empty.
 */
bool wal_held_replaced(
    const struct wal_held *held, const char *path, const char *name);

#endif /* WAL_HELD_H */
