/* SPDX-License-Identifier: Apache-2.0 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <snappy-c.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/buf.h"
#include "agent/series/snapshot.h"
#include "wal/crc32c.h"
#include "wal/record.h"
#include "wal/segment.h"

#define SNAPPY_BIT 0x08u   /* In its first byte. */
#define RECORD (64u << 10) /* Bytes, about, of a series record. */
#define PASSED_MAX 4096u   /* Parts of the map without a ref, in a slice. */
#define FAMILY_SIZE 256u   /* Bytes of one that counts as one. */

/* A record is as long as RECORD and the labels of one ref, or a family, more. */
#define RECORD_MAX (RECORD + 2 * FINAL_PACKED_MAX + 4 * FAMILIES_TEXT_MAX)

/* What is gathered in a slice is far less than this. */
#define OUT_MAX (1u << 30) /* Bytes. */

/* Kinds of fragments. */
enum { FULL = 1, FIRST = 2, MIDDLE = 3, LAST = 4 };

struct snapshot {
	char *path, *fresh; /* As it is called until it is done. */
	char *dir;          /* What both are in. */
	struct refmap *map;
	uint64_t changes; /* Of the map, when the snapshot was begun. */
	uint32_t at;      /* In the map. */
	uint64_t refs, records;
	size_t slice_refs;               /* In this slice. */
	const struct families *families; /* NULL: not written. */
	size_t family;                   /* The next one. */
	bool gathered;                   /* All of it. */
	bool is_there;                   /* The file ${fresh}. */

	struct buf series, met;       /* The records being made. */
	struct buf packed;            /* One that is finished. */
	struct wal_label_list labels; /* Of the last ref. */

	struct buf out;   /* Fragments to be written. */
	uint64_t written; /* Bytes of the file, these too. */
	int fd;           /* -1: not open. */
};

static void
put_be64(struct buf *buf, uint64_t value)
{
	value = htobe64(value);
	buf_put(buf, &value, sizeof(value));
}

static void
put_uvarint(struct buf *buf, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		buf_putc(buf, (char)(value | 0x80));
	buf_putc(buf, (char)value);
}

static void
put_text(struct buf *buf, const void *data, size_t len)
{
	put_uvarint(buf, len);
	if (len > 0)
		buf_put(buf, data, len);
}

/* Add a fragment to what is to be written. */
static void
put_fragment(
    struct snapshot *snapshot, unsigned int kind, const void *data, size_t len)
{
	uint32_t crc = htobe32(crc32c(data, len));
	uint16_t size = htobe16((uint16_t)len);

	buf_putc(&snapshot->out, (char)(kind | SNAPPY_BIT));
	buf_put(&snapshot->out, &size, sizeof(size));
	buf_put(&snapshot->out, &crc, sizeof(crc));
	buf_put(&snapshot->out, data, len);
	snapshot->written += WAL_HEADER_SIZE + len;
}

/* How much room is left on the page, after a header; a new one if none is. */
static size_t
page_left(struct snapshot *snapshot)
{
	static const uint8_t zeros[WAL_HEADER_SIZE];
	size_t left = WAL_PAGE_SIZE - snapshot->written % WAL_PAGE_SIZE;

	if (left > WAL_HEADER_SIZE)
		return left - WAL_HEADER_SIZE;
	buf_put(&snapshot->out, zeros, left);
	snapshot->written += left;
	return WAL_PAGE_SIZE - WAL_HEADER_SIZE;
}

/* Add the packed record to what is to be written, in fragments. */
static void
put_packed(struct snapshot *snapshot)
{
	const uint8_t *data = snapshot->packed.data;
	size_t rest = snapshot->packed.len, len;
	bool first = true;

	do {
		len = page_left(snapshot);
		if (len >= rest) {
			put_fragment(snapshot, first ? FULL : LAST, data, rest);
			return;
		}
		put_fragment(snapshot, first ? FIRST : MIDDLE, data, len);
		data += len;
		rest -= len;
		first = false;
	} while (rest > 0);
}

/* Add the record in ${plain} to what is to be written, and empty it. */
static void
put_record(struct snapshot *snapshot, struct buf *plain)
{
	size_t len = snappy_max_compressed_length(plain->len);
	char *to;

	buf_reset(&snapshot->packed);
	to = (char *)buf_reserve(&snapshot->packed, len);
	if (plain->bad || to == NULL ||
	    snappy_compress((const char *)plain->data, plain->len, to, &len) !=
		SNAPPY_OK) {
		snapshot->out.bad = true;
		return;
	}
	snapshot->packed.len += len;
	put_packed(snapshot);
	buf_reset(plain);
}

