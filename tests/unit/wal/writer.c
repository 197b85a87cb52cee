/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <inttypes.h>
#include <snappy-c.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "tests/unit/wal/compose.h"
#include "tests/unit/wal/writer.h"
#include "wal/crc32c.h"

#define ZSTD_LEVEL 1

static void
must(bool fine, const char *what)
{
	if (fine)
		return;
	perror(what);
	abort();
}

void
writer_open(struct writer *writer, int fd)
{
	writer->fd = fd;
	writer->size = 0;
	writer->used = writer->flushed = writer->queued = 0;
	memset(writer->page, 0, sizeof(writer->page));
}

static void
open_segment(struct writer *writer)
{
	char *path;
	int fd;

	must(asprintf(&path, "%s/%08" PRIu64, writer->dir, writer->number) > 0,
	    "asprintf");
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	must(fd != -1, path);
	free(path);
	writer_open(writer, fd);
}

void
writer_open_dir(struct writer *writer, const char *dir, uint64_t number)
{
	writer->number = number;
	must((writer->dir = strdup(dir)) != NULL, "strdup");
	open_segment(writer);
}

size_t
writer_write(struct writer *writer, size_t max)
{
	size_t len = max < writer->queued ? max : writer->queued, done = 0;
	ssize_t n;

	while (done < len) {
		n = write(writer->fd, writer->queue + done, len - done);
		must(n > 0, "write");
		done += (size_t)n;
	}
	writer->queued -= len;
	if (writer->queued > 0)
		memmove(writer->queue, writer->queue + len, writer->queued);
	return writer->queued;
}

/* Send the page as far as it is used to the file. */
static void
flush_page(struct writer *writer)
{
	size_t len = writer->used - writer->flushed;

	if (len == 0)
		return;
	writer->queue = realloc(writer->queue, writer->queued + len);
	must(writer->queue != NULL, "realloc");
	memcpy(writer->queue + writer->queued, writer->page + writer->flushed,
	    len);
	writer->queued += len;
	writer->size += len;
	writer->flushed = writer->used;
	if (!writer->hold)
		writer_write(writer, SIZE_MAX);
}

void
writer_pad(struct writer *writer)
{
	if (writer->used == 0)
		return;
	writer->used = WAL_PAGE_SIZE;
	flush_page(writer);
	writer->used = writer->flushed = 0;
	memset(writer->page, 0, sizeof(writer->page));
}

void
writer_end(struct writer *writer)
{
	flush_page(writer);
}

static void
put_fragment(
    struct writer *writer, uint8_t header, const uint8_t *data, size_t len)
{
	uint8_t *to = writer->page + writer->used;
	uint32_t crc = crc32c(data, len);

	to[0] = header;
	to[1] = (uint8_t)(len >> 8);
	to[2] = (uint8_t)len;
	to[3] = (uint8_t)(crc >> 24);
	to[4] = (uint8_t)(crc >> 16);
	to[5] = (uint8_t)(crc >> 8);
	to[6] = (uint8_t)crc;
	if (len > 0)
		memcpy(to + WRITER_HEADER, data, len);
	writer->used += WRITER_HEADER + len;
	if (writer->used + WRITER_HEADER > WAL_PAGE_SIZE)
		writer_pad(writer);
}

void
writer_fragment(
    struct writer *writer, uint8_t header, const uint8_t *data, size_t len)
{
	must(writer->used + WRITER_HEADER + len <= WAL_PAGE_SIZE, "fragment");
	put_fragment(writer, header, data, len);
}

/* Compress the ${len} bytes at ${data} if that makes them fewer; the bit. */
static uint8_t
pack(enum wal_codec codec, const uint8_t *data, size_t len, uint8_t **ret,
    size_t *ret_len)
{
	size_t room =
	    ZSTD_compressBound(len) + snappy_max_compressed_length(len);
	uint8_t bit = codec == WAL_SNAPPY ? WRITER_SNAPPY : WRITER_ZSTD;
	size_t packed = room;

	must((*ret = malloc(room)) != NULL, "malloc");
	if (codec == WAL_SNAPPY)
		must(snappy_compress((const char *)data, len, (char *)*ret,
			 &packed) == SNAPPY_OK,
		    "snappy");
	else if (codec == WAL_ZSTD)
		packed = ZSTD_compress(*ret, room, data, len, ZSTD_LEVEL);
	if (codec != WAL_PLAIN && len > 0 && packed < len) {
		*ret_len = packed;
		return bit;
	}
	if (len > 0)
		memcpy(*ret, data, len);
	*ret_len = len;
	return 0;
}

/* Begin a segment if ${len} bytes do not fit into the rest of this one. */
static void
make_room(struct writer *writer, size_t len)
{
	size_t done = (size_t)(writer->size - writer->flushed), pages, room;

	if (writer->segment_max == 0)
		return;
	room = WAL_PAGE_SIZE - writer->used - WRITER_HEADER;
	pages = done < writer->segment_max
	    ? (writer->segment_max - done) / WAL_PAGE_SIZE
	    : 0;
	if (pages == 0)
		room = 0;
	else
		room += (pages - 1) * (WAL_PAGE_SIZE - WRITER_HEADER);
	if (len > room)
		writer_rotate(writer);
}

