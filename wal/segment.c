/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wal/crc32c.h"
#include "wal/segment.h"
#include "wal/window.h"

/* Bytes of a segment that are looked over for a page that can be read. */
#define GIVE_UP_MAX (UINT64_C(1) << 31)

enum kind { PADDING, FULL, FIRST, MIDDLE, LAST }; /* Bits 0-2 of a header. */

struct wal_segment {
	uint8_t *joined;  /* The fragments of the record so far. */
	size_t len, cap;  /* Used and allocated bytes of joined. */
	bool midway;      /* Inside a record: its last is still to come. */
	uint64_t start;   /* Offset of the record's first fragment. */
	uint64_t settled; /* Past the last whole record, padding or damage. */

	/* After damage: what we look for a sound fragment by, if still. */
	enum { FOUND, BY_CLAIM, BY_SCAN } way;
	uint64_t broken;  /* Until found: offset of the broken fragment; */
	uint64_t claim;   /* where it claims to end, if on its page. */
	bool orphans;     /* Middles and lasts belong to known damage. */
	uint64_t skipped; /* Bytes, up to the broken fragment. */
	struct wal_damage damage;

	struct wal_window window;
};

struct fragment {
	const uint8_t *data; /* Points into the window. */
	size_t len;
	uint32_t crc;      /* As its header states. */
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
	wal_window_init(&seg->window, fd, offset, patient);
	seg->settled = offset;
	return seg;
}

void
wal_segment_close(struct wal_segment *seg)
{
	if (seg->window.fd != -1)
		(void)close(seg->window.fd);
	seg->window.fd = -1;
}

void
wal_segment_free(struct wal_segment *seg)
{
	if (seg == NULL)
		return;
	wal_segment_close(seg);
	free(seg->joined);
	free(seg);
}

struct wal_damage
wal_segment_damage(const struct wal_segment *seg)
{
	return seg->damage;
}

/* The file offset of the next byte to consume. */
static uint64_t
tell(const struct wal_segment *seg)
{
	return wal_window_tell(&seg->window);
}

static void
seek(struct wal_segment *seg, uint64_t offset)
{
	wal_window_seek(&seg->window, offset);
}

static enum wal_status
need(struct wal_segment *seg, size_t want)
{
	return wal_window_need(&seg->window, want);
}

/* What was needed; valid until more is. */
static const uint8_t *
ahead(const struct wal_segment *seg)
{
	return wal_window_data(&seg->window);
}

uint64_t
wal_segment_skipped(const struct wal_segment *seg)
{
	struct stat st;

	/* Behind a broken fragment all is damage until a sound one is found. */
	if (seg->way == FOUND || fstat(seg->window.fd, &st) != 0 ||
	    (uint64_t)st.st_size < seg->broken)
		return seg->skipped;
	return seg->skipped + ((uint64_t)st.st_size - seg->broken);
}

enum wal_status
wal_segment_unread(
    const struct wal_segment *seg, uint64_t *ret_from, uint64_t *ret_count)
{
	struct stat st;
	uint64_t size;

	if (fstat(seg->window.fd, &st) != 0)
		return WAL_IO;
	size = (uint64_t)st.st_size;
	*ret_from = seg->way == FOUND ? seg->settled : size;
	*ret_count = size > *ret_from ? size - *ret_from : 0;
	return WAL_OK;
}

/* The offset at which the page that holds ${offset} ends. */
static uint64_t
page_end(uint64_t offset)
{
	return offset - offset % WAL_PAGE_SIZE + WAL_PAGE_SIZE;
}

static enum wal_status
corrupt(struct wal_segment *seg, uint64_t offset, const char *reason)
{
	seg->damage = (struct wal_damage){ offset, reason };
	return WAL_CORRUPT;
}

/* Settle whether all up to ${end} is zero. */
static enum wal_status
all_zero(struct wal_segment *seg, uint64_t end, bool *ret)
{
	size_t i, len = (size_t)(end - tell(seg));
	enum wal_status st;

	if ((st = need(seg, len)) != WAL_OK)
		return st;
	for (i = 0; i < len && ahead(seg)[i] == 0; i++)
		;
	*ret = i == len;
	return WAL_OK;
}

