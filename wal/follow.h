/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/follow.h - a WAL directory as one endless row of records.
 *
 * A follower reads a checkpoint (and if that is damaged, the one before it too,
 * see wal/preface.h), then the segments above it, then what is
 * appended, going from segment to segment as Prometheus does.  The checkpoint
 * and what was there before the point to start from are read for their series
 * only: their entries are not fresh.
 *
 * A segment is finished when a later one exists and it was read to its end
 * after that was seen; what is then left of a record is torn, and was never
 * acknowledged to anyone.  The descriptor of the segment being read is held,
 * so it can be deleted meanwhile.  Segments deleted before they were opened
 * are a gap: the newest checkpoint, if it covers them, is read for their
 * series and for what it holds of their values, and reading goes on with the
 * next segment there is.  A checkpoint above every segment, as an older log may
 * have left it, covers none.  One that covers segments which are there, since
 * they are just being deleted, is waited with, for it would give their values
 * twice; if they stay, it is read for its series alone.
 *
 * When only the segment being read was deleted, nothing is missing.  But it may
 * be another log that has grown past us, so the series are read again, too.
 *
 * The log can give way to another under the same names: Prometheus repairs a
 * damaged segment at its start, and deletes those above; or the directory was
 * wiped.  What was read last is then no longer in its place (wal/resume.h).  If
 * it is, as after most repairs, nothing is told.  Else a new generation begins,
 * in which refs may mean other series: from the checkpoint on, everything is
 * read again, and fresh is what follows the last record that was read.  In a
 * repaired segment that is looked for by its content; so is the one before the
 * first damage, since a repair keeps no more.  If it is not found, the whole
 * segment is fresh, and of another log, all of it.  The same is done at the
 * start for a mark.
 *
 * With a keeper (wal/log.h) all that is done with the segments it keeps as well.
 * It tells when a generation is closed: what it keeps of that is read to its
 * end, and then what it is followed by in the next.
 *
 * A follower is used by one thread.  Nothing here logs.
 */
#ifndef WAL_FOLLOW_H
#define WAL_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wal/log.h"
#include "wal/mark.h"
#include "wal/notice.h"
#include "wal/segment.h"
#include "wal/status.h"

/* Where the first fresh record is. */
enum wal_from {
	WAL_FROM_OLDEST, /* At the first segment above the checkpoint. */
	WAL_FROM_MARK,   /* Past a mark; see wal_mark_end for the end. */
};

struct wal_follow_options {
	const char *path; /* The WAL directory, which need not exist yet. */
	struct wal_keeper *keeper; /* Of more of it; NULL; not owned. */
	enum wal_from from;
	const struct wal_mark *mark; /* With WAL_FROM_MARK. */
	bool patient; /* Reads may block on the disk; else see WAL_WAIT. */
};

/* A record, unpacked.  Its bytes belong to the follower. */
struct wal_entry {
	unsigned int type;       /* enum wal_type, or any other number. */
	const uint8_t *data;     /* The type byte first.  Valid until the next
				call on the follower. */
	size_t len;              /* Bytes. */
	struct wal_position end; /* Just past it. */
	size_t stored; /* Bytes it takes in the log, headers included. */
	size_t packed; /* Bytes as compressed, without headers. */
	enum wal_codec codec;
	bool checkpoint; /* In a checkpoint, end.segment being its number. */
	bool fresh;      /* To be shipped; else for its series only. */
	bool missed;     /* In a checkpoint, and never fresh: what it holds may
			    be of segments that were gone before they were read,
			    and was not given before. */
};

struct wal_follow;

/**
 * wal_follow_open(options):
 * Follow a log; ${options} and what they point to are copied.  Return NULL if
 * there is no memory.
 */
struct wal_follow *wal_follow_open(const struct wal_follow_options *options);

/**
 * wal_follow_know(follow, mark):
 * Before the first wal_follow_next of a follower that goes on from a mark: the
 * series of all records before ${mark}, another mark of that log, are known.
 * If they can be relied on, no checkpoint is read at first, but the segments
 * from the earlier of both marks on; else WAL_UNKNOWN is told first.
 */
void wal_follow_know(struct wal_follow *follow, const struct wal_mark *mark);

/**
 * wal_follow_next(follow, entry):
 * Fill ${entry} with the next record.  WAL_NOTICE: see wal_follow_notice.
 * WAL_END: all there is was read.  WAL_IO: errno says what failed;
 * trying again later may help.
 */
enum wal_status wal_follow_next(
    struct wal_follow *follow, struct wal_entry *entry);

/**
 * wal_follow_give_up(follow):
 * After WAL_IO over and over: pass over what cannot be read of the segment; it
 * is told of as damage.  Return false if that is of no use.
 */
bool wal_follow_give_up(struct wal_follow *follow);

/**
 * wal_follow_let_go(follow, ret):
 * Close the segment being read, so that its disk space can be given back, if
 * nothing else keeps it.  If it is still there, it is opened again, and reading
 * goes on behind the last record, which stays valid until then; else the rest of
 * it is gone.  Store in ${ret} what wal_follow_mark does.
 */
void wal_follow_let_go(struct wal_follow *follow, struct wal_mark *ret);

/* What the last WAL_NOTICE was about. */
const struct wal_notice *wal_follow_notice(const struct wal_follow *follow);

/* Where reading stands: past the last record given. */
struct wal_position wal_follow_position(const struct wal_follow *follow);

/**
 * wal_follow_mark(follow, ret):
 * Store in ${ret} where to go on another time: past the last record given, or
 * where this began, as long as nothing fresh was given.
 */
void wal_follow_mark(const struct wal_follow *follow, struct wal_mark *ret);

/* Whether all before that mark was read, so that its series are known. */
bool wal_follow_past(const struct wal_follow *follow);

/* The number of the newest checkpoint, if there was any at the last look. */
bool wal_follow_checkpoint(const struct wal_follow *follow, uint64_t *ret);

/* Whether no segment has been seen yet: the log is still to be created. */
bool wal_follow_waiting(const struct wal_follow *follow);

/* Do nothing to NULL. */
void wal_follow_free(struct wal_follow *follow);

#endif /* WAL_FOLLOW_H */
