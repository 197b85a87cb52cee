/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/intake/gap.h - what can be had of segments that went before being read.
 *
 * Prometheus folds what it deletes into a checkpoint.  That of a server holds
 * the samples that its head still needs; those later than all that was read
 * before the gap were missed with it, and are sent.  That of an agent may hold
 * samples that are invented, one of each series: none of them is ever sent.
 *
 * A destination that wants all there is begins with the checkpoint likewise.
 */
#ifndef AGENT_INTAKE_GAP_H
#define AGENT_INTAKE_GAP_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/batch/kept.h"
#include "agent/position/position.h"
#include "wal/follow.h"

struct gap {
	const char *data_dir;           /* Of Prometheus; not owned. */
	struct position_point furthest; /* An earlier life got so far. */
	int64_t since;   /* Nothing earlier is wanted; ms, or INT64_MIN. */
	int64_t highest; /* Time of the newest sample read, of those that were
			    not of the future; ms, or INT64_MIN. */

	bool wanted;   /* A checkpoint's samples are, as long as nothing was
			  read of the segments after it: */
	int64_t after; /* those later than this. */
	bool doubtful; /* They may have been sent. */

	bool open;          /* One was met, and not crossed yet. */
	uint64_t recovered; /* Samples found in the checkpoint since. */
	int64_t first;      /* The time of the first of them. */
};

/* What there is to say of a gap that was crossed. */
struct gap_report {
	uint64_t recovered; /* Samples. */
	int64_t after;      /* What is lost is later than this, or INT64_MIN, */
	int64_t before;     /* and, but for stragglers, earlier than this. */
};

/* Whether Prometheus's ${data_dir} is a server's and not an agent's. */
bool gap_is_server(const char *data_dir);

/**
 * gap_init(gap, data_dir, position, again):
 * No gap is met yet on the way from ${position}, to which, if ${again}, an
 * earlier life came.  The text ${data_dir} must outlive it.
 */
void gap_init(struct gap *gap, const char *data_dir,
    const struct position *position, bool again);

/* Segments are gone that came after ${mark}. */
void gap_meet(struct gap *gap, const struct wal_mark *mark);

/* The log is another one: its checkpoint may hold more than is in it. */
void gap_restart(struct gap *gap);

/* Whether ${entry} may hold something to be sent. */
bool gap_wants(const struct gap *gap, const struct wal_entry *entry);

/* Nothing of ${entry} is sent that is earlier than this; ms, or INT64_MIN. */
int64_t gap_since(const struct gap *gap, const struct wal_entry *entry);

/* Note in ${record} the last of its times that are not after ${now}, in ms. */
void gap_date(struct kept_record *record, int64_t now);

/**
 * gap_pass(gap, entry, record, ret):
 * What is sent of ${entry} is in ${record}, which was dated.  Return whether a gap was crossed
 * with it; ${ret} then says what came of it.
 */
bool gap_pass(struct gap *gap, const struct wal_entry *entry,
    const struct kept_record *record, struct gap_report *ret);

#endif /* AGENT_INTAKE_GAP_H */