/* Step over the zeros that fill up the page. */
static enum wal_status
skip_padding(struct wal_segment *seg)
{
	uint64_t end = page_end(tell(seg));
	enum wal_status st;
	bool zero;

	if ((st = all_zero(seg, end, &zero)) != WAL_OK)
		return st;
	if (!zero)
		return corrupt(seg, tell(seg), "padding that is not zero");
	seek(seg, end);
	seg->settled = end;
	return WAL_OK;
}

/* The checksum that the header at ${head} states. */
static uint32_t
stated_checksum(const uint8_t *head)
{
	return (uint32_t)head[3] << 24 | (uint32_t)head[4] << 16 |
	    (uint32_t)head[5] << 8 | head[6];
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
	return crc32c(head + WAL_HEADER_SIZE, len) == stated_checksum(head);
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
	    (ahead(seg)[0] & 0x07) == PADDING) {
		/* A record that goes on fills its page to the last byte. */
		if (seg->midway)
			return corrupt(seg, tell(seg), "padding in a record");
		if ((st = skip_padding(seg)) != WAL_OK)
			return st;
	}
	if (st != WAL_OK || (st = need(seg, WAL_HEADER_SIZE)) != WAL_OK)
		return st;

	head = ahead(seg);
	kind = head[0] & 0x07;
	if (kind > LAST)
		return corrupt(seg, tell(seg), "impossible fragment type");
	frag->len = (size_t)head[1] << 8 | head[2];
	if (frag->len > WAL_PAGE_SIZE - WAL_HEADER_SIZE)
		return corrupt(seg, tell(seg), "impossible fragment length");

	if ((st = need(seg, WAL_HEADER_SIZE + frag->len)) != WAL_OK)
		return st;
	head = ahead(seg);
	if (!checksum_holds(head, frag->len))
		return corrupt(seg, tell(seg), "checksum does not match");
	frag->data = head + WAL_HEADER_SIZE;
	frag->crc = stated_checksum(head);
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
	seg->settled = tell(seg);
}

/*
 * The fragment at hand is broken.  If its length can be true, what follows it
 * on the page may be sound; else we have to search.
 */
static void
leave_broken(struct wal_segment *seg)
{
	const uint8_t *head = ahead(seg);

	drop_record(seg);
	seg->broken = tell(seg);
	seg->claim = page_end(seg->broken);
	seg->orphans = true;
	if ((head[0] & 0x07) != PADDING)
		seg->claim = seg->broken + WAL_HEADER_SIZE +
		    ((uint64_t)head[1] << 8 | head[2]);
	if (seg->claim < page_end(seg->broken)) {
		seg->way = BY_CLAIM;
		seek(seg, seg->claim);
	} else {
		seg->way = BY_SCAN;
		seek(seg, seg->broken + 1);
	}
}

/* Settle whether a sound fragment is at hand, on a page that ends at ${end}. */
static enum wal_status
is_sound(struct wal_segment *seg, uint64_t end, bool *ret)
{
	uint64_t left = end - tell(seg), len;
	const uint8_t *head;
	unsigned int kind;
	enum wal_status st;

	*ret = false;
	if (left < WAL_HEADER_SIZE)
		return need(seg, (size_t)left);
	if ((st = need(seg, WAL_HEADER_SIZE)) != WAL_OK)
		return st;
	head = ahead(seg);
	kind = head[0] & 0x07;
	len = (uint64_t)head[1] << 8 | head[2];
	if ((head[0] & 0xe0) != 0 || kind == PADDING || kind > LAST ||
	    len > left - WAL_HEADER_SIZE ||
	    (len == 0 && (left > WAL_HEADER_SIZE || kind != FIRST)))
		return WAL_OK;
	if ((st = need(seg, WAL_HEADER_SIZE + (size_t)len)) != WAL_OK)
		return st;
	*ret = checksum_holds(ahead(seg), (size_t)len);
	return WAL_OK;
}

