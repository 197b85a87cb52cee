/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/spool/link.h"
#include "tests/unit/spool/play.h"

static struct spool_way *
choose(void *arg, const char *file)
{
	struct play *play = arg;
	int dir = open(play->held, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)file;
	assert_int_not_equal(dir, -1);
	return link_way_new(dir, &play->lazy.worker);
}

void
play_open(struct play *play)
{
	play->spool = spool_open(&(struct spool_options){
	    .clock = sim_clock(play->sim),
	    .worker = &play->lazy.worker,
	    .stats = play->stats,
	    .state_dir = play->state,
	    .wal_dir = play->tail.wal,
	    .choose = choose,
	    .arg = play,
	});
	assert_non_null(play->spool);
}

/* Say what of the log ${reader} still needs, to go on from its snapshot too. */
static void
stand(struct reader *reader)
{
	const struct wal_mark *from = &reader->place;

	if (!reader->begun)
		return;
	if (reader->known.at.offset > 0 &&
	    wal_mark_compare(&reader->known, from) < 0)
		from = &reader->known;
	spool_stand(reader->need, from->generation,
	    wal_mark_position(from).segment + (from->inside != 0));
}

void
play_remember(struct reader *reader)
{
	struct wal_mark mark;

	wal_follow_mark(reader->follow, &mark);
	if (!wal_follow_past(reader->follow) ||
	    mark.generation != reader->place.generation)
		return;
	reader->known = mark;
	memcpy(reader->known_ids, reader->ids, sizeof(reader->ids));
}

void
play_follow(
    struct play *play, struct reader *reader, const struct wal_mark *mark)
{
	reader->need = spool_join(play->spool);
	assert_non_null(reader->need);
	reader->follow = wal_follow_open(&(struct wal_follow_options){
	    .path = play->tail.wal,
	    .keeper = spool_keeper(play->spool),
	    .from = mark != NULL ? WAL_FROM_MARK : WAL_FROM_OLDEST,
	    .mark = mark,
	    .patient = true,
	});
	assert_non_null(reader->follow);
	if (mark == NULL)
		return;
	memcpy(reader->ids, reader->known_ids, sizeof(reader->ids));
	if (reader->known.at.offset > 0)
		wal_follow_know(reader->follow, &reader->known);
	stand(reader);
}

/* ${reader} was given a record that is fresh. */
static void
arrive(struct reader *reader)
{
	reader->begun = true;
	wal_follow_mark(reader->follow, &reader->place);
}

/* The number that ${text} is. */
static uint64_t
number_of(const struct wal_text *text)
{
	uint64_t number = 0;
	size_t i;

	for (i = 0; i < text->len; i++)
		number = number * 10 + (uint64_t)(text->data[i] - '0');
	return number;
}

bool
play_read(struct play *play, struct reader *reader, uint32_t calls)
{
	struct wal_series_list series = { 0 };
	struct wal_sample_list samples = { 0 };
	const struct wal_text *value;
	enum wal_status st = WAL_OK;
	struct wal_entry entry;
	double value_of;
	uint64_t ref;
	size_t i;

	for (; calls > 0 && (st == WAL_OK || st == WAL_NOTICE); calls--) {
		st = wal_follow_next(reader->follow, &entry);
		if (st == WAL_NOTICE) {
			const struct wal_notice *notice =
			    wal_follow_notice(reader->follow);

			draw_check(&play->draw, notice->kind != WAL_GAP);
			draw_check(&play->draw, notice->kind != WAL_TORN);
			if (notice->kind == WAL_RESTARTED ||
			    notice->kind == WAL_UNKNOWN)
				memset(reader->ids, 0, sizeof(reader->ids));
			continue;
		}
		if (st != WAL_OK)
			break;
		if (entry.fresh)
			arrive(reader);
		if (wal_decode_series(entry.data, entry.len, &series) ==
		    WAL_OK) {
			for (i = 0; i < series.len; i++) {
				value =
				    &series.pool.labels[series.series[i].first]
					 .value;
				reader->ids[series.series[i].ref] =
				    number_of(value);
			}
			continue;
		}
		draw_check(&play->draw,
		    wal_decode_samples(entry.data, entry.len, &samples) ==
			WAL_OK);
		for (i = 0; entry.fresh && i < samples.len; i++) {
			ref = samples.samples[i].ref;
			draw_check(&play->draw, reader->ids[ref] != 0);
			memcpy(&value_of, &samples.samples[i].value,
			    sizeof(value_of));
			draw_check(
			    &play->draw, (double)reader->ids[ref] == value_of);
			reader->got[samples.samples[i].time] = true;
		}
		if (reader->begun &&
		    (reader->known.at.offset == 0 ||
			reader->known.generation != reader->place.generation))
			play_remember(reader); /* At once then. */
	}
	draw_check(&play->draw,
	    st == WAL_OK || st == WAL_NOTICE || st == WAL_END ||
		st == WAL_WAIT);
	wal_series_list_release(&series);
	wal_sample_list_release(&samples);
	stand(reader);
	return st == WAL_END;
}
