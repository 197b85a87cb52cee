/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/segment.h - the records of one Prometheus WAL segment, in order.
 *
 * A segment is a file of 32 KiB pages without a header of its own.  A page
 * holds fragments:
 *
 *   0  u8    bits 0-2 kind: 0 padding, 1 full, 2 first, 3 middle, 4 last
 *            bit 3 snappy, bit 4 zstd; bits 5-7 are not looked at
 *   1  u16   length of the data in bytes, big endian; 0 is allowed
 *   3  u32   CRC-32C of the data as stored, big endian; the header is not in it
 *   7        the data
 *
 * A record is one full fragment, or a first, any number of middles and a last;
 * its codec is that of its last fragment.  A kind of zero means that the rest
 * of the page is zeros, which is possible only between records.  Records never
 * cross segments.  A fragment that runs over the end of its page is wrong, but
 * was seen in the wild, and is read.
 *
 * The writer may be appending while we read, so a segment that stops short is
 * not an error: it is WAL_END.
 *
 * After a broken fragment, reading goes on where its header says that it ends,
 * if a sound fragment is there; else at the first sound fragment anywhere behind
 * its first byte, on the same page; else on the next page.  To be sound here, a
 * fragment ends by the end of its page, bits 5-7 are zero, its checksum holds,
 * and it is not empty, unless it is a first that ends its page: seven bytes that
 * look like an empty fragment are too easily found.  What is found of a record whose
 * beginning was lost is read over.
 *
 * A segment is used by one thread.  Nothing here logs.
 */
#ifndef WAL_SEGMENT_H
#define WAL_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wal/status.h"

#define WAL_PAGE_SIZE 32768u
#define WAL_HEADER_SIZE 7u /* Bytes, of a fragment. */

/* Larger records are refused as corrupt, whatever their fragments claim. */
#define WAL_RECORD_MAX (64u << 20) /* Bytes, before decompression. */

enum wal_codec { WAL_PLAIN, WAL_SNAPPY, WAL_ZSTD };

/* A record as stored.  The bytes belong to the segment. */
struct wal_record {
	const uint8_t *data; /* Valid until the next call on the segment. */
	size_t len;          /* Bytes, at most WAL_RECORD_MAX. */
	enum wal_codec codec;
	uint64_t start;    /* Offset of the record's first fragment. */
	uint64_t last;     /* Offset of its last, which may be the same. */
	uint32_t last_crc; /* The CRC in the header of that. */
	uint64_t end;      /* Offset just past the record: resume here. */
};

/* What was wrong, after WAL_CORRUPT. */
struct wal_damage {
	uint64_t offset;    /* Of the fragment or padding that is wrong; of
			       its first for a record without its end. */
	const char *reason; /* For a person; never freed. */
};

struct wal_segment;

/**
 * wal_segment_open(fd, offset, patient):
 * Read from ${fd}, starting at ${offset} bytes, which is zero or the end of a
 * record read earlier.  If ${patient}, a read may block on the disk; else
 * what is not in memory yet gives WAL_WAIT while the kernel fetches it.  The
 * segment owns ${fd}.  Return NULL, leaving ${fd} to the caller, if there is
 * no memory.
 */
struct wal_segment *wal_segment_open(int fd, uint64_t offset, bool patient);

/**
 * wal_segment_next(segment, rec):
 * Fill ${rec} with the next whole record.  Return WAL_END if it is not all
 * written yet.  After WAL_CORRUPT, wal_segment_damage says what is wrong, and
 * the next call goes on behind it: no call fails twice at one place.
 */
enum wal_status wal_segment_next(
    struct wal_segment *segment, struct wal_record *rec);

/**
 * wal_segment_give_up(segment):
 * After WAL_IO: what could not be read is damage, up to a page that can be, or
 * to the end.  Return false, with nothing given up, if there is neither.
 */
bool wal_segment_give_up(struct wal_segment *segment);

/* The last damage found; all zero before the first. */
struct wal_damage wal_segment_damage(const struct wal_segment *segment);

/*
 * Bytes read over because of damage so far, headers included: each byte up to
 * where we are is in a record given, in sound padding, or among these.  Behind
 * a broken fragment all there is counts until a sound one is found.
 */
uint64_t wal_segment_skipped(const struct wal_segment *segment);

/**
 * wal_segment_unread(segment, ret_from, ret_count):
 * Store in ${ret_from} where the last whole record, padding or damage ends,
 * and in ${ret_count} how many bytes the file holds past that.  When nothing
 * more will be written, these are torn.  Return WAL_IO if the file's size
 * cannot be had.
 */
enum wal_status wal_segment_unread(
    const struct wal_segment *segment, uint64_t *ret_from, uint64_t *ret_count);

/**
 * wal_segment_head(segment, head):
 * Copy the header of the first fragment of the file to ${head}, wherever
 * reading is.  Return as wal_window_peek does; what was read stays.
 */
enum wal_status wal_segment_head(
    struct wal_segment *segment, uint8_t head[WAL_HEADER_SIZE]);

/* Close its file; nothing more is read, but the last record stays. */
void wal_segment_close(struct wal_segment *segment);

/* Close and free ${segment}.  Do nothing to NULL. */
void wal_segment_free(struct wal_segment *segment);

#endif /* WAL_SEGMENT_H */
