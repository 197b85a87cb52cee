/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/series/snapshot.h - a ref map, written to a file for the next life.
 *
 * The file has the form of a WAL segment (wal/segment.h) of snappy records:
 *
 *   head    u8 0xf0, 8 bytes "walship\n", uvarint version, text key,
 *           be64 generation, be64 segment, be64 offset, be64 redefined,
 *           text mark
 *   met     u8 0xf1, uvarint segment for each ref in the record after it
 *   series  as in the WAL, with the labels that the refs have there
 *   ...     met and series, as often as need be
 *   family  u8 0xf3, for each: u8 type, texts name, help and unit; likewise
 *   end     u8 0xf2, uvarint refs, uvarint records of series and families
 *
 * It is written under another name, and takes the place of the last one when
 * it is whole and on the disk: whatever happens, the last one is there, or
 * this one.
 *
 * The map goes on changing while it is written.  What it learns meanwhile lies
 * in the log past the head's place, and is read again from there; so it does
 * no harm that some of it is in the snapshot.  But a ref that was given other
 * labels would have them too early: such a snapshot is given up.  And whoever
 * reads on from before the head's place must not use it if that lies below
 * ${redefined}.
 *
 * The loop gathers a slice of the map into memory; putting that into the file
 * may block, and is for a thread that may:
 *
 *	do {
 *		if (snapshot_gather(snapshot) != SNAPSHOT_MORE)
 *			break;
 *		... on the other thread: state = snapshot_put(snapshot);
 *	} while (state == SNAPSHOT_MORE);
 *	snapshot_free(snapshot);
 */
#ifndef AGENT_SERIES_SNAPSHOT_H
#define AGENT_SERIES_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "agent/series/families.h"
#include "agent/series/refmap.h"

#define SNAPSHOT_VERSION 1u
#define SNAPSHOT_MAGIC "walship\n"
#define SNAPSHOT_KEY_MAX 4096u  /* Bytes. */
#define SNAPSHOT_MARK_MAX 4096u /* Bytes. */

/* Types of records that no WAL has. */
enum {
	SNAPSHOT_HEAD = 0xf0,
	SNAPSHOT_MET = 0xf1,
	SNAPSHOT_END = 0xf2,
	SNAPSHOT_FAMILY = 0xf3,
};

/* A slice is about as many refs or families, or bytes of labels. */
#define SNAPSHOT_SLICE_REFS 1024u
#define SNAPSHOT_SLICE_SIZE (256u << 10)

/* Where the reader of the log was when the snapshot was begun. */
struct snapshot_head {
	const char *key; /* Of the destination, as text. */
	uint64_t generation;
	uint64_t segment;
	uint64_t offset;    /* Bytes in it. */
	uint64_t redefined; /* See refmap_redefined; snapshot_new's to set. */
	const void *mark;   /* What else the caller knows of the place. */
	size_t mark_len;    /* Bytes, at most SNAPSHOT_MARK_MAX. */
};

enum snapshot_state {
	SNAPSHOT_MORE,   /* To be gathered, or to be put. */
	SNAPSHOT_DONE,   /* It is on the disk, in place of the last one. */
	SNAPSHOT_STALE,  /* The map was cleared, or a ref given other labels. */
	SNAPSHOT_NOMEM,  /* Out of memory. */
	SNAPSHOT_FAILED, /* A system call failed; errno says why. */
};

struct snapshot;

/**
 * snapshot_new(path, map, head):
 * Begin a snapshot of ${map}, which must outlive it, to be the file ${path};
 * ${head} is copied.  NULL if there is no memory, or the key or mark is too
 * long.
 */
struct snapshot *snapshot_new(
    const char *path, struct refmap *map, const struct snapshot_head *head);

/**
 * snapshot_add_families(snapshot, families):
 * Before the first slice: have ${families}, which must outlive the snapshot and
 * be cleared only together with its map, written too.
 */
void snapshot_add_families(
    struct snapshot *snapshot, const struct families *families);

/**
 * snapshot_gather(snapshot):
 * Take the next slice of the map into memory.  SNAPSHOT_MORE: put it; any
 * other state is an end, and the last snapshot stays.
 */
enum snapshot_state snapshot_gather(struct snapshot *snapshot);

/**
 * snapshot_put(snapshot):
 * Put what was gathered into the file.  This may block, and touches nothing
 * but what the snapshot owns.  SNAPSHOT_MORE: gather on; SNAPSHOT_DONE: that
 * was all; SNAPSHOT_FAILED: the last snapshot stays, or this one is in its
 * place and may not be on the disk yet.  Neither may be followed by a call but
 * snapshot_free.
 */
enum snapshot_state snapshot_put(struct snapshot *snapshot);

/* How many bytes of the file were gathered so far. */
uint64_t snapshot_size(const struct snapshot *snapshot);

/* Free it; what is not done leaves no file.  Do nothing to NULL. */
void snapshot_free(struct snapshot *snapshot);

#endif /* AGENT_SERIES_SNAPSHOT_H */
