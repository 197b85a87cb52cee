/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/checkpoint.h - the records of one checkpoint, from first to last.
 *
 * A checkpoint is a directory of segments to which nothing is added.  It can
 * vanish while it is read, when Prometheus has made a newer one.
 */
#ifndef WAL_CHECKPOINT_H
#define WAL_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wal/held.h"
#include "wal/segment.h"
#include "wal/status.h"

struct wal_checkpoint;

/* A record, unpacked; valid until the next call on the checkpoint. */
struct wal_checkpoint_record {
	const uint8_t *data;         /* Plain. */
	size_t len;                  /* Bytes. */
	uint64_t file;               /* The number of its segment in there. */
	const struct wal_held *held; /* That segment. */
};

/* Something that cannot be read. */
struct wal_checkpoint_fault {
	uint64_t file; /* The number of its segment in there. */
	int error;     /* Not 0: the segment cannot be opened or read; errno. */
	struct wal_damage damage; /* Else: what is wrong, and where. */
	uint64_t torn; /* Not 0: bytes from there on, of a record without an
			  end. */
};

/**
 * wal_checkpoint_open(path, patient, ret):
 * Store in ${ret} a reader of the checkpoint directory ${path}.  If
 * ${patient}, reads may block on the disk; else see WAL_WAIT.  WAL_IO, with
 * errno, if it cannot be listed.
 */
enum wal_status wal_checkpoint_open(
    const char *path, bool patient, struct wal_checkpoint **ret);

/**
 * wal_checkpoint_next(checkpoint, ret):
 * Store the next record in ${ret}.  WAL_END: that was all.  WAL_CORRUPT, or
 * WAL_IO with errno: something of it cannot be read, see wal_checkpoint_fault;
 * the next call goes on behind that.
 */
enum wal_status wal_checkpoint_next(
    struct wal_checkpoint *checkpoint, struct wal_checkpoint_record *ret);

/* What the last WAL_CORRUPT or WAL_IO was about. */
const struct wal_checkpoint_fault *wal_checkpoint_fault(
    const struct wal_checkpoint *checkpoint);

/* Do nothing to NULL. */
void wal_checkpoint_free(struct wal_checkpoint *checkpoint);

#endif /* WAL_CHECKPOINT_H */
