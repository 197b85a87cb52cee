/* SPDX-License-Identifier: Apache-2.0 */
/* wal/notice.h - what a reader of the log should hear of, beside its records. */
#ifndef WAL_NOTICE_H
#define WAL_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "wal/mark.h"

struct wal_notice {
	enum wal_notice_kind {
		WAL_DAMAGED,   /* Bytes at ${at} break the format; skipped. */
		WAL_TORN,      /* ${count} bytes of a record without an end. */
		WAL_GAP,       /* ${count} segments from ${at} are gone that
				  had, or could have had, fresh records. */
		WAL_RESTARTED, /* A new generation begins: forget all refs.
				  Fresh records from ${at} on follow; if the log
				  was repaired, some may have been given. */
		WAL_REPEATED,  /* The segment ${at} was rewritten, and the last
				  record read is not in it: all of it is given
				  as fresh, and may have been given. */
		WAL_UNREADABLE, /* A checkpoint cannot be read; errno ${count}. */
		WAL_UNKNOWN, /* The place before which series were known is of
				no use: forget them. */
	} kind;
	struct wal_position at;
	bool checkpoint; /* ${at} is in a checkpoint of that number. */
	uint64_t count;
	const char *reason; /* For a person; never freed. */
};

/* The reason of a WAL_GAP. */
#define WAL_GAP_REASON "segments were deleted before they were read"

/* A notice of ${kind} that is about the start of the segment ${number}. */
static inline struct wal_notice
wal_notice_segment(enum wal_notice_kind kind, uint64_t number, uint64_t count,
    const char *reason)
{
	return (struct wal_notice){
		.kind = kind,
		.at = { number, 0 },
		.count = count,
		.reason = reason,
	};
}

/* A notice of ${damage} in the segment ${number}. */
static inline struct wal_notice
wal_notice_damage(uint64_t number, const struct wal_damage *damage)
{
	return (struct wal_notice){
		.kind = WAL_DAMAGED,
		.at = { number, damage->offset },
		.reason = damage->reason,
	};
}

#endif /* WAL_NOTICE_H */
