/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log written at random, with rotations, crashes, checkpoints and deletions,
 * and a follower that is stopped at random and resumed from the mark of any
 * record: exactly the records after it that are still there come as fresh.  With
 * repairs and wiped directories, all that was written since does, and what comes
 * is the end of the log as it is, without a hole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/base/draw.h"
#include "tests/unit/wal/tail.h"
#include "wal/crc32c.h"

#define SEEDS 120
#define STEPS 60
#define RECORDS_MAX 4000
#define LEN_MAX (WAL_PAGE_SIZE + 3000)

/* A record as written. */
struct written {
	uint64_t segment;
	enum wal_codec codec;
	size_t len;
	uint32_t crc;
	uint64_t id; /* What its bytes are made from. */
};

struct play {
	struct draw draw;
	struct tail tail;
	struct written log[RECORDS_MAX]; /* The log as it is, oldest first. */
	struct wal_mark marks[RECORDS_MAX + 1]; /* Past each, when read. */
	size_t len;                             /* Of the log. */
	size_t read;    /* Of it, how many came as fresh, up to the last. */
	bool back;      /* The next may be one that came already. */
	bool kept;      /* What was read is all there. */
	uint64_t ids;   /* How many records were written at all. */
	uint64_t first; /* The first segment there is. */
};

/* The bytes of the record ${id}. */
static const uint8_t *
bytes_of(uint64_t id, size_t len)
{
	static uint8_t bytes[LEN_MAX];
	struct draw draw = draw_from(id);
	uint32_t spread = 1 + draw_below(&draw, 256);
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = (uint8_t)draw_below(&draw, spread);
	memcpy(bytes, &id, sizeof(id));
	return bytes;
}

/* Append ${one} to the log; its segment is where it comes to lie. */
static void
put(struct play *play, struct written one)
{
	struct writer *writer = &play->tail.writer;

	writer->codec = one.codec;
	writer_log(writer, bytes_of(one.id, one.len), one.len);
	one.segment = writer->number;
	draw_check(&play->draw, play->len < RECORDS_MAX);
	play->log[play->len++] = one;
}

static void
write_one(struct play *play)
{
	struct written one = { .id = ++play->ids };

	one.len = 9 +
	    draw_below(&play->draw,
		draw_below(&play->draw, 10) == 0 ? LEN_MAX - 9 : 300);
	one.codec = (enum wal_codec)draw_below(&play->draw, 3);
	one.crc = crc32c(bytes_of(one.id, one.len), one.len);
	put(play, one);
}

/* The index of ${entry} in the log. */
static size_t
find(struct play *play, const struct wal_entry *entry)
{
	uint32_t crc = crc32c(entry->data, entry->len);
	size_t i;

	for (i = play->len; i > 0; i--)
		if (play->log[i - 1].crc == crc &&
		    play->log[i - 1].len == entry->len)
			return i - 1;
	draw_check(&play->draw, i > 0);
	return 0;
}

/* Pass over what was deleted before it could be read. */
static void
skip_deleted(struct play *play)
{
	while (play->read < play->len &&
	    play->log[play->read].segment < play->first)
		play->read++;
}

/* Take a fresh record, which must be the next there is. */
static void
take(struct play *play, const struct wal_entry *entry)
{
	size_t i = find(play, entry);

	skip_deleted(play);
	draw_check(&play->draw, play->back ? i <= play->read : i == play->read);
	draw_check(&play->draw, play->log[i].segment == entry->end.segment);
	play->back = false;
	play->read = i + 1;
	wal_follow_mark(play->tail.follow, &play->marks[play->read]);
}

/* Read on, for some calls or to the end. */
static void
read_on(struct play *play, uint32_t calls)
{
	const struct wal_notice *notice;
	struct wal_entry entry;
	enum wal_status st = WAL_OK;

	for (; calls > 0 && st != WAL_END; calls--) {
		st = wal_follow_next(play->tail.follow, &entry);
		draw_check(&play->draw, st >= WAL_OK);
		if (st == WAL_OK && entry.fresh)
			take(play, &entry);
		notice = wal_follow_notice(play->tail.follow);
		if (st == WAL_NOTICE &&
		    (notice->kind == WAL_RESTARTED ||
			notice->kind == WAL_REPEATED)) {
			draw_check(&play->draw, !play->kept);
			play->back = true;
		}
	}
}

/* Stop, and resume from the mark of some record that was read before. */
static void
resume(struct play *play, size_t from)
{
	tail_resume(&play->tail, &play->marks[from]);
	play->read = from;
}

/* Delete the first segment, once a checkpoint covers it. */
static void
forget_segments(struct play *play)
{
	uint64_t last = play->tail.writer.number;

	if (last < play->first + 2)
		return;
	tail_checkpoint(&play->tail, play->first, 1);
	tail_delete(&play->tail, play->first++);
	if (draw_below(&play->draw, 2) == 0)
		tail_remove_checkpoint(&play->tail, play->first - 1);
}

