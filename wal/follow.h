/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/follow.h - a WAL directory as one endless row of records.
 *
 * A follower reads the newest checkpoint, then the segments above it, then
 * what is appended, going from segment to segment as Prometheus does.  The
 * checkpoint and what was there before the point to start from are read for
 * their series only: their entries are not fresh.
 *
 * A segment is finished when a later one exists and it was read to its end
 * after that was seen; what is then left of a record is torn, and was never
 * acknowledged to anyone.  The descriptor of the segment being read is held,
 * so it can be deleted meanwhile.  Segments deleted before they were opened
 * are a gap: the newest checkpoint, if it covers them, is read for their
 * series, and reading goes on with the next segment there is.  A checkpoint
 * above every segment, as an older log may have left it, covers none.
 *
 * If the numbers go back, or the segment being read was replaced by a file
 * with another content, the WAL was begun anew: a new generation, in which
 * refs mean other series.  It is read from its start, all of it fresh.  A file
 * that holds what the old one did up to some damage is the old one repaired,
 * and the old one is read on.
 *
 * A follower is used by one thread.  Nothing here logs.
 */
#ifndef WAL_FOLLOW_H
#define WAL_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wal/segment.h"
#include "wal/status.h"

/* A place in the log.  Offsets count bytes of the segment's file. */
struct wal_position {
	uint64_t segment;
	uint64_t offset;
};

/* Where the first fresh record is. */
enum wal_from {
	WAL_FROM_END,    /* At the end of the log as it is at the first look;
			    if there is none yet, at its first byte. */
	WAL_FROM_OLDEST, /* At the first segment above the checkpoint. */
};

/* A record, unpacked.  Its bytes belong to the follower. */
struct wal_entry {
	unsigned int type;       /* enum wal_type, or any other number. */
	const uint8_t *data;     /* The type byte first.  Valid until the next
				call on the follower. */
	size_t len;              /* Bytes. */
	struct wal_position end; /* Just past it: resume here. */
	size_t stored; /* Bytes it takes in the log, headers included. */
	size_t packed; /* Bytes as compressed, without headers. */
	enum wal_codec codec;
	bool checkpoint; /* In a checkpoint, end.segment being its number. */
	bool fresh;      /* To be shipped; else for its series only. */
};

/* What a reader of the log should hear of. */
struct wal_notice {
	enum {
		WAL_DAMAGED,   /* Bytes at ${at} break the format; skipped. */
		WAL_TORN,      /* ${count} bytes of a record without an end. */
		WAL_GAP,       /* ${count} segments from ${at} are gone that
				  had, or could have had, fresh records. */
		WAL_RESTARTED, /* A new generation begins: forget all refs. */
		WAL_UNREADABLE, /* A checkpoint cannot be read; errno ${count}. */
	} kind;
	struct wal_position at;
	bool checkpoint; /* ${at} is in a checkpoint of that number. */
	uint64_t count;
	const char *reason; /* For a person; never freed. */
};

struct wal_follow;

/**
 * wal_follow_open(path, from, patient):
 * Follow the WAL directory ${path}, which need not exist yet.  If ${patient},
 * reads may block on the disk; else see WAL_WAIT.  Return NULL if there is no
 * memory.
 */
struct wal_follow *wal_follow_open(
    const char *path, enum wal_from from, bool patient);

/**
 * wal_follow_next(follow, entry):
 * Fill ${entry} with the next record.  WAL_NOTICE: see wal_follow_notice.
 * WAL_END: all there is was read.  WAL_IO: errno says what failed at
 * wal_follow_path; trying again later may help.
 */
enum wal_status wal_follow_next(
    struct wal_follow *follow, struct wal_entry *entry);

/* What the last WAL_NOTICE was about. */
const struct wal_notice *wal_follow_notice(const struct wal_follow *follow);

/* Where reading stands: past the last record given. */
struct wal_position wal_follow_position(const struct wal_follow *follow);

/* The number of the newest checkpoint, if there was any at the last look. */
bool wal_follow_checkpoint(const struct wal_follow *follow, uint64_t *ret);

/* Whether no segment has been seen yet: the log is still to be created. */
bool wal_follow_waiting(const struct wal_follow *follow);

/* The directory being followed. */
const char *wal_follow_path(const struct wal_follow *follow);

/* Do nothing to NULL. */
void wal_follow_free(struct wal_follow *follow);

#endif /* WAL_FOLLOW_H */
