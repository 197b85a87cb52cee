/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every byte of a small segment made wrong in turn.
 *
 * What must hold: each record that has no fragment with the wrong byte comes
 * out as ever, and there is an end.  A record with the wrong byte does not come
 * out, unless the byte is the first of a header, which no checksum covers: a
 * change there can turn
 *
 *   the codec of a record into another, or nothing (bits 3 to 7);
 *   a middle fragment into a first or a full one, which then begins a record
 *   that never was, or into a last, which ends one too early;
 *   the first byte of padding into an empty fragment of any kind, and the last
 *   but six into an empty first.
 *
 * What becomes of these when they are unpacked is swept in held_sweep_test.c.
 *
 * All else is told as damage, once, and what is skipped is the record, to the
 * byte if its length is right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/noise.h"
#include "tests/unit/wal/scratch.h"
#include "tests/unit/wal/trace.h"
#include "tests/unit/wal/writer.h"
#include "wal/segment.h"

#define PAGE WAL_PAGE_SIZE
#define LARGE (2 * PAGE) /* Of the record with three fragments. */
#define FRAGMENTS_MAX 16

/* Where the fragments are, and which record they belong to. */
struct map {
	int fd;
	uint64_t size;
	uint64_t padding; /* Bytes. */
	struct {
		uint64_t from, to;
		uint64_t start; /* Of its record; padding is its own. */
		uint64_t end;
		bool padding, middle;
	} parts[FRAGMENTS_MAX];
	size_t count;
	struct trace *sound;
};

static void
write_segment(int fd)
{
	static const char text[] = "text text text text text text text text";
	struct writer writer = { 0 };

	writer_open(&writer, fd);
	writer_log(&writer, noise(), 30);
	writer_series(&writer, 1, "__name__", "up", "job", "node", NULL);
	writer.codec = WAL_SNAPPY;
	writer_log(&writer, (const uint8_t *)text, sizeof(text));
	writer.codec = WAL_PLAIN;
	writer_sample(&writer, 1, 1000, 1.0);
	writer_log(&writer, noise(), LARGE);
	writer.codec = WAL_ZSTD;
	writer_log(&writer, (const uint8_t *)text, sizeof(text));
	writer.codec = WAL_PLAIN;
	writer_sample(&writer, 1, 2000, 0.0);
	writer_pad(&writer);
	writer_close(&writer);
}

/* Add the part that begins at ${from}; where the next does. */
static uint64_t
add_part(struct map *map, uint64_t from)
{
	uint64_t page_end = from - from % PAGE + PAGE;
	uint8_t header[WRITER_HEADER];
	size_t i = map->count++;

	assert_true(i < FRAGMENTS_MAX);
	assert_int_equal(
	    pread(map->fd, header, WRITER_HEADER, (off_t)from), WRITER_HEADER);
	map->parts[i].from = map->parts[i].start = from;
	map->parts[i].padding = header[0] == 0;
	map->parts[i].middle = (header[0] & 7) == WRITER_MIDDLE;
	if ((header[0] & 7) == WRITER_MIDDLE || (header[0] & 7) == WRITER_LAST)
		map->parts[i].start = map->parts[i - 1].start;
	map->parts[i].to = map->parts[i].padding
	    ? page_end
	    : from + WRITER_HEADER + (uint64_t)(header[1] << 8 | header[2]);
	if (map->parts[i].padding)
		map->padding += page_end - from;
	return map->parts[i].to;
}

static void
make_map(struct map *map)
{
	uint64_t at;
	size_t i;

	*map = (struct map){ .fd = scratch_file() };
	write_segment(map->fd);
	map->size = scratch_size(map->fd);
	for (at = 0; at < map->size;)
		at = add_part(map, at);
	for (i = map->count; i-- > 0;)
		map->parts[i].end = i + 1 < map->count &&
			map->parts[i + 1].start == map->parts[i].start
		    ? map->parts[i + 1].end
		    : map->parts[i].to;
	map->sound = trace_of(map->fd);
	assert_int_equal(map->sound->damages, 0);
}

/* Every record of the sound segment but that at ${but} is in ${trace}. */
static size_t
check_others(const struct map *map, const struct trace *trace, uint64_t but)
{
	const char *line = map->sound->text, *next;
	size_t found = 0;
	char copy[128];

	for (; *line != '\0'; line = next) {
		next = strchr(line, '\n') + 1;
		(void)snprintf(
		    copy, sizeof(copy), "%.*s", (int)(next - line), line);
		if (strstr(trace->text, copy) != NULL)
			found++;
		else if (strtoull(line, NULL, 10) != but)
			fail_msg("lost %s", copy);
	}
	return found;
}

