/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log that lives as Prometheus's does, and two who read it with a spool in
 * between, taking turns at random: segments are cut, folded into checkpoints
 * and deleted, damaged anywhere and repaired, and the directory is wiped; the
 * readers are behind, are stopped or killed and go on, and so is the spool.  Whatever happens, each
 * gets every sample at least once, of the series that it was written for, and
 * what all have read is held no more.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>

#include "agent/base/log.h"
#include "tests/unit/spool/play.h"

#define SEEDS 60
#define TURNS 400u
#define PAGE_ROOM 28000u /* Bytes: all of a segment is in its first page. */

static const struct sim_receiver nobody;

static void
write_op(struct play *play, struct op op)
{
	struct writer *writer = &play->tail.writer;
	char id[24];

	op.segment = writer->number;
	op.start = writer->used;
	assert_true(play->len < PLAY_OPS_MAX && op.ref < PLAY_REFS_MAX);
	play->ops[play->len++] = op;
	(void)snprintf(id, sizeof(id), "%" PRIu64, op.id);
	if (op.time == 0)
		writer_series(writer, op.ref, "id", id, NULL);
	else
		writer_sample(writer, op.ref, op.time, (double)op.id);
}

static void
write_series(struct play *play)
{
	write_op(play, (struct op){ .ref = ++play->refs, .id = ++play->ids });
}

/* The series that the log has by ${ref}. */
static uint64_t
id_of(const struct play *play, uint64_t ref)
{
	uint64_t id = 0;
	size_t i;

	for (i = 0; i < play->len; i++)
		if (play->ops[i].ref == ref)
			id = play->ops[i].id;
	return id;
}

static void
write_some(struct play *play)
{
	uint32_t count = 1 + draw_below(&play->draw, 6);
	uint64_t ref;

	for (; count > 0; count--) {
		if (play->refs == 0 ||
		    (play->refs < PLAY_REFS_MAX - 1 &&
			draw_below(&play->draw, 8) == 0))
			write_series(play);
		ref = 1 + draw_below(&play->draw, (uint32_t)play->refs);
		write_op(play,
		    (struct op){ ref, id_of(play, ref), ++play->time, 0, 0 });
	}
	if (play->tail.writer.used > PAGE_ROOM)
		writer_rotate(&play->tail.writer);
}

static void
look(struct play *play)
{
	spool_look(play->spool);
	if (draw_below(&play->draw, 2) == 0)
		spool_tidy(play->spool);
	lazy_work(&play->lazy);
}

/* The number of the first segment in the directory. */
static uint64_t
first_segment(const struct play *play)
{
	struct wal_dir dir = { 0 };
	uint64_t first;

	assert_int_equal(wal_dir_read(&dir, play->tail.wal), WAL_OK);
	first = dir.segments.entries[0].number;
	wal_dir_release(&dir);
	return first;
}

/* Make a checkpoint of the segments up to ${last}, as Prometheus does. */
static void
make_checkpoint(struct play *play, uint64_t last)
{
	char temporary[WAL_NAME_MAX + 8], name[WAL_NAME_MAX], id[24];
	struct writer writer = { 0 };
	char *from, *to;
	size_t i;

	(void)snprintf(name, sizeof(name), "checkpoint.%08" PRIu64, last);
	(void)snprintf(temporary, sizeof(temporary), "%s.tmp", name);
	from = scratch_path(play->tail.wal, temporary);
	to = scratch_path(play->tail.wal, name);
	assert_int_equal(mkdir(from, 0777), 0);
	writer_open_dir(&writer, from, 0);
	for (i = 0; i < play->len && play->ops[i].segment <= last; i++) {
		if (play->ops[i].time != 0)
			continue;
		(void)snprintf(id, sizeof(id), "%" PRIu64, play->ops[i].id);
		writer_series(&writer, play->ops[i].ref, "id", id, NULL);
	}
	writer_pad(&writer);
	writer_close(&writer);
	assert_int_equal(rename(from, to), 0);
	free(from);
	free(to);
}

