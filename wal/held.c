/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wal/dir.h"
#include "wal/held.h"

enum wal_status
wal_held_open(struct wal_held *held, const char *path, const char *name,
    uint64_t offset, bool patient)
{
	struct stat st;
	int fd;

	if ((fd = wal_dir_open_segment(path, name)) == -1)
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

/* The plain bytes of the record at hand. */
static enum wal_status
unpack_record(struct wal_held *held, struct wal_unpack *unpack,
    const uint8_t **ret_data, size_t *ret_len)
{
	enum wal_status st;

	st = wal_unpack_record(unpack, &held->record, ret_data, ret_len);
	held->pending = st == WAL_NOMEM;
	if (st == WAL_CORRUPT)
		held->damage = (struct wal_damage){
			held->record.start,
			"record does not decompress",
		};
	if (st == WAL_OK && held->first.len == 0 && held->first.crc == 0)
		held->first = wal_content_first(held->fd);
	return st;
}

enum wal_status
wal_held_next(struct wal_held *held, struct wal_unpack *unpack,
    const uint8_t **ret_data, size_t *ret_len)
{
	enum wal_status st = WAL_OK;

	if (!held->pending)
		st = wal_segment_next(held->segment, &held->record);
	if (st == WAL_CORRUPT)
		held->damage = wal_segment_damage(held->segment);
	return st == WAL_OK ? unpack_record(held, unpack, ret_data, ret_len)
			    : st;
}

bool
wal_held_replaced(
    const struct wal_held *held, const char *path, const char *name)
{
	struct stat st;

	return wal_dir_stat(path, name, &st) &&
	    (st.st_ino != held->inode || st.st_dev != held->device);
}
