/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wal/dir.h"
#include "wal/held.h"
#include "wal/record.h"

enum wal_status
wal_held_open(struct wal_held *held, int fd, uint64_t offset, bool patient)
{
	struct stat st;

	if (fd == -1)
		return WAL_IO;
	memset(held, 0, sizeof(*held));
	if (fstat(fd, &st) != 0 ||
	    (held->segment = wal_segment_open(fd, offset, patient)) == NULL) {
		(void)close(fd);
		return WAL_NOMEM;
	}
	held->fd = fd; /* The segment owns it. */
	held->device = st.st_dev;
	held->inode = st.st_ino;
	return WAL_OK;
}

void
wal_held_close(struct wal_held *held)
{
	wal_segment_free(held->segment);
	held->segment = NULL;
}

/* Whether header bits that were changed can have made this of the record. */
static bool
is_doubtful(const struct wal_record *rec, const uint8_t *data, size_t len)
{
	unsigned int type = len > 0 ? data[0] : WAL_EMPTY;

	return type == WAL_EMPTY || type >= WAL_TYPES ||
	    (rec->codec == WAL_SNAPPY && len <= rec->len);
}

static enum wal_status
damaged(struct wal_held *held, const char *reason)
{
	held->damage = (struct wal_damage){ held->record.start, reason };
	return WAL_CORRUPT;
}

/* The record is not what its header says: is it stored in another way? */
static enum wal_status
try_others(struct wal_held *held, struct wal_unpack *unpack)
{
	enum wal_codec stated = held->record.codec, codec;
	enum wal_status st = WAL_CORRUPT;
	const uint8_t *data;
	size_t len;

	for (codec = WAL_PLAIN; codec <= WAL_ZSTD; codec++) {
		if (codec == stated)
			continue;
		held->record.codec = codec;
		st = wal_unpack_record(unpack, &held->record, &data, &len);
		if (st == WAL_NOMEM)
			break;
		if (st == WAL_OK && wal_record_decodes(data, len)) {
			held->pending = true;
			return damaged(
			    held, "compression is not what the header says");
		}
	}
	held->record.codec = stated;
	held->pending = st == WAL_NOMEM;
	return held->pending ? WAL_NOMEM : WAL_END;
}

/* Know what the file begins with, if it is not known; WAL_WAIT: not yet. */
static enum wal_status
look_at_first(struct wal_held *held)
{
	uint8_t head[WAL_HEADER_SIZE];
	enum wal_status st;

	if (wal_content_is_known(&held->first))
		return WAL_OK;
	st = wal_segment_head(held->segment, head);
	if (st == WAL_OK)
		held->first = wal_content_said(head);
	return st;
}

/* The plain bytes of the record at hand. */
static enum wal_status
unpack_record(struct wal_held *held, struct wal_unpack *unpack,
    const uint8_t **ret_data, size_t *ret_len)
{
	struct wal_record *rec = &held->record;
	enum wal_status st, other;

	/* What cannot be read at the beginning does not keep back the rest. */
	held->pending = look_at_first(held) == WAL_WAIT;
	if (held->pending)
		return WAL_WAIT;
	st = wal_unpack_record(unpack, rec, ret_data, ret_len);
	held->pending = st == WAL_NOMEM;
	if (st == WAL_NOMEM ||
	    (st == WAL_OK && !is_doubtful(rec, *ret_data, *ret_len)) ||
	    (st == WAL_OK && wal_record_decodes(*ret_data, *ret_len)))
		return st;
	if ((other = try_others(held, unpack)) != WAL_END)
		return other;
	if (st == WAL_CORRUPT)
		return damaged(held, "record does not decompress");
	/* The buffer may have been used. */
	return wal_unpack_record(unpack, rec, ret_data, ret_len);
}

enum wal_status
wal_held_next(struct wal_held *held, struct wal_unpack *unpack,
    const uint8_t **ret_data, size_t *ret_len)
{
	enum wal_status st = WAL_OK;

	if (held->given_up)
		st = WAL_CORRUPT;
	else if (!held->pending)
		st = wal_segment_next(held->segment, &held->record);
	held->given_up = false;
	if (st == WAL_CORRUPT)
		held->damage = wal_segment_damage(held->segment);
	return st == WAL_OK ? unpack_record(held, unpack, ret_data, ret_len)
			    : st;
}

bool
wal_held_give_up(struct wal_held *held)
{
	held->given_up = wal_segment_give_up(held->segment);
	return held->given_up;
}

bool
wal_held_replaced(
    const struct wal_held *held, const char *path, const char *name)
{
	struct stat st;

	return name[0] != '\0' && wal_dir_stat(path, name, &st) &&
	    (st.st_ino != held->inode || st.st_dev != held->device);
}