/* What the segment gives with the byte at ${at} wrong by ${mask}. */
static void
check_flip(const struct map *map, size_t part, uint64_t at, uint8_t mask)
{
	bool padding = map->parts[part].padding;
	bool kind = at == map->parts[part].from;
	struct wal_segment *segment;
	struct trace *trace;
	uint64_t lost, skipped;
	size_t found;

	scratch_flip(map->fd, at, mask);
	segment = wal_segment_open(scratch_dup(map->fd), 0, true);
	assert_non_null(segment);
	trace = trace_new();
	assert_int_equal(trace_read(trace, segment), WAL_END);
	found = check_others(
	    map, trace, padding ? UINT64_MAX : map->parts[part].start);
	skipped = wal_segment_skipped(segment);
	if (!kind && !(padding && at + WRITER_HEADER == map->parts[part].to)) {
		lost = padding ? map->parts[part].to - map->parts[part].from
			       : map->parts[part].end - map->parts[part].start;
		assert_int_equal(trace->damages, 1);
		assert_int_equal(trace->records, found);
		assert_int_equal(
		    found + (padding ? 0 : 1), map->sound->records);
		/* A wrong length may end in zeros, of data or padding. */
		if (at > map->parts[part].from + 2 || padding)
			assert_int_equal(skipped, lost);
	}
	/* At most one record that never was, and no byte unaccounted for. */
	assert_true(trace->records <= map->sound->records + 1);
	assert_true(trace->damages <= 2);
	assert_true(trace->stored + skipped <= map->size);
	if (trace->damages == 0)
		assert_true(kind && skipped == 0);
	trace_free(trace);
	wal_segment_free(segment);
	scratch_flip(map->fd, at, mask);
}

static void
any_wrong_byte_costs_at_most_the_record_that_it_is_in(void **state)
{
	struct map map;
	uint64_t at;
	size_t part;
	int bit;

	(void)state;
	make_map(&map);
	for (part = 0; part < map.count; part++)
		for (at = map.parts[part].from; at < map.parts[part].to; at++) {
			/* Deep inside a large part all places are alike. */
			if (at > map.parts[part].from + 40 &&
			    at + 8 < map.parts[part].to && at % 1499 != 0)
				continue;
			for (bit = 0; bit < 8; bit++)
				check_flip(&map, part, at, (uint8_t)(1 << bit));
			check_flip(&map, part, at, 0xff);
		}
	trace_free(map.sound);
	(void)close(map.fd);
}

/* Cut the segment to ${size}: all records that end by then come out. */
static void
check_cut(const struct map *map, const uint8_t *bytes, uint64_t size)
{
	struct wal_segment *segment;
	struct trace *trace = trace_new();
	uint64_t from, unread;
	int fd = scratch_file();

	assert_int_equal(pwrite(fd, bytes, (size_t)size, 0), size);
	segment = wal_segment_open(fd, 0, true);
	assert_non_null(segment);
	assert_int_equal(trace_read(trace, segment), WAL_END);
	assert_int_equal(trace->damages, 0);
	assert_memory_equal(trace->text, map->sound->text, trace->len);
	assert_int_equal(wal_segment_unread(segment, &from, &unread), WAL_OK);
	assert_int_equal(from + unread, size);
	assert_true(from == trace->end || from % PAGE == 0);
	trace_free(trace);
	wal_segment_free(segment);
}

static void
a_segment_cut_anywhere_gives_its_whole_records_and_no_damage(void **state)
{
	struct map map;
	uint64_t size;
	uint8_t *bytes;

	(void)state;
	make_map(&map);
	assert_non_null(bytes = malloc(map.size));
	assert_int_equal(pread(map.fd, bytes, map.size, 0), map.size);
	for (size = 0; size <= map.size; size++)
		if (size % PAGE < 300 || size % PAGE > PAGE - 9 ||
		    size % 997 == 0)
			check_cut(&map, bytes, size);
	free(bytes);
	trace_free(map.sound);
	(void)close(map.fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    any_wrong_byte_costs_at_most_the_record_that_it_is_in),
		cmocka_unit_test(
		    a_segment_cut_anywhere_gives_its_whole_records_and_no_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