void
writer_add(struct writer *writer, const uint8_t *data, size_t len)
{
	size_t left, part, room;
	const uint8_t *at;
	bool first = true;
	uint8_t bit, kind, *packed;

	bit = pack(writer->codec, data, len, &packed, &left);
	make_room(writer, left);
	for (at = packed; first || left > 0; at += part, left -= part) {
		room = WAL_PAGE_SIZE - writer->used - WRITER_HEADER;
		part = left < room ? left : room;
		if (part == left)
			kind = first ? WRITER_FULL : WRITER_LAST;
		else
			kind = first ? WRITER_FIRST : WRITER_MIDDLE;
		put_fragment(writer, kind | bit, at, part);
		first = false;
	}
	free(packed);
}

void
writer_log(struct writer *writer, const uint8_t *data, size_t len)
{
	writer_add(writer, data, len);
	writer_end(writer);
}

static void
log_composed(struct writer *writer, struct compose *record)
{
	writer_log(writer, record->data, record->len);
	compose_release(record);
}

void
writer_series(struct writer *writer, uint64_t ref, ...)
{
	struct compose labels = { 0 }, record = { 0 };
	const char *text;
	size_t i, texts;
	va_list args;

	va_start(args, ref);
	for (texts = 0; (text = va_arg(args, const char *)) != NULL; texts++)
		compose_text(&labels, text);
	va_end(args);

	compose_u8(&record, WAL_SERIES);
	compose_be64(&record, ref);
	compose_uvarint(&record, texts / 2);
	for (i = 0; i < labels.len; i++)
		compose_u8(&record, labels.data[i]);
	compose_release(&labels);
	log_composed(writer, &record);
}

void
writer_samples(
    struct writer *writer, const struct wal_sample *samples, size_t count)
{
	struct compose record = { 0 };
	size_t i;

	compose_u8(&record, WAL_SAMPLES);
	if (count > 0) {
		compose_be64(&record, samples->ref);
		compose_be64(&record, (uint64_t)samples->time);
	}
	for (i = 0; i < count; i++) {
		compose_varint(
		    &record, (int64_t)(samples[i].ref - samples->ref));
		compose_varint(&record,
		    (int64_t)((uint64_t)samples[i].time -
			(uint64_t)samples->time));
		compose_be64(&record, samples[i].value);
	}
	log_composed(writer, &record);
}

/* The start time of ${at}, which is not the first: a mark, a difference. */
static void
compose_start(struct compose *record, const struct wal_sample *first,
    const struct wal_sample *at)
{
	if (at->start == 0) {
		compose_u8(record, 0);
	} else if (at->start == at[-1].start) {
		compose_u8(record, 1);
	} else {
		compose_u8(record, 2);
		compose_varint(record,
		    (int64_t)((uint64_t)at->start - (uint64_t)first->start));
	}
}

void
writer_samples_v2(
    struct writer *writer, const struct wal_sample *samples, size_t count)
{
	const struct wal_sample *at;
	struct compose record = { 0 };

	compose_u8(&record, WAL_SAMPLES_V2);
	for (at = samples; at < samples + count; at++) {
		if (at == samples) {
			compose_varint(&record, (int64_t)at->ref);
			compose_varint(&record, at->time);
			compose_varint(&record, at->start);
		} else {
			compose_varint(
			    &record, (int64_t)(at->ref - at[-1].ref));
			compose_varint(&record,
			    (int64_t)((uint64_t)at->time -
				(uint64_t)samples->time));
			compose_start(&record, samples, at);
		}
		compose_be64(&record, at->value);
	}
	log_composed(writer, &record);
}

void
writer_sample(struct writer *writer, uint64_t ref, int64_t time, double value)
{
	struct wal_sample sample = { .ref = ref, .time = time };

	memcpy(&sample.value, &value, sizeof(value));
	writer_samples(writer, &sample, 1);
}

/* Leave the segment for the next one. */
static void
next_segment(struct writer *writer)
{
	must(writer->dir != NULL, "no directory to rotate in");
	writer_write(writer, SIZE_MAX);
	must(close(writer->fd) == 0, "close");
	writer->number++;
	open_segment(writer);
}

void
writer_rotate(struct writer *writer)
{
	writer_pad(writer);
	next_segment(writer);
}

void
writer_crash(struct writer *writer)
{
	next_segment(writer);
}

void
writer_close(struct writer *writer)
{
	writer_end(writer);
	writer_write(writer, SIZE_MAX);
	if (writer->dir != NULL)
		must(close(writer->fd) == 0, "close");
	free(writer->dir);
	free(writer->queue);
	*writer = (struct writer){ .fd = -1 };
}
