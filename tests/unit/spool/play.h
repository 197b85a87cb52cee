/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/spool/play.h - a log, and readers of it with a spool in between.
 *
 * A reader checks that each sample that is fresh is of the series that it was
 * written for, and that no segment is missing.
 */
#ifndef TESTS_UNIT_SPOOL_PLAY_H
#define TESTS_UNIT_SPOOL_PLAY_H

#include "agent/spool/spool.h"
#include "tests/unit/base/draw.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/http/sim.h"
#include "tests/unit/wal/tail.h"

#define PLAY_OPS_MAX 4096u
#define PLAY_REFS_MAX 512u
#define PLAY_READERS 2u

/* Something that was written: a series, or a sample if it has a time. */
struct op {
	uint64_t ref, id; /* The id tells one series from all others. */
	int64_t time;     /* From 1; 0: a series. */
	uint64_t segment;
	uint64_t start; /* In it. */
};

struct reader {
	struct wal_follow *follow;
	struct spool_reader *need;
	bool begun;                  /* It has a mark to go on from. */
	struct wal_mark place;       /* Past the last record that was fresh. */
	uint64_t ids[PLAY_REFS_MAX]; /* By ref; 0: not known. */

	/* The last snapshot of these, for another life; zeroed: there is none. */
	struct wal_mark known;
	uint64_t known_ids[PLAY_REFS_MAX];
	bool got[PLAY_OPS_MAX]; /* By time. */
};

struct play {
	struct draw draw;
	struct sim *sim;
	struct lazy lazy;
	struct stats *stats;
	struct tail tail;
	char *held, *state;
	struct spool *spool;
	struct reader readers[PLAY_READERS];

	struct op ops[PLAY_OPS_MAX]; /* Of the log as it is. */
	size_t len;
	uint64_t refs, ids;      /* How many were given. */
	int64_t time;            /* Of the last sample, in all logs. */
	bool lost[PLAY_OPS_MAX]; /* By time: it was damaged. */
};

/* Make the spool, whose directories are there. */
void play_open(struct play *play);

/*
 * Have ${reader} remember what series it knows, if it knows all, and its place
 * is of the same generation.
 */
void play_remember(struct reader *reader);

/* Have ${reader} begin, past ${mark} if that is not NULL. */
void play_follow(
    struct play *play, struct reader *reader, const struct wal_mark *mark);

/* Have ${reader} read ${calls} records on; whether it came to the end. */
bool play_read(struct play *play, struct reader *reader, uint32_t calls);

#endif /* TESTS_UNIT_SPOOL_PLAY_H */
