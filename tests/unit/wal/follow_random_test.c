/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A writer and a follower that take turns at random: whatever the sizes of
 * records, batches and segments, wherever a write stops and whenever a rotation
 * or a crash comes, the same records come out in the same order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/base/draw.h"
#include "tests/unit/wal/tail.h"
#include "wal/crc32c.h"

#define SEEDS 60
#define RECORDS 120
#define LEN_MAX (3 * WAL_PAGE_SIZE)

struct play {
	struct draw draw;
	struct tail tail;
	uint32_t wanted[RECORDS]; /* Checksums of the records. */
	size_t written, read;
	unsigned int torn, tears; /* Told, and made. */
};

/* Mostly small records, some over pages, some to the end of one. */
static size_t
draw_len(struct play *play)
{
	const struct writer *writer = &play->tail.writer;

	switch (draw_below(&play->draw, 8)) {
	case 0:
		return draw_below(&play->draw, LEN_MAX);
	case 1: /* Leaves about a header's size of the page. */
		return WAL_PAGE_SIZE - writer->used > 40 ? WAL_PAGE_SIZE -
			writer->used - 20 + draw_below(&play->draw, 20)
							 : 3;
	default:
		return draw_below(&play->draw, 400);
	}
}

static void
write_one(struct play *play)
{
	static uint8_t data[LEN_MAX + WAL_PAGE_SIZE];
	size_t i, len = draw_len(play);
	uint32_t spread = 1 + draw_below(&play->draw, 256);

	for (i = 0; i < len; i++)
		data[i] = (uint8_t)draw_below(&play->draw, spread);
	play->wanted[play->written++] = crc32c(data, len);
	play->tail.writer.codec = (enum wal_codec)draw_below(&play->draw, 3);
	writer_add(&play->tail.writer, data, len);
	if (draw_below(&play->draw, 2) == 0)
		writer_end(&play->tail.writer);
}

static void
read_some(struct play *play)
{
	uint32_t calls = 1 + draw_below(&play->draw, 12);
	struct wal_entry entry;
	enum wal_status st;

	for (; calls > 0; calls--) {
		st = wal_follow_next(play->tail.follow, &entry);
		if (st == WAL_NOTICE) {
			draw_check(&play->draw,
			    wal_follow_notice(play->tail.follow)->kind ==
				WAL_TORN);
			play->torn++;
			continue;
		}
		if (st != WAL_OK) {
			draw_check(&play->draw, st == WAL_END);
			return;
		}
		draw_check(&play->draw, play->read < play->written);
		draw_check(&play->draw, entry.fresh);
		draw_check(&play->draw,
		    crc32c(entry.data, entry.len) == play->wanted[play->read]);
		play->read++;
	}
}

/* Write a record half, and be killed. */
static void
crash(struct play *play)
{
	struct writer *writer = &play->tail.writer;

	writer_end(writer);
	(void)writer_write(writer, SIZE_MAX);
	if (draw_below(&play->draw, 2) == 0) {
		write_one(play);
		writer_end(writer);
		if (writer->queued > 1) {
			(void)writer_write(writer,
			    1 +
				draw_below(
				    &play->draw, (uint32_t)writer->queued - 1));
			play->written--;
			play->tears++;
		}
		writer->queued = 0;
	}
	writer_crash(writer);
}

static void
take_turns(struct play *play)
{
	struct writer *writer = &play->tail.writer;

	while (play->written < RECORDS)
		switch (draw_below(&play->draw, 32)) {
		case 0:
			writer_rotate(writer);
			break;
		case 1:
			crash(play);
			break;
		case 2:
		case 3:
		case 4:
		case 5:
			read_some(play);
			break;
		case 6:
			tail_follow(&play->tail, WAL_FROM_OLDEST);
			play->read = 0;
			play->torn = 0;
			break;
		case 7:
		case 8:
		case 9:
		case 10:
			writer_end(writer);
			(void)writer_write(
			    writer, draw_below(&play->draw, 5000));
			break;
		default:
			write_one(play);
		}
}

static void
check_seed(uint64_t seed)
{
	struct play *play = calloc(1, sizeof(*play));
	struct writer *writer = &play->tail.writer;
	size_t before;

	assert_non_null(play);
	play->draw = draw_from(seed);
	tail_open(&play->tail, draw_below(&play->draw, 3));
	writer->hold = true;
	if (draw_below(&play->draw, 2) == 0)
		writer->segment_max = 4 * WAL_PAGE_SIZE;
	tail_follow(&play->tail, WAL_FROM_OLDEST);
	take_turns(play);
	writer_end(writer);
	(void)writer_write(writer, SIZE_MAX);
	do {
		before = play->read + play->torn;
		read_some(play);
	} while (play->read + play->torn > before);
	draw_check(&play->draw, play->read == play->written);
	draw_check(&play->draw, play->torn == play->tears);
	tail_close(&play->tail);
	free(play);
}

static void
what_was_written_comes_out_whoever_comes_first(void **state)
{
	uint64_t seed, count = SEEDS;

	(void)state;
	for (seed = draw_first(&count); count > 0; seed++, count--)
		check_seed(seed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_was_written_comes_out_whoever_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
