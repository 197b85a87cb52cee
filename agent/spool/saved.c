/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/spool/saved.h"
#include "wal/crc32c.h"

#define MAGIC "walspool"
#define CHECKED 12u /* Where what the checksum covers begins. */

static void
put32(uint8_t *out, uint32_t number)
{
	size_t i;

	for (i = 0; i < 4; i++)
		out[i] = (uint8_t)(number >> (8 * i));
}

static void
put64(uint8_t *out, uint64_t number)
{
	put32(out, (uint32_t)number);
	put32(out + 4, (uint32_t)(number >> 32));
}

static uint32_t
get32(const uint8_t *in)
{
	return (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 |
	    (uint32_t)in[3] << 24;
}

static uint64_t
get64(const uint8_t *in)
{
	return get32(in) | (uint64_t)get32(in + 4) << 32;
}

/* What an entry is. */
enum what { SEGMENT, HELD_SEGMENT, CHECKPOINT, JOINT };

/* Write an entry at ${at}, and return where the next goes. */
static uint8_t *
put_entry(uint8_t *at, const struct spool_segment *entry, enum what what)
{
	put64(at, entry->name.generation);
	put64(at + 8, entry->name.number);
	put64(at + 16, entry->last);
	put32(at + 24, entry->first.len);
	put32(at + 28, entry->first.crc);
	put64(at + 32, what);
	return at + SAVED_ENTRY;
}

/* What was written by that. */
static enum what
get_entry(const uint8_t *at, struct spool_segment *ret)
{
	*ret = (struct spool_segment){
		.name = { get64(at), get64(at + 8) },
		.last = get64(at + 16),
		.first = { get32(at + 24), get32(at + 28) },
	};
	return get64(at + 32) <= JOINT ? (enum what)get64(at + 32) : SEGMENT;
}

/* Write the checkpoint and the joints of ${table} at ${at}. */
static void
put_joints(uint8_t *at, const struct spool_table *table)
{
	const struct spool_checkpoint *checkpoint = &table->checkpoint;
	const struct joints *joints = &table->joints;
	size_t i;

	if (wal_content_is_known(&checkpoint->first))
		at = put_entry(at,
		    &(struct spool_segment){
			.name.number = checkpoint->number,
			.first = checkpoint->first,
		    },
		    CHECKPOINT);
	for (i = 0; i < joints->len; i++)
		at = put_entry(at,
		    &(struct spool_segment){
			.name = { joints->list[i].generation,
			    joints->list[i].common },
		    },
		    JOINT);
}

void
saved_encode(const struct spool_table *table, struct buf *out)
{
	size_t i,
	    len = table->len + table->joints.len +
	    wal_content_is_known(&table->checkpoint.first);
	uint8_t *data, *at;

	len = SAVED_HEAD + len * SAVED_ENTRY;
	if ((data = buf_reserve(out, len)) == NULL)
		return;
	memcpy(data, MAGIC, 8);
	put32(data + 12, SAVED_VERSION);
	put64(data + 16, table->generation);
	put64(data + 24, table->next);
	at = data + SAVED_HEAD;
	for (i = 0; i < table->len; i++)
		at = put_entry(at, &table->segments[i],
		    table->segments[i].held ? HELD_SEGMENT : SEGMENT);
	put_joints(at, table);
	put32(data + 8, crc32c(data + CHECKED, len - CHECKED));
	out->len += len;
}

/* Whether ${b} may come after ${a}. */
static bool
is_after(const struct spool_name *a, const struct spool_name *b)
{
	return a->generation != b->generation ? a->generation < b->generation
					      : a->number < b->number;
}

/* Whether what was decoded of ${segment} makes sense. */
static bool
is_sound(const struct spool_table *table, const struct spool_segment *segment)
{
	if (segment->name.generation > table->generation ||
	    segment->name.number > WAL_SEGMENT_NUMBER_MAX ||
	    segment->last < segment->name.generation ||
	    (segment->last >= table->generation &&
		segment->last != SPOOL_LAST_NONE))
		return false;
	return table->len == 0 ||
	    is_after(&table->segments[table->len - 1].name, &segment->name);
}

static enum saved_result
decode_segment(struct spool_table *table, const struct spool_segment *segment)
{
	if (table->joints.len > 0 ||
	    wal_content_is_known(&table->checkpoint.first) ||
	    !is_sound(table, segment))
		return SAVED_DAMAGED;
	if (spool_table_add(table, segment) != 0) {
		errno = ENOMEM;
		return SAVED_FAILED;
	}
	return SAVED_OK;
}

static enum saved_result
decode_checkpoint(struct spool_table *table, const struct spool_segment *entry)
{
	if (table->joints.len > 0 ||
	    wal_content_is_known(&table->checkpoint.first) ||
	    !wal_content_is_known(&entry->first) ||
	    entry->name.generation != 0 || entry->last != 0 ||
	    entry->name.number > WAL_SEGMENT_NUMBER_MAX)
		return SAVED_DAMAGED;
	table->checkpoint = (struct spool_checkpoint){
		.number = entry->name.number,
		.first = entry->first,
	};
	return SAVED_OK;
}

static enum saved_result
decode_joint(struct spool_table *table, const struct spool_segment *entry)
{
	struct joints *joints = &table->joints;

	if (joints->len == JOINTS_MAX || entry->name.number == 0 ||
	    entry->name.number > WAL_SEGMENT_NUMBER_MAX + 1 ||
	    entry->name.generation >= table->generation || entry->last != 0 ||
	    wal_content_is_known(&entry->first) ||
	    (joints->len > 0 &&
		joints->list[joints->len - 1].generation >=
		    entry->name.generation))
		return SAVED_DAMAGED;
	joints_add(joints,
	    &(struct joint){ entry->name.generation, entry->name.number });
	return SAVED_OK;
}

static enum saved_result
decode_entries(struct spool_table *table, const uint8_t *at, size_t count)
{
	enum saved_result result = SAVED_OK;
	struct spool_segment entry;

	for (; count > 0 && result == SAVED_OK; count--, at += SAVED_ENTRY)
		switch (get_entry(at, &entry)) {
		case HELD_SEGMENT:
			entry.held = true;
			result = decode_segment(table, &entry);
			break;
		case SEGMENT:
			result = decode_segment(table, &entry);
			break;
		case CHECKPOINT:
			result = decode_checkpoint(table, &entry);
			break;
		case JOINT:
			result = decode_joint(table, &entry);
			break;
		}
	return result;
}

enum saved_result
saved_decode(struct spool_table *table, const uint8_t *data, size_t len)
{
	enum saved_result result;

	if (len < SAVED_HEAD || len > SAVED_MAX ||
	    (len - SAVED_HEAD) % SAVED_ENTRY != 0 ||
	    memcmp(data, MAGIC, 8) != 0)
		return SAVED_DAMAGED;
#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
	if (get32(data + 8) != crc32c(data + CHECKED, len - CHECKED))
		return SAVED_DAMAGED;
#endif
	if (get32(data + 12) > SAVED_VERSION)
		return SAVED_NEWER;
	table->generation = get64(data + 16);
	table->next = get64(data + 24);
	/* The first version had no joints. */
	if (get32(data + 12) == 0 || table->generation > SPOOL_GENERATION_MAX ||
	    table->next > WAL_SEGMENT_NUMBER_MAX + 1)
		result = SAVED_DAMAGED;
	else
		result = decode_entries(
		    table, data + SAVED_HEAD, (len - SAVED_HEAD) / SAVED_ENTRY);
	if (result != SAVED_OK)
		spool_table_release(table);
	return result;
}

/* Read all of ${fd}, which must not be larger than it can be. */
static enum saved_result
read_all(int fd, uint8_t **ret_data, size_t *ret_len)
{
	struct stat st;
	size_t len, done;
	ssize_t n = 1;

	if (fstat(fd, &st) != 0)
		return SAVED_FAILED;
	if (!S_ISREG(st.st_mode) || st.st_size > (off_t)SAVED_MAX)
		return SAVED_DAMAGED;
	len = (size_t)st.st_size;
	if ((*ret_data = malloc(len + 1)) == NULL)
		return SAVED_FAILED;
	for (done = 0; done < len && n > 0; done += (size_t)n)
		if ((n = read(fd, *ret_data + done, len - done)) < 0)
			return SAVED_FAILED;
	*ret_len = done;
	return SAVED_OK;
}

enum saved_result
saved_load(struct spool_table *table, const char *path)
{
	uint8_t *data = NULL;
	enum saved_result result;
	size_t len = 0;
	int fd;

	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return errno == ENOENT ? SAVED_NONE : SAVED_FAILED;
	if ((result = read_all(fd, &data, &len)) == SAVED_OK)
		result = saved_decode(table, data, len);
	free(data);
	(void)close(fd);
	return result;
}

/* Have the disk know of the names in the directory of ${path}. */
static int
sync_directory(const char *path)
{
	char copy[PATH_MAX];
	int fd, result;

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	result = fsync(fd);
	(void)close(fd);
	return result;
}

/* Write the ${len} bytes at ${data} to ${fd}, and have them on the disk. */
static int
write_all(int fd, const uint8_t *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, data, len)) < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return fdatasync(fd);
}

int
saved_store(const char *path, const uint8_t *data, size_t len)
{
	char fresh[PATH_MAX];
	int fd, result, error;

	if (snprintf(fresh, sizeof(fresh), "%s.tmp", path) >=
	    (int)sizeof(fresh)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = open(
	    fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd == -1)
		return -1;
	result = write_all(fd, data, len);
	error = errno;
	(void)close(fd);
	errno = error;
	if (result == 0 && rename(fresh, path) == 0)
		return sync_directory(path);
	error = errno;
	(void)unlink(fresh);
	errno = error;
	return -1;
}