/* The series gathered so far become a record. */
static void
end_series(struct snapshot *snapshot)
{
	if (snapshot->series.len == 0)
		return;
	put_record(snapshot, &snapshot->met);
	put_record(snapshot, &snapshot->series);
	snapshot->records++;
}

/* Gather a ref. */
static void
put_ref(void *arg, const struct labelsets *sets, uint64_t ref, uint64_t met,
    uint32_t set)
{
	struct snapshot *snapshot = arg;
	struct wal_label_list *list = &snapshot->labels;
	const struct wal_label *label;

	if (labelsets_labels(sets, set, list) != 0) {
		snapshot->out.bad = true;
		return;
	}
	if (snapshot->series.len == 0) {
		buf_putc(&snapshot->series, (char)WAL_SERIES);
		buf_putc(&snapshot->met, (char)SNAPSHOT_MET);
	}
	put_be64(&snapshot->series, ref);
	put_uvarint(&snapshot->series, list->len);
	for (label = list->labels; label < list->labels + list->len; label++) {
		put_text(&snapshot->series, label->name.data, label->name.len);
		put_text(
		    &snapshot->series, label->value.data, label->value.len);
	}
	put_uvarint(&snapshot->met, met);
	snapshot->refs++;
	snapshot->slice_refs++;
	if (snapshot->series.len >= RECORD)
		end_series(snapshot);
}

/* The families gathered so far become a record. */
static void
end_families(struct snapshot *snapshot)
{
	if (snapshot->series.len == 0)
		return;
	put_record(snapshot, &snapshot->series);
	snapshot->records++;
}

static void
put_family(struct snapshot *snapshot, const struct family *family)
{
	struct buf *buf = &snapshot->series;
	size_t len = buf->len;

	if (buf->len == 0)
		buf_putc(buf, (char)SNAPSHOT_FAMILY);
	buf_putc(buf, (char)family->type);
	put_text(buf, family->name.data, family->name.len);
	put_text(buf, family->help.data, family->help.len);
	put_text(buf, family->unit.data, family->unit.len);
	/* Their texts are of any length: what is long counts for more. */
	snapshot->slice_refs += 1 + (buf->len - len) / FAMILY_SIZE;
	if (buf->len >= RECORD)
		end_families(snapshot);
}

/* Gather the next families; return whether there are more. */
static bool
walk_families(struct snapshot *snapshot)
{
	const struct families *families = snapshot->families;
	struct family family;

	end_series(snapshot);
	while (families != NULL && snapshot->family < families_len(families) &&
	    snapshot->slice_refs < SNAPSHOT_SLICE_REFS) {
		family = families_at(families, snapshot->family++);
		put_family(snapshot, &family);
	}
	end_families(snapshot);
	return families != NULL && snapshot->family < families_len(families);
}

static void
put_head(struct snapshot *snapshot, const struct snapshot_head *head)
{
	struct buf *buf = &snapshot->met;

	buf_putc(buf, (char)SNAPSHOT_HEAD);
	buf_puts(buf, SNAPSHOT_MAGIC);
	put_uvarint(buf, SNAPSHOT_VERSION);
	put_text(buf, head->key, strlen(head->key));
	put_be64(buf, head->generation);
	put_be64(buf, head->segment);
	put_be64(buf, head->offset);
	put_be64(buf, refmap_redefined(snapshot->map));
	put_text(buf, head->mark, head->mark_len);
	put_record(snapshot, buf);
}

static void
put_end(struct snapshot *snapshot)
{
	struct buf *buf = &snapshot->met;

	buf_putc(buf, (char)SNAPSHOT_END);
	put_uvarint(buf, snapshot->refs);
	put_uvarint(buf, snapshot->records);
	put_record(snapshot, buf);
	snapshot->gathered = true;
}

