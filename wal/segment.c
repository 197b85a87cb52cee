/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "wal/crc32c.h"
#include "wal/segment.h"

#define HEADER_SIZE 7u
#define FRAGMENT_MAX (HEADER_SIZE + UINT16_MAX)

/* The bytes kept of the file: the largest fragment, and pages ahead of it. */
#define WINDOW_SIZE (FRAGMENT_MAX + 2 * WAL_PAGE_SIZE)

/* WAL_WAIT this often in a row, and we block to learn what the matter is. */
#define WAITS_MAX 10000u

enum kind { PADDING, FULL, FIRST, MIDDLE, LAST }; /* Bits 0-2 of a header. */

struct wal_segment {
	int fd;
	bool patient;
	unsigned int waits; /* Reads in a row that were not in memory. */

	uint64_t base; /* File offset of window[0]. */
	size_t filled; /* Bytes of the window read so far. */
	size_t at;     /* The next byte of the window to consume. */

	uint8_t *joined; /* The fragments of the record so far. */
	size_t len, cap; /* Used and allocated bytes of joined. */
	bool midway;     /* Inside a record: its last is still to come. */
	uint64_t start;  /* Offset of the record's first fragment. */
	uint64_t whole;  /* Offset past the last whole record or padding. */

	bool lost;        /* What is at ${at} has yet to prove itself. */
	uint64_t retry;   /* When lost: the page to go to if it does not. */
	bool orphans;     /* Middles and lasts belong to known damage. */
	uint64_t skipped; /* Bytes. */
	struct wal_damage damage;

	uint8_t window[WINDOW_SIZE];
};

struct fragment {
	const uint8_t *data; /* Points into the window. */
	size_t len;
	bool starts, ends; /* A full fragment does both. */
	enum wal_codec codec;
};

struct wal_segment *
wal_segment_open(int fd, uint64_t offset, bool patient)
{
	struct wal_segment *seg;

	if ((seg = malloc(sizeof(*seg))) == NULL)
		return NULL;
	memset(seg, 0, offsetof(struct wal_segment, window));
	seg->fd = fd;
	seg->patient = patient;
	seg->base = seg->whole = offset;
	return seg;
}

void
wal_segment_free(struct wal_segment *seg)
{
	if (seg == NULL)
		return;
	(void)close(seg->fd);
	free(seg->joined);
	free(seg);
}

struct wal_damage
wal_segment_damage(const struct wal_segment *seg)
{
	return seg->damage;
}

uint64_t
wal_segment_skipped(const struct wal_segment *seg)
{
	return seg->skipped;
}

enum wal_status
wal_segment_unread(const struct wal_segment *seg, uint64_t *ret)
{
	struct stat st;

	if (fstat(seg->fd, &st) != 0)
		return WAL_IO;
	*ret = (uint64_t)st.st_size > seg->whole
	    ? (uint64_t)st.st_size - seg->whole
	    : 0;
	return WAL_OK;
}

/* The file offset of the next byte to consume. */
static uint64_t
tell(const struct wal_segment *seg)
{
	return seg->base + seg->at;
}

/* The offset at which the page that holds ${offset} ends. */
static uint64_t
page_end(uint64_t offset)
{
	return offset - offset % WAL_PAGE_SIZE + WAL_PAGE_SIZE;
}

/* Consume up to ${offset}, which lies ahead. */
static void
seek(struct wal_segment *seg, uint64_t offset)
{
	uint64_t ahead = offset - tell(seg);

	if (ahead <= seg->filled - seg->at) {
		seg->at += (size_t)ahead;
		return;
	}
	seg->base = offset;
	seg->filled = seg->at = 0;
}

/* As pread(2), but if the bytes are not in memory, have them fetched. */
static ssize_t
read_cached(struct wal_segment *seg, void *to, size_t len, uint64_t offset)
{
	struct iovec iov = { .iov_base = to, .iov_len = len };
	ssize_t n;

	if (seg->patient || seg->waits > WAITS_MAX)
		return pread(seg->fd, to, len, (off_t)offset);
	n = preadv2(seg->fd, &iov, 1, (off_t)offset, RWF_NOWAIT);
	if (n >= 0)
		return n;
	if (errno == EAGAIN) {
		(void)posix_fadvise(
		    seg->fd, (off_t)offset, (off_t)len, POSIX_FADV_WILLNEED);
		errno = EAGAIN;
		return -1;
	}
	if (errno != EOPNOTSUPP && errno != ENOSYS)
		return -1;
	return pread(seg->fd, to, len, (off_t)offset);
}

