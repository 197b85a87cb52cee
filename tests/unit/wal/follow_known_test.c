/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A follower that goes on from a mark, when the series before some place are
 * known: the same records are fresh as without that, and each record between
 * the place and the mark is given too, so that every series is known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/base/draw.h"
#include "tests/unit/wal/tail.h"

#define SEEDS 150
#define STEPS 60
#define RECORDS_MAX 1000

/* Two segments, and marks in the middle of and past each. */
static void
two_segments(struct tail *tail, struct wal_mark marks[4])
{
	unsigned int i;

	tail_open(tail, 3);
	tail_follow(tail, WAL_FROM_OLDEST);
	for (i = 0; i < 4; i++) {
		if (i == 2)
			writer_rotate(&tail->writer);
		writer_sample(&tail->writer, 1, i, 1.0);
		(void)tail_read(tail);
		wal_follow_mark(tail->follow, &marks[i]);
	}
	tail_checkpoint(tail, 2, 9);
}

static void
from_a_known_place_no_checkpoint_is_read(void **state)
{
	struct wal_mark marks[4];
	struct tail tail;

	(void)state;
	two_segments(&tail, marks);
	tail_resume(&tail, &marks[2]);
	assert_string_equal(tail_read(&tail), "cp:s9 t0 t1 t2 t3*");
	tail_resume(&tail, &marks[2]);
	wal_follow_know(tail.follow, &marks[1]);
	assert_string_equal(tail_read(&tail), "t0 t1 t2 t3*");
	tail_resume(&tail, &marks[2]);
	wal_follow_know(tail.follow, &marks[3]);
	assert_string_equal(tail_read(&tail), "t2 t3*");
	tail_close(&tail);
}

static void
one_that_is_of_no_use_is_told_and_the_checkpoint_read(void **state)
{
	struct wal_mark marks[4];
	struct tail tail;

	(void)state;
	two_segments(&tail, marks);
	tail_delete(&tail, 3);
	tail_resume(&tail, &marks[2]);
	wal_follow_know(tail.follow, &marks[1]);
	assert_string_equal(tail_read(&tail), "unknown@3 cp:s9 t2 t3*");
	tail_close(&tail);
}

/* It is known at the start, and never again. */
static void
a_gap_that_comes_later_has_the_checkpoint_read(void **state)
{
	struct wal_mark marks[4];
	struct tail tail;

	(void)state;
	two_segments(&tail, marks);
	tail_resume(&tail, &marks[3]);
	wal_follow_know(tail.follow, &marks[3]);
	assert_string_equal(tail_read(&tail), "t2 t3");
	writer_rotate(&tail.writer);
	writer_rotate(&tail.writer);
	writer_sample(&tail.writer, 1, 5, 1.0);
	tail_checkpoint(&tail, 5, 8);
	tail_delete(&tail, 5);
	assert_string_equal(tail_read(&tail), "gap@5+1 cp:s8? t5*");
	tail_close(&tail);
}

/* A log of which each record is a sample at a time of its own. */
struct play {
	struct draw draw;
	struct tail tail;
	uint64_t segments[RECORDS_MAX];         /* Of each record. */
	struct wal_mark marks[RECORDS_MAX + 1]; /* Past each. */
	size_t len;
	uint64_t first; /* The first segment there is. */
};

static void
write_one(struct play *play)
{
	draw_check(&play->draw, play->len < RECORDS_MAX);
	writer_sample(&play->tail.writer, 1, (int64_t)play->len, 1.0);
	play->segments[play->len++] = play->tail.writer.number;
	(void)tail_read(&play->tail);
	wal_follow_mark(play->tail.follow, &play->marks[play->len]);
}

/* Delete the first segment, which a checkpoint covers. */
static void
forget_first(struct play *play)
{
	if (play->tail.writer.number < play->first + 2)
		return;
	tail_checkpoint(&play->tail, play->first, 1);
	tail_delete(&play->tail, play->first++);
}

/* Which record ${entry} is. */
static size_t
index_of(const struct wal_entry *entry)
{
	struct wal_sample_list samples = { 0 };
	size_t i;

	assert_int_equal(
	    wal_decode_samples(entry->data, entry->len, &samples), WAL_OK);
	i = (size_t)samples.samples[0].time;
	wal_sample_list_release(&samples);
	return i;
}

/* Whether the segment in which record ${i} is, or will be, is there. */
static bool
is_there(const struct play *play, size_t i)
{
	return i > 0 && play->segments[i - 1] >= play->first;
}

/* Go on past ${from} records, those before ${known} being known. */
static void
check_from(struct play *play, size_t known, size_t from)
{
	bool useful = is_there(play, known) && is_there(play, from);
	bool told = false, checkpoint = false;
	size_t low = known < from ? known : from, next = low;
	struct wal_entry entry;
	enum wal_status st;

	tail_resume(&play->tail, &play->marks[from]);
	wal_follow_know(play->tail.follow, &play->marks[known]);
	while ((st = wal_follow_next(play->tail.follow, &entry)) != WAL_END) {
		if (st == WAL_NOTICE)
			told |= wal_follow_notice(play->tail.follow)->kind ==
			    WAL_UNKNOWN;
		if (st != WAL_OK)
			continue;
		checkpoint |= entry.checkpoint;
		if (entry.checkpoint || index_of(&entry) < next)
			continue;
		draw_check(&play->draw, !useful || index_of(&entry) == next);
		next = index_of(&entry) + 1;
		draw_check(&play->draw, entry.fresh == (next > from));
	}
	while (next < play->len && play->segments[next] < play->first)
		next++; /* Deleted. */
	draw_check(&play->draw, next == play->len);
	draw_check(&play->draw, told == !useful);
	draw_check(&play->draw, !useful || !checkpoint);
}

static void
play_seed(uint64_t seed)
{
	struct play *play = calloc(1, sizeof(*play));
	unsigned int step;

	assert_non_null(play);
	play->draw = draw_from(seed);
	play->first = draw_below(&play->draw, 3);
	tail_open(&play->tail, play->first);
	tail_follow(&play->tail, WAL_FROM_OLDEST);
	write_one(play);
	for (step = 0; step < STEPS; step++)
		switch (draw_below(&play->draw, 8)) {
		case 0:
			writer_rotate(&play->tail.writer);
			break;
		case 1:
			writer_crash(&play->tail.writer);
			break;
		case 2:
			forget_first(play);
			break;
		case 3:
			check_from(play,
			    1 + draw_below(&play->draw, (uint32_t)play->len),
			    1 + draw_below(&play->draw, (uint32_t)play->len));
			break;
		default:
			write_one(play);
		}
	tail_close(&play->tail);
	free(play);
}

static void
wherever_series_are_known_the_same_is_fresh_and_nothing_is_skipped(void **state)
{
	uint64_t seed, count = SEEDS;

	(void)state;
	for (seed = draw_first(&count); count > 0; seed++, count--)
		play_seed(seed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_a_known_place_no_checkpoint_is_read),
		cmocka_unit_test(
		    one_that_is_of_no_use_is_told_and_the_checkpoint_read),
		cmocka_unit_test(
		    a_gap_that_comes_later_has_the_checkpoint_read),
		cmocka_unit_test(
		    wherever_series_are_known_the_same_is_fresh_and_nothing_is_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