struct snapshot *
snapshot_new(
    const char *path, struct refmap *map, const struct snapshot_head *head)
{
	struct snapshot *snapshot;

	if (strlen(head->key) > SNAPSHOT_KEY_MAX ||
	    head->mark_len > SNAPSHOT_MARK_MAX ||
	    (snapshot = calloc(1, sizeof(*snapshot))) == NULL)
		return NULL;
	snapshot->fd = -1;
	snapshot->map = map;
	snapshot->changes = refmap_changes(map);
	buf_init(&snapshot->series, RECORD_MAX);
	buf_init(&snapshot->met, RECORD_MAX);
	buf_init(&snapshot->packed, snappy_max_compressed_length(RECORD_MAX));
	buf_init(&snapshot->out, OUT_MAX);
	put_head(snapshot, head);
	snapshot->path = strdup(path);
	snapshot->dir = strdup(path);
	if (asprintf(&snapshot->fresh, "%s.new", path) == -1)
		snapshot->fresh = NULL;
	if (snapshot->path == NULL || snapshot->dir == NULL ||
	    snapshot->fresh == NULL || snapshot->out.bad) {
		snapshot_free(snapshot);
		return NULL;
	}
	return snapshot;
}

void
snapshot_add_families(
    struct snapshot *snapshot, const struct families *families)
{
	snapshot->families = families;
}

enum snapshot_state
snapshot_gather(struct snapshot *snapshot)
{
	unsigned int passed = 0;
	bool more = true;

	snapshot->slice_refs = 0;
	while (more && snapshot->slice_refs < SNAPSHOT_SLICE_REFS &&
	    snapshot->out.len < SNAPSHOT_SLICE_SIZE && passed++ < PASSED_MAX)
		more = refmap_walk(
		    snapshot->map, &snapshot->at, put_ref, snapshot);
	if (refmap_changes(snapshot->map) != snapshot->changes)
		return SNAPSHOT_STALE;
	if (!more && !walk_families(snapshot))
		put_end(snapshot);
	return snapshot->out.bad ? SNAPSHOT_NOMEM : SNAPSHOT_MORE;
}

/* Write what was gathered. */
static int
write_out(struct snapshot *snapshot)
{
	const uint8_t *data = snapshot->out.data;
	size_t rest = snapshot->out.len;
	ssize_t n;

	while (rest > 0) {
		n = write(snapshot->fd, data, rest);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		data += n;
		rest -= (size_t)n;
	}
	buf_reset(&snapshot->out);
	return 0;
}

/* Have the disk know the names in the directory. */
static int
sync_dir(struct snapshot *snapshot)
{
	int fd =
	    open(dirname(snapshot->dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result, saved;

	if (fd == -1)
		return -1;
	result = fsync(fd);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return result;
}

/* All is written: have it take the place of the last one. */
static int
finish(struct snapshot *snapshot)
{
	int fd = snapshot->fd;

	if (fdatasync(fd) != 0)
		return -1;
	snapshot->fd = -1;
	if (close(fd) != 0 || rename(snapshot->fresh, snapshot->path) != 0)
		return -1;
	snapshot->is_there = false;
	return sync_dir(snapshot);
}

/* Close and delete what was written, as far as it is not done. */
static void
discard(struct snapshot *snapshot)
{
	if (snapshot->fd != -1)
		(void)close(snapshot->fd);
	snapshot->fd = -1;
	if (snapshot->is_there)
		(void)unlink(snapshot->fresh);
	snapshot->is_there = false;
}

/* Begin the file. */
static int
create(struct snapshot *snapshot)
{
	snapshot->fd = open(snapshot->fresh,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
	snapshot->is_there = snapshot->fd != -1;
	return snapshot->fd != -1 ? 0 : -1;
}

enum snapshot_state
snapshot_put(struct snapshot *snapshot)
{
	int saved;

	if ((snapshot->fd != -1 || create(snapshot) == 0) &&
	    write_out(snapshot) == 0) {
		if (!snapshot->gathered)
			return SNAPSHOT_MORE;
		if (finish(snapshot) == 0)
			return SNAPSHOT_DONE;
	}
	saved = errno;
	discard(snapshot);
	errno = saved;
	return SNAPSHOT_FAILED;
}

uint64_t
snapshot_size(const struct snapshot *snapshot)
{
	return snapshot->written;
}

void
snapshot_free(struct snapshot *snapshot)
{
	if (snapshot == NULL)
		return;
	discard(snapshot);
	buf_release(&snapshot->series);
	buf_release(&snapshot->met);
	buf_release(&snapshot->packed);
	buf_release(&snapshot->out);
	free(snapshot->labels.labels);
	free(snapshot->path);
	free(snapshot->fresh);
	free(snapshot->dir);
	free(snapshot);
}