static void
truncate_log(struct play *play)
{
	uint64_t first = first_segment(play), number;
	uint64_t count = play->tail.writer.number - first;
	struct wal_dir dir = { 0 };
	size_t i;

	if (count < 2)
		return;
	number = first + draw_below(&play->draw, (uint32_t)count - 1);
	make_checkpoint(play, number);
	for (; first <= number; first++)
		tail_delete(&play->tail, first);
	assert_int_equal(wal_dir_read(&dir, play->tail.wal), WAL_OK);
	for (i = 0; i + 1 < dir.checkpoints.len; i++)
		tail_remove_checkpoint(
		    &play->tail, dir.checkpoints.entries[i].number);
	wal_dir_release(&dir);
}

static void
read_some(struct play *play)
{
	(void)play_read(play,
	    &play->readers[draw_below(&play->draw, PLAY_READERS)],
	    1 + draw_below(&play->draw, 60));
}

/* While the log is between two states. */
static void
meanwhile(struct play *play)
{
	if (draw_below(&play->draw, 2) == 0)
		look(play);
	if (draw_below(&play->draw, 2) == 0)
		read_some(play);
}

/* Change a byte of what ${op} wrote. */
static void
damage(struct play *play, const struct op *op)
{
	char name[WAL_NAME_MAX], *path;
	int fd;

	(void)snprintf(name, sizeof(name), "%08" PRIu64, op->segment);
	path = scratch_path(play->tail.wal, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	scratch_flip(fd, op->start + WRITER_HEADER + 3, 0x10);
	(void)close(fd);
	free(path);
	play->lost[op->time] = true;
}

/* Have the log end before the op ${from}, and write that much of it anew. */
static void
rewrite(struct play *play, size_t from, uint64_t number)
{
	size_t i, len = from;

	for (i = 0; i < len && play->ops[i].segment < number; i++)
		;
	play->len = i;
	for (; i < len; i++)
		write_op(play,
		    (struct op){ play->ops[i].ref, play->ops[i].id,
			play->ops[i].time, 0, 0 });
	play->refs = 0;
	for (i = 0; i < play->len; i++)
		if (play->ops[i].ref > play->refs)
			play->refs = play->ops[i].ref;
}

/* A sample is damaged; Prometheus ends, comes back, and repairs its log. */
static void
repair(struct play *play)
{
	uint64_t number, last = play->tail.writer.number;
	char name[WAL_NAME_MAX], aside[WAL_NAME_MAX + 8], *from, *to;
	size_t victim = draw_below(&play->draw, (uint32_t)play->len);

	number = play->ops[victim].segment;
	if (play->ops[victim].time == 0 || number < first_segment(play))
		return;
	writer_rotate(&play->tail.writer); /* All of it is in the file. */
	last++;
	writer_close(&play->tail.writer);
	look(play);
	damage(play, &play->ops[victim]);
	meanwhile(play);
	for (; last > number; last--)
		tail_delete(&play->tail, last);
	meanwhile(play);
	(void)snprintf(name, sizeof(name), "%08" PRIu64, number);
	(void)snprintf(aside, sizeof(aside), "%s.repair", name);
	from = scratch_path(play->tail.wal, name);
	to = scratch_path(play->tail.wal, aside);
	assert_int_equal(rename(from, to), 0);
	meanwhile(play);
	writer_open_dir(&play->tail.writer, play->tail.wal, number);
	rewrite(play, victim, number);
	meanwhile(play);
	assert_int_equal(unlink(to), 0);
	writer_rotate(&play->tail.writer);
	free(from);
	free(to);
}

static void
wipe(struct play *play)
{
	uint64_t next = play->tail.writer.number;

	writer_rotate(&play->tail.writer);
	writer_close(&play->tail.writer);
	look(play);
	assert_int_equal(tail_remove_all(play->tail.wal), 0);
	meanwhile(play);
	assert_int_equal(mkdir(play->tail.wal, 0777), 0);
	writer_open_dir(&play->tail.writer, play->tail.wal,
	    draw_below(&play->draw, (uint32_t)next + 1));
	play->len = play->refs = 0;
	look(play);
}

/*
 * All stop, or are killed, and go on from where they were, with the series that
 * they knew, or remembered last.
 */
static void
restart(struct play *play)
{
	bool kill = draw_below(&play->draw, 2) == 0;
	struct wal_mark marks[PLAY_READERS];
	struct reader *reader;
	size_t i;

	/* Who has not begun begins with the log as it is then. */
	for (i = 0; i < PLAY_READERS; i++)
		if (!play->readers[i].begun)
			return;
	for (i = 0; i < PLAY_READERS; i++) {
		reader = &play->readers[i];
		if (!kill)
			play_remember(reader);
		marks[i] = reader->place;
		wal_follow_free(reader->follow);
		spool_leave(reader->need);
	}
	spool_free(play->spool);
	lazy_work(&play->lazy);
	play_open(play);
	for (i = 0; i < PLAY_READERS; i++)
		play_follow(play, &play->readers[i], &marks[i]);
}

static void
take_turn(struct play *play)
{
	switch (draw_below(&play->draw, 40)) {
	case 0:
	case 1:
	case 2:
	case 3:
		writer_rotate(&play->tail.writer);
		look(play);
		break;
	case 4:
	case 5:
		look(play);
		truncate_log(play);
		break;
	case 6:
		if (play->len > 0)
			repair(play);
		break;
	case 7:
		if (draw_below(&play->draw, 3) == 0)
			wipe(play);
		break;
	case 8:
		restart(play);
		break;
	case 9:
	case 10:
	case 11:
	case 12:
	case 13:
	case 14:
		read_some(play);
		break;
	case 15:
		play_remember(
		    &play->readers[draw_below(&play->draw, PLAY_READERS)]);
		break;
	case 16:
		look(play);
		break;
	default:
		write_some(play);
	}
}

/* How many files there are where segments are held. */
static size_t
count_held(const struct play *play)
{
	struct dirent *entry;
	DIR *dir = opendir(play->held);
	size_t count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		count += entry->d_name[0] != '.';
	(void)closedir(dir);
	return count;
}

static void
check_end(struct play *play)
{
	int64_t time;
	size_t i, held;

	write_some(play);
	writer_end(&play->tail.writer);
	look(play);
	for (i = 0; i < PLAY_READERS; i++) {
		while (!play_read(play, &play->readers[i], 1000))
			;
		play_remember(&play->readers[i]);
		(void)play_read(play, &play->readers[i], 1);
		for (time = 1; time <= play->time; time++)
			draw_check(&play->draw,
			    play->lost[time] || play->readers[i].got[time]);
	}
	spool_look(play->spool);
	do { /* It lets go of so many in a call. */
		held = count_held(play);
		spool_tidy(play->spool);
	} while (count_held(play) < held);
	draw_check(&play->draw, count_held(play) == 1);
}

static void
check_seed(uint64_t seed)
{
	struct play *play = calloc(1, sizeof(*play));
	unsigned int turn;
	size_t i;

	assert_non_null(play);
	play->draw = draw_from(seed);
	play->sim = sim_new(&nobody);
	lazy_init(&play->lazy);
	play->stats = stats_new();
	tail_open(&play->tail, draw_below(&play->draw, 3));
	play->held = scratch_path(play->tail.top, "held");
	play->state = scratch_path(play->tail.top, "state");
	assert_int_equal(mkdir(play->held, 0700), 0);
	assert_int_equal(mkdir(play->state, 0700), 0);
	play_open(play);
	for (i = 0; i < PLAY_READERS; i++)
		play_follow(play, &play->readers[i], NULL);
	for (turn = 0; turn < TURNS; turn++)
		take_turn(play);
	check_end(play);
	for (i = 0; i < PLAY_READERS; i++) {
		wal_follow_free(play->readers[i].follow);
		spool_leave(play->readers[i].need);
	}
	spool_free(play->spool);
	lazy_work(&play->lazy);
	free(play->held);
	free(play->state);
	tail_close(&play->tail);
	stats_free(play->stats);
	sim_free(play->sim);
	free(play);
}

static void
whatever_becomes_of_the_log_nothing_is_lost(void **state)
{
	uint64_t seed, count = SEEDS;

	(void)state;
	log_init(LOG_ERROR, LOG_LOGFMT);
	for (seed = draw_first(&count); count > 0; seed++, count--)
		check_seed(seed);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_becomes_of_the_log_nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
