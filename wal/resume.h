/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/resume.h - where, in the log as it is now, reading goes on after a mark.
 *
 * The content decides.  What the mark says was read is looked for in the file
 * of its number; what is wrong there may be a repair, which keeps the records
 * before some damage, drops the others, and with them the segments above.
 * Then the ends of earlier segments tell whether it is the log that we know,
 * and how far.  If nothing does, it is another log: in doubt, records are
 * given again rather than lost.
 */
#ifndef WAL_RESUME_H
#define WAL_RESUME_H

#include <stdbool.h>
#include <stdint.h>

#include "wal/log.h"
#include "wal/mark.h"

enum wal_resume_kind {
	WAL_RESUME_WAIT,      /* There is no telling yet: no segment, none that
				 can be opened for now, or a repair is under
				 way.  Look again later. */
	WAL_RESUME_SAME,      /* What was read is all there. */
	WAL_RESUME_GAP,       /* It was deleted, and what followed it up to the
				 segment ${next}, with which reading goes on. */
	WAL_RESUME_REWRITTEN, /* The segment of ${mark}, which may be an earlier
				 one, has other content, the one before has not:
				 look for the mark's record in it. */
	WAL_RESUME_EARLIER,   /* Only what was read up to ${mark} is there. */
	WAL_RESUME_ANEW,      /* Another log: from its start, ${next}. */
};

struct wal_resume {
	enum wal_resume_kind kind;
	uint64_t next;
	uint64_t gone;        /* With a gap: how many segments that is. */
	struct wal_mark mark; /* In the generation that is read then. */
};

/**
 * wal_resume_find(log, mark, ret):
 * Find in ${log}, as listed, what follows ${mark}.
 */
void wal_resume_find(const struct wal_log *log, const struct wal_mark *mark,
    struct wal_resume *ret);

/**
 * wal_resume_is_foreign(log, mark):
 * Whether the segment of ${mark} is there, and not what was read of it.
 */
bool wal_resume_is_foreign(
    const struct wal_log *log, const struct wal_mark *mark);

/**
 * wal_resume_is_doubtful(log, mark, known):
 * Whether nothing tells that ${log} is that of ${mark}, whose segment is gone,
 * as it is once the newest checkpoint covers it.  Checkpoints below ${known}
 * were read since.  A keeper would tell.
 */
bool wal_resume_is_doubtful(
    const struct wal_log *log, const struct wal_mark *mark, uint64_t known);

#endif /* WAL_RESUME_H */