/* Have ${want} unread bytes in the window, at most FRAGMENT_MAX. */
static enum wal_status
need(struct wal_segment *seg, size_t want)
{
	ssize_t n;

	if (want > WINDOW_SIZE - seg->at) {
		memmove(
		    seg->window, seg->window + seg->at, seg->filled - seg->at);
		seg->base += seg->at;
		seg->filled -= seg->at;
		seg->at = 0;
	}
	while (seg->filled - seg->at < want) {
		n = read_cached(seg, seg->window + seg->filled,
		    WINDOW_SIZE - seg->filled, seg->base + seg->filled);
		if (n < 0 && errno == EAGAIN) {
			seg->waits++;
			return WAL_WAIT;
		}
		if (n < 0)
			return WAL_IO;
		seg->waits = 0;
		if (n == 0)
			return WAL_END;
		seg->filled += (size_t)n;
	}
	return WAL_OK;
}

static enum wal_status
corrupt(struct wal_segment *seg, uint64_t offset, const char *reason)
{
	seg->damage = (struct wal_damage){ offset, reason };
	return WAL_CORRUPT;
}

/* Step over the zeros that fill up the page. */
static enum wal_status
skip_padding(struct wal_segment *seg)
{
	size_t i, len = (size_t)(page_end(tell(seg)) - tell(seg));
	enum wal_status st;

	if ((st = need(seg, len)) != WAL_OK)
		return st;
	for (i = 0; i < len; i++)
		if (seg->window[seg->at + i] != 0)
			return corrupt(
			    seg, tell(seg), "padding that is not zero");
	seg->at += len;
	seg->whole = tell(seg);
	return WAL_OK;
}

/* Whether the checksum in the header at ${head} is that of its data. */
static bool
checksum_holds(const uint8_t *head, size_t len)
{
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
	(void)head;
	(void)len;
	return true;
#else
	uint32_t stored = (uint32_t)head[3] << 24 | (uint32_t)head[4] << 16 |
	    (uint32_t)head[5] << 8 | head[6];

	return crc32c(head + HEADER_SIZE, len) == stored;
#endif
}

/* Look at the next fragment, believing nothing its checksum does not cover. */
static enum wal_status
peek_fragment(struct wal_segment *seg, struct fragment *frag)
{
	const uint8_t *head;
	enum wal_status st;
	unsigned int kind;

	while ((st = need(seg, 1)) == WAL_OK &&
	    (seg->window[seg->at] & 0x07) == PADDING) {
		/* A record that goes on fills its page to the last byte. */
		if (seg->midway)
			return corrupt(seg, tell(seg), "padding in a record");
		if ((st = skip_padding(seg)) != WAL_OK)
			return st;
	}
	if (st != WAL_OK || (st = need(seg, HEADER_SIZE)) != WAL_OK)
		return st;

	head = seg->window + seg->at;
	kind = head[0] & 0x07;
	if (kind > LAST)
		return corrupt(seg, tell(seg), "impossible fragment type");
	frag->len = (size_t)head[1] << 8 | head[2];
	if (frag->len > WAL_PAGE_SIZE - HEADER_SIZE)
		return corrupt(seg, tell(seg), "impossible fragment length");

	if ((st = need(seg, HEADER_SIZE + frag->len)) != WAL_OK)
		return st;
	head = seg->window + seg->at;
	if (!checksum_holds(head, frag->len))
		return corrupt(seg, tell(seg), "checksum does not match");
	frag->data = head + HEADER_SIZE;
	frag->starts = kind == FULL || kind == FIRST;
	frag->ends = kind == FULL || kind == LAST;
	frag->codec = (head[0] & 0x08) ? WAL_SNAPPY
	    : (head[0] & 0x10)         ? WAL_ZSTD
				       : WAL_PLAIN;
	return WAL_OK;
}

/* Give up the record being joined, if any. */
static void
drop_record(struct wal_segment *seg)
{
	if (seg->midway)
		seg->skipped += tell(seg) - seg->start;
	seg->midway = false;
}

