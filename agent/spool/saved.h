/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/saved.h - the segments as they are remembered on disk.
 *
 * A file of numbers of which the lowest byte comes first:
 *
 *    0  8 bytes  "walspool"
 *    8  u32      CRC-32C of all that follows
 *   12  u32      version
 *   16  u64      the directory's generation
 *   24  u64      the number from which on segments are new in it
 *   32           entries of 40 bytes each: the segments, by name, ...
 *        0  u64  its first generation
 *        8  u64  its number
 *       16  u64  its last generation, or all ones
 *       24  u32  length of its first fragment, and
 *       28  u32  its checksum; both 0: not known yet
 *       32  u64  1: it is held; 0: it is not
 *                ... then, since version 2, the checkpoint, if any is known, ...
 *        8  u64  its number
 *       24  u32  length of its first fragment, and
 *       28  u32  its checksum
 *       32  u64  2
 *                ... and the joints, by generation.
 *        0  u64  the earlier generation of the two
 *        8  u64  the number below which segments are of both
 *       32  u64  3
 *
 * What is not named of an entry is 0.
 */
#ifndef AGENT_SPOOL_SAVED_H
#define AGENT_SPOOL_SAVED_H

#include <stddef.h>
#include <stdint.h>

#include "agent/base/buf.h"
#include "agent/spool/table.h"

#define SAVED_VERSION 2u
#define SAVED_HEAD 32u
#define SAVED_ENTRY 40u
#define SAVED_MAX \
	(SAVED_HEAD + \
	    (SPOOL_TABLE_MAX + 1 + JOINTS_MAX) * SAVED_ENTRY) /* Bytes. */

enum saved_result {
	SAVED_OK,
	SAVED_NONE,    /* There is no such file. */
	SAVED_DAMAGED, /* It is no such file, or not a whole one. */
	SAVED_NEWER,   /* Written by a later version. */
	SAVED_FAILED,  /* errno says why. */
};

/* Append ${table} to ${out}, which is bad if there is no memory. */
void saved_encode(const struct spool_table *table, struct buf *out);

/* Fill the empty ${table} with what saved_encode made. */
enum saved_result saved_decode(
    struct spool_table *table, const uint8_t *data, size_t len);

/* The same of the file ${path}. */
enum saved_result saved_load(struct spool_table *table, const char *path);

/**
 * saved_store(path, data, len):
 * Have the file ${path} hold the ${len} bytes at ${data}, or, whenever this is
 * broken off, what it held before.  Waits for the disk.  Return -1 with errno.
 */
int saved_store(const char *path, const uint8_t *data, size_t len);

#endif /* AGENT_SPOOL_SAVED_H */
