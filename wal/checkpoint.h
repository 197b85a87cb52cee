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

#include "wal/status.h"

struct wal_checkpoint;

/**
 * wal_checkpoint_open(path, patient, ret):
 * Store in ${ret} a reader of the checkpoint directory ${path}.  If
 * ${patient}, reads may block on the disk; else see WAL_WAIT.  WAL_IO, with
 * errno, if it cannot be listed.
 */
enum wal_status wal_checkpoint_open(
    const char *path, bool patient, struct wal_checkpoint **ret);

/**
 * wal_checkpoint_next(checkpoint, ret_data, ret_len):
 * Store in ${ret_data} and ${ret_len} the plain bytes of the next record,
 * valid until the next call.  WAL_END: that was all.  WAL_CORRUPT: something
 * of it cannot be read; the next call goes on behind that.
 */
enum wal_status wal_checkpoint_next(struct wal_checkpoint *checkpoint,
    const uint8_t **ret_data, size_t *ret_len);

/* Do nothing to NULL. */
void wal_checkpoint_free(struct wal_checkpoint *checkpoint);

#endif /* WAL_CHECKPOINT_H */