/*
 * The fragment at hand is broken.  If its length can be true, what follows it
 * on the page may be sound; else only the next page can be.
 */
static void
leave_broken(struct wal_segment *seg)
{
	uint64_t here = tell(seg), next = page_end(here), after = next;
	const uint8_t *head = seg->window + seg->at;
	size_t len;

	drop_record(seg);
	if (seg->filled - seg->at >= HEADER_SIZE) {
		len = (size_t)head[1] << 8 | head[2];
		if (here + HEADER_SIZE + len < next)
			after = here + HEADER_SIZE + len;
	}
	seg->skipped += after - here;
	seek(seg, after);
	seg->lost = after != next;
	seg->retry = next;
	seg->orphans = true;
}

/* Settle whether the place reached after damage holds a sound fragment. */
static enum wal_status
find_way(struct wal_segment *seg)
{
	struct wal_damage damage = seg->damage;
	uint64_t here = tell(seg);
	struct fragment frag;
	enum wal_status st;

	st = peek_fragment(seg, &frag);
	if (st == WAL_CORRUPT && tell(seg) < seg->retry) {
		seg->damage = damage;
		seg->skipped += seg->retry - here;
		seek(seg, seg->retry);
		st = WAL_OK;
	}
	if (st == WAL_OK || st == WAL_CORRUPT) {
		seg->lost = false;
		return WAL_OK;
	}
	return st;
}

/* Add ${frag} to the record being joined. */
static enum wal_status
join(struct wal_segment *seg, const struct fragment *frag)
{
	uint8_t *grown;
	size_t cap;

	if (frag->len > WAL_RECORD_MAX - seg->len)
		return corrupt(seg, tell(seg), "record of impossible length");
	if (frag->len > seg->cap - seg->len) {
		cap = 2 * (seg->len + frag->len);
		if ((grown = realloc(seg->joined, cap)) == NULL)
			return WAL_NOMEM;
		seg->joined = grown;
		seg->cap = cap;
	}
	if (frag->len > 0)
		memcpy(seg->joined + seg->len, frag->data, frag->len);
	seg->len += frag->len;
	return WAL_OK;
}

static void
consume(struct wal_segment *seg, const struct fragment *frag)
{
	seg->at += HEADER_SIZE + frag->len;
}

/* Take ${frag} as far as the order of fragments allows; it is sound. */
static enum wal_status
take_fragment(struct wal_segment *seg, const struct fragment *frag)
{
	enum wal_status st;

	if (frag->starts && seg->midway) {
		/* The fragment is not consumed: it begins the next record. */
		drop_record(seg);
		seg->orphans = true;
		return corrupt(seg, seg->start, "record without its end");
	}
	if (!frag->starts && !seg->midway) {
		seg->skipped += HEADER_SIZE + frag->len;
		if (!seg->orphans)
			corrupt(seg, tell(seg), "record without its beginning");
		st = seg->orphans ? WAL_OK : WAL_CORRUPT;
		seg->orphans = true;
		consume(seg, frag);
		return st;
	}
	if (frag->starts) {
		seg->len = 0;
		seg->start = tell(seg);
		seg->orphans = false;
	}
	if ((st = join(seg, frag)) == WAL_NOMEM)
		return st;
	consume(seg, frag);
	seg->midway = !frag->ends;
	if (st == WAL_CORRUPT) {
		seg->midway = true;
		drop_record(seg);
		seg->orphans = true;
	}
	return st;
}

enum wal_status
wal_segment_next(struct wal_segment *seg, struct wal_record *rec)
{
	struct fragment frag;
	enum wal_status st;
	bool within;

	for (;;) {
		if (seg->lost && (st = find_way(seg)) != WAL_OK)
			return st;
		if ((st = peek_fragment(seg, &frag)) == WAL_CORRUPT)
			leave_broken(seg);
		if (st != WAL_OK)
			return st;

		within = frag.starts || seg->midway;
		if ((st = take_fragment(seg, &frag)) != WAL_OK)
			return st;
		if (within && !seg->midway)
			break;
	}
	rec->data = seg->joined;
	rec->len = seg->len;
	rec->codec = frag.codec;
	rec->start = seg->start;
	rec->end = seg->whole = tell(seg);
	return WAL_OK;
}
