/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/table.h - the segments of a log, generation by generation.
 *
 * A segment is a file under a number.  It belongs to the generation in which it
 * was met first and to all after it, as long as it is under that number in the
 * directory, or was deleted there without another coming back.  When a number
 * comes to stand for another file, or one comes that is not above all before,
 * the generation is closed: what is not in the directory belongs to no later
 * one.
 *
 * What two generations have in common is kept track of (agent/spool/joints.h).
 */
#ifndef AGENT_SPOOL_TABLE_H
#define AGENT_SPOOL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/spool/joints.h"
#include "agent/spool/name.h"
#include "wal/mark.h"

#define SPOOL_TABLE_MAX 65536u /* Segments. */
/* More generations than these there cannot be. */
#define SPOOL_GENERATION_MAX UINT64_C(999999999999999999)

#define SPOOL_LAST_NONE UINT64_MAX /* No generation is its last one yet. */

struct spool_segment {
	struct spool_name name;   /* The generation is its first. */
	uint64_t last;            /* Its last one, or SPOOL_LAST_NONE. */
	struct wal_content first; /* What its file begins with; all zero: not
				     known yet. */
	bool seen;    /* Its file was met in this life, and is ... */
	dev_t device; /* ... this one. */
	ino_t inode;
	uint64_t size;   /* Of it, when it was met last; bytes. */
	bool there;      /* It was in the directory at the last look. */
	bool held;       /* See agent/spool/way.h. */
	bool orphaned;   /* It was told that it is not there any more. */
	bool refused;    /* It could not be held, which was counted. */
	bool dropped;    /* It was let go though it is needed. */
	bool missing;    /* An earlier life held it, and it is not held yet. */
	int64_t written; /* When last, as far as is known; ms since 1970. */
};

/* A segment met in the directory. */
struct spool_sight {
	uint64_t number;
	dev_t device;
	ino_t inode;
	uint64_t size; /* Bytes. */
	struct wal_content first;
	int64_t written;
};

/* A checkpoint, which never changes. */
struct spool_checkpoint {
	uint64_t number;
	struct wal_content first; /* What its first file begins with; all zero:
				     there is none, or it is not known. */
};

/* What is in the directory. */
struct spool_view {
	const struct spool_sight *sights; /* Segments, by their number. */
	size_t len;
	struct spool_checkpoint checkpoint; /* The newest. */
};

/* Zeroed it is empty. */
struct spool_table {
	struct spool_segment *segments; /* By name: the oldest first. */
	size_t len, cap;
	uint64_t generation; /* The directory's. */
	uint64_t next;       /* Numbers from here on are new in it. */
	struct spool_checkpoint checkpoint; /* Its newest. */
	struct joints joints;
};

/**
 * spool_table_see(table, view):
 * All that is in the directory is ${view}.  Return 0; 1 if a generation was closed by that; -1, with nothing
 * changed, if there is no memory or there are too many.
 */
int spool_table_see(struct spool_table *table, const struct spool_view *view);

/* Add ${segment}, whose name is above all there are; -1: as above. */
int spool_table_add(
    struct spool_table *table, const struct spool_segment *segment);

/* The segment ${name}, or NULL. */
struct spool_segment *spool_table_find(
    const struct spool_table *table, const struct spool_name *name);

/* The segment ${number} of ${generation}, or NULL. */
struct spool_segment *spool_table_at(
    const struct spool_table *table, uint64_t generation, uint64_t number);

/* Whether ${segment} is of ${generation}. */
bool spool_table_is_of(
    const struct spool_segment *segment, uint64_t generation);

/* The number below which the segments of generation ${a} are those of ${b}. */
uint64_t spool_table_common(
    const struct spool_table *table, uint64_t a, uint64_t b);

/**
 * spool_table_next(table, generation):
 * The lowest generation above ${generation} of which a segment is held; the
 * directory's if that comes first.
 */
uint64_t spool_table_next(const struct spool_table *table, uint64_t generation);

/* Whether ${segment} is the last of the directory, which may grow. */
bool spool_table_is_growing(
    const struct spool_table *table, const struct spool_segment *segment);

/* How many are held. */
uint64_t spool_table_held(const struct spool_table *table);

/* Those that are held were so in an earlier life: they are missing by now. */
void spool_table_doubt(struct spool_table *table);

/* Take out those that are neither held nor in the directory. */
void spool_table_sweep(struct spool_table *table);

/* Free it; it is then empty. */
void spool_table_release(struct spool_table *table);

#endif /* AGENT_SPOOL_TABLE_H */