/* Look where the broken fragment claims to end. */
static enum wal_status
check_claim(struct wal_segment *seg, uint64_t end)
{
	enum wal_status st;
	bool fine;

	if ((st = is_sound(seg, end, &fine)) != WAL_OK)
		return st;
	seg->way = fine ? FOUND : BY_SCAN;
	if (!fine)
		seek(seg, seg->broken + 1);
	return WAL_OK;
}

/* Look at every place up to ${end}, where the page does. */
static enum wal_status
scan(struct wal_segment *seg, uint64_t end)
{
	enum wal_status st;
	bool fine = false;

	for (; tell(seg) < end; seek(seg, tell(seg) + 1)) {
		if ((st = is_sound(seg, end, &fine)) != WAL_OK)
			return st;
		if (fine)
			break;
	}
	if (!fine && seg->claim < end) {
		/* There is nothing, or padding if the claim is true. */
		seek(seg, seg->claim);
		if ((st = all_zero(seg, end, &fine)) != WAL_OK)
			return st;
		seek(seg, fine ? seg->claim : end);
	}
	seg->way = FOUND;
	return WAL_OK;
}

/* Go to where reading can go on after the broken fragment. */
static enum wal_status
find_way(struct wal_segment *seg)
{
	uint64_t end = page_end(seg->broken);
	enum wal_status st;

	if (seg->way == BY_CLAIM && (st = check_claim(seg, end)) != WAL_OK)
		return st;
	if (seg->way == BY_SCAN && (st = scan(seg, end)) != WAL_OK)
		return st;
	seg->skipped += tell(seg) - seg->broken;
	seg->settled = tell(seg);
	return WAL_OK;
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
	seek(seg, tell(seg) + WAL_HEADER_SIZE + frag->len);
}

/* Take ${frag} as far as the order of fragments allows; it is sound. */
static enum wal_status
take_fragment(struct wal_segment *seg, const struct fragment *frag)
{
	enum wal_status st;

	if (frag->starts && seg->midway) {
		/* The fragment is not consumed: it begins the next record. */
		drop_record(seg);
		return corrupt(seg, seg->start, "record without its end");
	}
	if (!frag->starts && !seg->midway) {
		seg->skipped += WAL_HEADER_SIZE + frag->len;
		if (!seg->orphans)
			corrupt(seg, tell(seg), "record without its beginning");
		st = seg->orphans ? WAL_OK : WAL_CORRUPT;
		seg->orphans = true;
		consume(seg, frag);
		seg->settled = tell(seg);
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
wal_segment_head(struct wal_segment *seg, uint8_t head[WAL_HEADER_SIZE])
{
	return wal_window_peek(&seg->window, 0, head, WAL_HEADER_SIZE);
}

/* Find a page behind ${from} that can be read, or is past the end. */
static bool
find_readable(const struct wal_segment *seg, uint64_t from, uint64_t *ret)
{
	uint64_t step;
	uint8_t byte;

	for (*ret = page_end(from), step = WAL_PAGE_SIZE; step < GIVE_UP_MAX;
	     *ret += step, step *= 2)
		if (pread(seg->window.fd, &byte, 1, (off_t)*ret) >= 0)
			return true;
	return false;
}

bool
wal_segment_give_up(struct wal_segment *seg)
{
	uint64_t from = seg->way == FOUND ? tell(seg) : seg->broken, end;

	if (!find_readable(seg, wal_window_end(&seg->window), &end))
		return false;
	drop_record(seg);
	seg->skipped += end - from;
	(void)corrupt(seg, from, "cannot be read");
	seek(seg, end);
	seg->settled = end;
	seg->orphans = true;
	seg->way = FOUND;
	return true;
}

enum wal_status
wal_segment_next(struct wal_segment *seg, struct wal_record *rec)
{
	struct fragment frag;
	enum wal_status st;
	bool within;

	for (;;) {
		if (seg->way != FOUND && (st = find_way(seg)) != WAL_OK)
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
	rec->end = seg->settled = tell(seg);
	rec->last = rec->end - WAL_HEADER_SIZE - frag.len;
	rec->last_crc = frag.crc;
	return WAL_OK;
}
