/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/mark.h - a place in the log that can be found again.
 *
 * Numbers and offsets alone prove nothing: after a repair, or when the log was
 * begun anew, other records lie there.  Device and inode change across reboots
 * and copies.  So a mark says what was read: where the last fragment lies and
 * what its header says, what the file begins with, and the last record's
 * plain bytes, which a repair keeps while it may move them.
 *
 * All of it are integers of fixed width without gaps between them: it can be
 * written to a file as it is.  Zeroed is the beginning.
 */
#ifndef WAL_MARK_H
#define WAL_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wal/log.h"
#include "wal/segment.h"

#define WAL_MARK_BEFORE 4u /* Segments whose ends a mark remembers. */

/* A place in the log.  Offsets count bytes of the segment's file. */
struct wal_position {
	uint64_t segment; /* Or the checkpoint's number. */
	uint64_t offset;
};

/* Bytes, by their length and CRC-32C. */
struct wal_content {
	uint32_t len;
	uint32_t crc;
};

/* All zero: not known. */
static inline bool
wal_content_is_known(const struct wal_content *content)
{
	return content->len != 0 || content->crc != 0;
}

static inline bool
wal_content_equal(const struct wal_content *a, const struct wal_content *b)
{
	return a->len == b->len && a->crc == b->crc;
}

/* A place in a file, just past a record. */
struct wal_place {
	uint64_t segment;  /* The file's number. */
	uint64_t offset;   /* Bytes; 0: nothing was read in it. */
	uint64_t fragment; /* Where the last fragment begins, which ends at
			      ${offset}; the same as that if none is known. */
	struct wal_content stored; /* Its data, by its header. */
	struct wal_content first;  /* The same of the file's first fragment. */
	struct wal_content record; /* The plain bytes of the last record. */
	struct wal_content sound;  /* If ${damaged}: of the last record before
				      the damage; all zero: there was none. */
	uint64_t damaged; /* 1: something before ${offset} is damaged. */
};

/* Past the last record that was read. */
struct wal_mark {
	uint64_t generation; /* Counts the logs met under this name. */
	uint64_t inside;     /* 1: in a checkpoint; */
	uint64_t checkpoint; /* then its number, and ${at} is in it. */
	uint64_t before_len; /* Of ${before}, those that are known. */
	struct wal_place at;
	struct wal_place before[WAL_MARK_BEFORE]; /* The ends of segments read
						     earlier, the last first. */
};

_Static_assert(sizeof(struct wal_place) == 64, "a place has no gaps");
_Static_assert(sizeof(struct wal_mark) == 32 + 5 * 64, "nor has a mark");

/* Where it is, for people and to compare within a generation. */
static inline struct wal_position
wal_mark_position(const struct wal_mark *mark)
{
	return (struct wal_position){
		mark->inside != 0 ? mark->checkpoint : mark->at.segment,
		mark->at.offset,
	};
}

/**
 * wal_mark_enter(mark, number, first):
 * Go to the start of segment ${number}, which begins with ${first}, and
 * remember where the segment before was left.
 */
void wal_mark_enter(
    struct wal_mark *mark, uint64_t number, const struct wal_content *first);

/* Go past ${rec}, whose plain bytes are ${content}, in the same file. */
void wal_place_move(struct wal_place *place, const struct wal_record *rec,
    struct wal_content content);

/* There is damage just past ${place}. */
void wal_place_damage(struct wal_place *place);

/**
 * wal_place_end(place, log, entry):
 * Set ${place} to the end of the segment ${entry} of ${log}, as it is now,
 * without knowledge of what ends there; if it cannot be read, to its start.
 */
void wal_place_end(struct wal_place *place, const struct wal_log *log,
    const struct wal_dir_entry *entry);

/**
 * wal_mark_end(mark, log):
 * Set ${mark} to the end of ${log}, as listed, without changing its generation.
 * Return false, with nothing changed, if there is no segment.
 */
bool wal_mark_end(struct wal_mark *mark, const struct wal_log *log);

/* Whether ${place} knows a record to look for. */
bool wal_place_has_record(const struct wal_place *place);

/* Whether ${fd} holds what was read up to ${place}, as far as it can tell. */
bool wal_place_holds(const struct wal_place *place, int fd);

/* The content of the ${len} bytes at ${data}. */
struct wal_content wal_content_of(const uint8_t *data, size_t len);

/* Whether the ${len} bytes at ${data} are ${content}. */
bool wal_content_is(
    const struct wal_content *content, const uint8_t *data, size_t len);

/* What the fragment with the header ${head} is, which need not be sound. */
struct wal_content wal_content_said(const uint8_t head[WAL_HEADER_SIZE]);

/**
 * wal_content_first(fd, ret):
 * What the first fragment in ${fd} is by its header, which need not be sound;
 * all zero if it has none yet.
 */
struct wal_content wal_content_first(int fd);

/* Whether the first fragment in ${fd} is all there, and its checksum holds. */
bool wal_content_is_sound(int fd);

/**
 * wal_mark_compare(a, b):
 * Below, at or above zero as ${a} is before, at or after ${b} in the order of
 * reading.  A checkpoint comes after the segments that it covers.
 */
int wal_mark_compare(const struct wal_mark *a, const struct wal_mark *b);

#endif /* WAL_MARK_H */
