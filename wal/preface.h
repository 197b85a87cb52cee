/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/preface.h - the checkpoint that is read before the segments.
 *
 * It can vanish while it is read, when Prometheus has made a newer one.  What
 * cannot be read of it is told, and passed over.
 *
 * But the series in what cannot be read may be in the checkpoint before it, if
 * that was not deleted.  So at the first damage that one is read, and then
 * this one again, as far as it can be.  The order matters: a ref gets the labels
 * that it was given last, so what the older one says never replaces what can
 * be read of the newer.  What only the older one says is of series that were
 * dropped since, whose refs nobody uses, or of those in the damaged part.  A
 * ref stands for other labels in both only if it was given anew in between,
 * which takes a repair or another log; a repair leaves the series record of the
 * new labels in a segment, which is read later unless the newer checkpoint
 * covers it, and another log deletes the checkpoints of the old.  What remains
 * is a ref given anew by a repair of which the new labels were in the damaged
 * part; without the older checkpoint its samples would be lost.
 *
 * Segments that the newer checkpoint covers, and the older does not, are read as
 * well if they are there.
 */
#ifndef WAL_PREFACE_H
#define WAL_PREFACE_H

#include <stdbool.h>
#include <stdint.h>

#include "wal/checkpoint.h"
#include "wal/dir.h"
#include "wal/notice.h"
#include "wal/status.h"

/* With ${path} and ${patient} set, and else zeroed, it is closed. */
struct wal_preface {
	const char *path; /* The log; not owned. */
	bool patient;
	struct wal_dir_entry newer; /* The checkpoint. */
	struct wal_dir_entry older; /* The one before it, if ${fallible}. */
	bool fallible;              /* There is one, and it was not read. */
	bool fallen;                /* It was, or is being, read. */
	enum {
		WAL_PREFACE_DONE,
		WAL_PREFACE_ONCE,  /* Read the newer one, up to a fault. */
		WAL_PREFACE_OLDER, /* Read the older one. */
		WAL_PREFACE_AGAIN, /* Read all of the newer one. */
	} pass;
	uint64_t file, offset;         /* Where the fault is. */
	struct wal_checkpoint *reader; /* NULL: to be opened, unless done. */
};

/* A record of it, valid until the next call. */
struct wal_preface_record {
	struct wal_checkpoint_record rec;
	uint64_t checkpoint; /* The number of that which it is in. */
	bool again; /* Given before, or of the older: for its series only. */
};

/**
 * wal_preface_open(preface, list, entry, notice):
 * Begin to read the checkpoint ${entry} of those in ${list}.  WAL_NOTICE: that
 * cannot be, and ${notice} is to be told; go on all the same.  WAL_END: it is
 * gone.
 */
enum wal_status wal_preface_open(struct wal_preface *preface,
    const struct wal_dir_list *list, const struct wal_dir_entry *entry,
    struct wal_notice *notice);

/**
 * wal_preface_next(preface, ret, notice):
 * Store the next record in ${ret}.  WAL_NOTICE: ${notice} is to be told.
 * WAL_END: that was all.  WAL_IO: it is gone.
 */
enum wal_status wal_preface_next(struct wal_preface *preface,
    struct wal_preface_record *ret, struct wal_notice *notice);

/* The number of the oldest checkpoint that was read. */
uint64_t wal_preface_lowest(const struct wal_preface *preface);

/* Do nothing to a closed one. */
void wal_preface_close(struct wal_preface *preface);

#endif /* WAL_PREFACE_H */
