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

void
saved_encode(const struct spool_table *table, struct buf *out)
{
	size_t i, len = SAVED_HEAD + table->len * SAVED_SEGMENT;
	const struct spool_segment *segment;
	uint8_t *data, *at;

	if ((data = buf_reserve(out, len)) == NULL)
		return;
	memcpy(data, MAGIC, 8);
	put32(data + 12, SAVED_VERSION);
	put64(data + 16, table->generation);
	put64(data + 24, table->next);
	for (i = 0; i < table->len; i++) {
		segment = &table->segments[i];
		at = data + SAVED_HEAD + i * SAVED_SEGMENT;
		put64(at, segment->name.generation);
		put64(at + 8, segment->name.number);
		put64(at + 16, segment->last);
		put32(at + 24, segment->first.len);
		put32(at + 28, segment->first.crc);
		put64(at + 32, segment->held);
	}
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
decode_segments(struct spool_table *table, const uint8_t *at, size_t count)
{
	struct spool_segment segment;

	for (; count > 0; count--, at += SAVED_SEGMENT) {
		segment = (struct spool_segment){
			.name = { get64(at), get64(at + 8) },
			.last = get64(at + 16),
			.first = { get32(at + 24), get32(at + 28) },
			.held = get64(at + 32) == 1,
		};
		if (!is_sound(table, &segment))
			return SAVED_DAMAGED;
		if (spool_table_add(table, &segment) != 0) {
			errno = ENOMEM;
			return SAVED_FAILED;
		}
	}
	return SAVED_OK;
}

enum saved_result
saved_decode(struct spool_table *table, const uint8_t *data, size_t len)
{
	enum saved_result result;

	if (len < SAVED_HEAD || len > SAVED_MAX ||
	    (len - SAVED_HEAD) % SAVED_SEGMENT != 0 ||
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
	if (get32(data + 12) != SAVED_VERSION ||
	    table->generation > WAL_SEGMENT_NUMBER_MAX ||
	    table->next > WAL_SEGMENT_NUMBER_MAX + 1)
		result = SAVED_DAMAGED;
	else
		result = decode_segments(table, data + SAVED_HEAD,
		    (len - SAVED_HEAD) / SAVED_SEGMENT);
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
