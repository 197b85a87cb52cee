/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/preface.h - the checkpoint that is read before the segments.
 *
 * It can vanish while it is read, when Prometheus has made a newer one.  What
 * cannot be read of it is told, and passed over.
 */
#ifndef WAL_PREFACE_H
#define WAL_PREFACE_H

#include <stdbool.h>
#include <stdint.h>

#include "wal/checkpoint.h"
#include "wal/dir.h"
#include "wal/follow.h"
#include "wal/status.h"

/* A zeroed one is closed. */
struct wal_preface {
	struct wal_checkpoint *reader; /* NULL: nothing is left to read. */
	uint64_t number;               /* Of the checkpoint. */
};

/**
 * wal_preface_open(preface, path, entry, patient, notice):
 * Begin to read the checkpoint ${entry} of the log ${path}.  WAL_NOTICE: that
 * cannot be, and ${notice} is to be told.  WAL_END: it is gone.
 */
enum wal_status wal_preface_open(struct wal_preface *preface, const char *path,
    const struct wal_dir_entry *entry, bool patient, struct wal_notice *notice);

/**
 * wal_preface_next(preface, ret, notice):
 * Store the next record in ${ret}.  WAL_NOTICE: ${notice} is to be told.
 * WAL_END: that was all.  WAL_IO: it is gone.
 */
enum wal_status wal_preface_next(struct wal_preface *preface,
    struct wal_checkpoint_record *ret, struct wal_notice *notice);

/* Do nothing to a closed one. */
void wal_preface_close(struct wal_preface *preface);

#endif /* WAL_PREFACE_H */