static void
start_log(struct play *play, uint64_t seed)
{
	play->draw = draw_from(seed);
	play->first = draw_below(&play->draw, 3);
	tail_open(&play->tail, play->first);
	play->tail.writer.segment_max = 2 * WAL_PAGE_SIZE;
	tail_follow(&play->tail, WAL_FROM_OLDEST);
	wal_follow_mark(play->tail.follow, &play->marks[0]);
	play->kept = true;
}

static void
take_step(struct play *play)
{
	uint32_t i;

	switch (draw_below(&play->draw, 8)) {
	case 0:
		writer_rotate(&play->tail.writer);
		break;
	case 1:
		writer_crash(&play->tail.writer);
		break;
	case 2:
		read_on(play, 1 + draw_below(&play->draw, 20));
		break;
	case 3:
		read_on(play, UINT32_MAX);
		break;
	default:
		for (i = draw_below(&play->draw, 8); i > 0; i--)
			write_one(play);
	}
}

/* All there is has been read in the end. */
static void
finish(struct play *play)
{
	read_on(play, UINT32_MAX);
	skip_deleted(play);
	draw_check(&play->draw, play->read == play->len);
	tail_close(&play->tail);
	free(play);
}

static void
check_marks(uint64_t seed)
{
	struct play *play = calloc(1, sizeof(*play));
	unsigned int step;

	assert_non_null(play);
	start_log(play, seed);
	for (step = 0; step < STEPS; step++)
		switch (draw_below(&play->draw, 6)) {
		case 0:
			resume(play,
			    draw_below(&play->draw, (uint32_t)play->read + 1));
			break;
		case 1:
			/* One that is read is held: have it read first. */
			read_on(play, UINT32_MAX);
			forget_segments(play);
			break;
		default:
			take_step(play);
		}
	finish(play);
}

static void
what_follows_the_mark_of_any_record_is_fresh_and_nothing_else(void **state)
{
	uint64_t seed, count = SEEDS;

	(void)state;
	for (seed = draw_first(&count); count > 0; seed++, count--)
		check_marks(seed);
}

/* Close the log, and open ${number} to be written. */
static void
write_to(struct play *play, uint64_t number)
{
	writer_close(&play->tail.writer);
	writer_open_dir(&play->tail.writer, play->tail.wal, number);
}

/* Repair the segment of a record that is damaged: what is before it is kept. */
static void
repair(struct play *play)
{
	static struct written kept[RECORDS_MAX];
	size_t i, first, end = draw_below(&play->draw, (uint32_t)play->len + 1);
	uint64_t number =
	    end < play->len ? play->log[end].segment : play->tail.writer.number;
	uint64_t above;

	if (number < play->first)
		return;
	for (first = end; first > 0 && play->log[first - 1].segment == number;)
		first--;
	memcpy(kept, play->log + first, (end - first) * sizeof(*kept));
	for (above = number; above <= play->tail.writer.number; above++)
		tail_delete(&play->tail, above);
	write_to(play, number);
	play->len = first;
	for (i = 0; i < end - first; i++)
		put(play, kept[i]);
	/* Who has read nothing cannot know the log. */
	play->kept = play->read > 0 && play->read <= play->len;
	if (play->read > play->len)
		play->read = play->len;
	writer_rotate(&play->tail.writer);
}

/* Delete the log, and begin another; its numbers are not above the old. */
static void
wipe(struct play *play)
{
	writer_close(&play->tail.writer);
	assert_int_equal(tail_remove_all(play->tail.wal), 0);
	assert_int_equal(mkdir(play->tail.wal, 0777), 0);
	play->first = draw_below(&play->draw, (uint32_t)play->first + 1);
	writer_open_dir(&play->tail.writer, play->tail.wal, play->first);
	play->kept = false;
	play->len = play->read = 0;
}

/* Change the log under the follower, or while it is stopped. */
static void
change(struct play *play)
{
	bool stopped = draw_below(&play->draw, 2) == 0;
	struct wal_mark mark;

	/* What is held of the old log is read first. */
	if (!stopped || play->read == 0)
		read_on(play, UINT32_MAX);
	else
		play->read = draw_below(&play->draw, (uint32_t)play->read + 1);
	mark = play->marks[play->read];
	if (draw_below(&play->draw, 4) == 0)
		wipe(play);
	else
		repair(play);
	play->tail.writer.segment_max = 2 * WAL_PAGE_SIZE;
	if (stopped)
		tail_resume(&play->tail, &mark);
	while (draw_below(&play->draw, 3) > 0)
		write_one(play);
	read_on(play, UINT32_MAX);
	play->kept = true;
}

static void
check_changes(uint64_t seed)
{
	struct play *play = calloc(1, sizeof(*play));
	unsigned int step;

	assert_non_null(play);
	start_log(play, seed);
	for (step = 0; step < STEPS; step++)
		if (draw_below(&play->draw, 6) == 0)
			change(play);
		else
			take_step(play);
	finish(play);
}

static void
whatever_becomes_of_the_log_what_was_not_read_is_fresh(void **state)
{
	uint64_t seed, count = SEEDS;

	(void)state;
	for (seed = draw_first(&count); count > 0; seed++, count--)
		check_changes(seed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_follows_the_mark_of_any_record_is_fresh_and_nothing_else),
		cmocka_unit_test(
		    whatever_becomes_of_the_log_what_was_not_read_is_fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
