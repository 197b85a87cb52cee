/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every header byte of a segment of real records, which no checksum covers, made
 * anything else in turn.
 *
 * What must hold: each record that has no fragment with the wrong byte comes out
 * as ever.  If only the compression is wrong, that one comes out too, and the
 * damage is told.  If the kind is wrong, what can come out in its place is
 *
 *   nothing, told as damage;
 *   an empty record, of what was padding;
 *   a part of a record over many pages, which does not decode, or is the plain
 *   beginning of it, up to the end of an entry: true values, and the rest of it
 *   is told as damage.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/scratch.h"
#include "tests/unit/wal/writer.h"
#include "wal/dir.h"
#include "wal/held.h"
#include "wal/record.h"

#define RECORDS_MAX 64
#define FRAGMENTS_MAX 64
#define LARGE 9000 /* Samples of a record over some pages. */
#define NAME "00000000"

struct log {
	char *dir;
	int fd; /* To damage it. */
	struct content {
		uint8_t *data;
		size_t len;
		uint64_t start;
	} records[RECORDS_MAX]; /* As they are. */
	size_t len;
	struct {
		uint64_t at;   /* Of its header. */
		size_t record; /* That it is of, or RECORDS_MAX: padding. */
	} fragments[FRAGMENTS_MAX];
	size_t fragments_len;
};

/* Records of each codec, small and over several pages. */
static void
write_log(const char *dir)
{
	static struct wal_sample samples[LARGE];
	struct writer writer = { 0 };
	enum wal_codec codec;
	size_t i;

	for (i = 0; i < LARGE; i++)
		samples[i] = (struct wal_sample){
			.ref = i * i,
			.time = 1000000,
			.value = i * UINT64_C(0x9e3779b97f4a7c15),
		};
	writer_open_dir(&writer, dir, 0);
	for (codec = WAL_PLAIN; codec <= WAL_ZSTD; codec++) {
		writer.codec = codec;
		writer_series(&writer, 1, "__name__", "up up up up up up up",
		    "job", "node node node node node node node", NULL);
		writer_samples(&writer, samples, 40);
		writer_samples(&writer, samples, LARGE);
		writer_sample(&writer, 1, 1000, 1.0);
	}
	writer_pad(&writer);
	writer_close(&writer);
}

/* Note where the fragments are. */
static void
map_fragments(struct log *log)
{
	uint64_t at = 0, size = scratch_size(log->fd), end;
	uint8_t head[WRITER_HEADER];
	size_t record = 0;

	while (at < size) {
		end = at - at % WAL_PAGE_SIZE + WAL_PAGE_SIZE;
		assert_true(log->fragments_len < FRAGMENTS_MAX);
		assert_true(pread(log->fd, head, sizeof(head), (off_t)at) > 0);
		log->fragments[log->fragments_len].at = at;
		log->fragments[log->fragments_len++].record =
		    head[0] == 0 ? RECORDS_MAX : record;
		if ((head[0] & 7) == WRITER_FULL ||
		    (head[0] & 7) == WRITER_LAST)
			record++;
		at = head[0] == 0
		    ? end
		    : at + WRITER_HEADER + (uint64_t)(head[1] << 8 | head[2]);
	}
	assert_int_equal(record, log->len);
}

static void
open_log(struct log *log)
{
	struct wal_unpack *unpack = wal_unpack_new();
	struct wal_held held;
	struct content *content;
	const uint8_t *data;
	char *path;
	size_t len;

	*log = (struct log){ .dir = scratch_dir() };
	write_log(log->dir);
	path = scratch_path(log->dir, NAME);
	log->fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_not_equal(log->fd, -1);
	free(path);
	assert_int_equal(
	    wal_held_open(&held, wal_dir_open_segment(log->dir, NAME), 0, true),
	    WAL_OK);
	while (wal_held_next(&held, unpack, &data, &len) == WAL_OK) {
		assert_true(log->len < RECORDS_MAX);
		content = &log->records[log->len++];
		content->data = malloc(len);
		memcpy(content->data, data, len);
		content->len = len;
		content->start = held.record.start;
	}
	wal_held_close(&held);
	wal_unpack_free(unpack);
	map_fragments(log);
}

static void
close_log(struct log *log)
{
	size_t i;

	for (i = 0; i < log->len; i++)
		free(log->records[i].data);
	(void)close(log->fd);
	scratch_remove(log->dir);
}

/* The record that these are the bytes of, or RECORDS_MAX. */
static size_t
identify(const struct log *log, const uint8_t *data, size_t len, uint64_t start)
{
	size_t i;

	for (i = 0; i < log->len; i++)
		if (log->records[i].start == start &&
		    log->records[i].len == len &&
		    memcmp(log->records[i].data, data, len) == 0)
			return i;
	return RECORDS_MAX;
}

/* Whether these are what the record ${i} begins with. */
static bool
begins(const struct log *log, size_t i, const uint8_t *data, size_t len)
{
	return i < log->len && len < log->records[i].len &&
	    memcmp(log->records[i].data, data, len) == 0;
}

/* Check what comes out with the header of fragment ${f} changed to ${byte}. */
static void
check(struct log *log, size_t f, uint8_t byte)
{
	struct wal_unpack *unpack = wal_unpack_new();
	size_t of = log->fragments[f].record, found = 0, which, len;
	bool seen[RECORDS_MAX] = { false };
	unsigned int damages = 0;
	const uint8_t *data;
	struct wal_held held;
	enum wal_status st;
	uint8_t was;

	assert_int_equal(
	    pread(log->fd, &was, 1, (off_t)log->fragments[f].at), 1);
	scratch_flip(log->fd, log->fragments[f].at, was ^ byte);
	assert_int_equal(
	    wal_held_open(&held, wal_dir_open_segment(log->dir, NAME), 0, true),
	    WAL_OK);
	while ((st = wal_held_next(&held, unpack, &data, &len)) != WAL_END) {
		assert_true(st == WAL_OK || st == WAL_CORRUPT);
		damages += st == WAL_CORRUPT;
		if (st == WAL_CORRUPT)
			continue;
		which = identify(log, data, len, held.record.start);
		if (which < RECORDS_MAX) {
			assert_false(seen[which]);
			seen[which] = true;
			found++;
			continue;
		}
		if (len > 0 && wal_record_decodes(data, len))
			assert_true(begins(log, of, data, len));
	}
	assert_true(found + 1 >= log->len);
	if (found < log->len)
		assert_true(of < RECORDS_MAX && !seen[of]);
	/* Only the compression is wrong, or bits without a meaning. */
	if (of < RECORDS_MAX && (was & 7) == (byte & 7))
		assert_int_equal(found, log->len);
	else if (of < RECORDS_MAX)
		assert_true(damages > 0 || found == log->len);
	wal_held_close(&held);
	wal_unpack_free(unpack);
	scratch_flip(log->fd, log->fragments[f].at, was ^ byte);
}

static void
a_wrong_header_byte_gives_no_wrong_record(void **state)
{
	struct log log;
	unsigned int byte;
	size_t f;

	(void)state;
	open_log(&log);
	for (f = 0; f < log.fragments_len; f++)
		for (byte = 0; byte < 256; byte++)
			check(&log, f, (uint8_t)byte);
	close_log(&log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrong_header_byte_gives_no_wrong_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
