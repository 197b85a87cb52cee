/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/spool/heritage.h"
#include "agent/spool/need.h"
#include "agent/spool/saved.h"
#include "agent/spool/saver.h"
#include "agent/spool/scan.h"
#include "agent/spool/spool.h"
#include "agent/spool/sum.h"

#define SAVED_NAME "segments" /* The file in the state directory. */

struct spool {
	struct wal_keeper keeper; /* At the head: what is handed out. */
	struct spool_options options;
	struct spool_way *way; /* NULL: nothing is held, or not yet. */
	bool chosen;
	struct spool_table table;
	struct saver *saver;
	struct gauges gauges;
	struct need need;
	struct scan scan; /* Of the directory. */
	struct log_gate failing;
};

struct spool_table *
spool_segments(struct spool *spool)
{
	return &spool->table;
}

struct spool_way *
spool_way(struct spool *spool)
{
	return spool->way;
}

/* Hold ${segment} no more. */
static void
let_go(struct spool *spool, struct spool_segment *segment,
    enum spool_reason reason)
{
	spool->way->let_go(spool->way, &segment->name);
	segment->held = false;
	gauges_let_go(&spool->gauges, reason);
}

void
spool_drop(struct spool *spool, struct spool_segment *segment,
    enum spool_reason reason)
{
	let_go(spool, segment, reason);
	segment->dropped = true;
}

/* Choose the way, once there is a segment, of which ${file} is one. */
static void
choose(struct spool *spool, const char *file)
{
	if (spool->chosen)
		return;
	spool->chosen = true;
	spool->way = spool->options.choose(spool->options.arg, file);
	(void)gauges_mode(
	    &spool->gauges, spool->way != NULL ? spool->way->mode : "off");
	if (spool->way != NULL)
		heritage_take_up(&(struct heritage){
		    .table = &spool->table,
		    .way = spool->way,
		    .gauges = &spool->gauges,
		    .scan = &spool->scan,
		});
}

/* ${segment} cannot be held. */
static void
say_refused(struct spool *spool, struct spool_segment *segment, int error)
{
	uint64_t hidden;

	spool->scan.unfinished = true;
	if (!segment->refused)
		stat_inc(spool->gauges.refused);
	segment->refused = true;
	if (log_gate_open(&spool->failing,
		clock_monotonic(spool->options.clock), SPOOL_LOG_PERIOD,
		&hidden))
		log_error("cannot hold a segment, trying again; what it holds "
			  "is lost if Prometheus deletes it before it is "
			  "shipped: see that there is room",
		    LOG_STR("mode", spool->way->mode),
		    LOG_UINT("segment", segment->name.number), LOG_ERRNO(error),
		    LOG_UINT("unsaid", hidden));
}

/* Hold ${segment}, the file ${name}, if that still is it. */
static void
hold(struct spool *spool, struct spool_segment *segment, const char *name)
{
	struct spool_file file = {
		.dir = spool->options.wal_dir,
		.file = name,
		.fd = wal_dir_open_segment(spool->options.wal_dir, name),
	};

	if (file.fd == -1) {
		spool->scan.unfinished = true;
		return;
	}
	if (spool->way->hold(spool->way, &segment->name, &file) == 0) {
		segment->held = true;
		segment->refused = false;
	} else if (errno != ENOENT) {
		say_refused(spool, segment, errno);
	}
	(void)close(file.fd);
}

static enum needed
needed(const struct spool *spool, const struct spool_segment *segment)
{
	return need_of(&spool->need, &spool->table, segment,
	    clock_wall(spool->options.clock));
}

/* Hold what is there, needed, and not held; tell of what is there no more. */
static void
hold_all(struct spool *spool)
{
	const struct wal_dir_entry *entry;
	struct spool_segment *segment;
	size_t i;

	for (i = 0; i < spool->table.len; i++) {
		segment = &spool->table.segments[i];
		entry =
		    wal_dir_at(&spool->scan.dir.segments, segment->name.number);
		if (segment->there && !wal_content_is_known(&segment->first))
			spool->scan.unfinished = true;
		if (segment->held && !segment->there && !segment->orphaned) {
			segment->orphaned = true;
			if (spool->way->orphaned != NULL)
				spool->way->orphaned(
				    spool->way, &segment->name);
		}
		if (segment->there && !segment->held && !segment->dropped &&
		    entry != NULL && spool->way != NULL &&
		    needed(spool, segment) == NEEDED)
			hold(spool, segment, entry->name);
	}
}

void
spool_look(struct spool *spool)
{
	struct scan *scan = &spool->scan;
	struct spool_view view;

	if (!scan_look(
		scan, spool->options.wal_dir, clock_wall(spool->options.clock)))
		return;
	if (scan->len > 0)
		choose(spool, wal_dir_last(&scan->dir.segments)->name);
	if (!spool->chosen)
		return;
	view = (struct spool_view){ scan->sights, scan->len, scan->checkpoint };
	switch (spool_table_see(&spool->table, &view)) {
	case -1:
		scan->unfinished = true;
		return;
	case 1:
		log_info("the log gave way to another one; what is held of it "
			 "is read first",
		    LOG_UINT("generation", spool->table.generation));
		break;
	default:
		break;
	}
	hold_all(spool);
	heritage_tell_missing(&spool->table, &spool->gauges);
	saver_put(spool->saver, &spool->table);
}

/* Let go of ${segment} if nobody needs it; whether that was so. */
static bool
tidy(struct spool *spool, struct spool_segment *segment)
{
	switch (needed(spool, segment)) {
	case NEEDED:
		return false;
	case NEEDED_READ:
		let_go(spool, segment, SPOOL_READ);
		break;
	case NEEDED_AGED:
		let_go(spool, segment, SPOOL_AGE);
		break;
	}
	return true;
}

void
spool_tidy(struct spool *spool)
{
	size_t i, count = 0;

	if (!spool->chosen) /* What is held of an earlier life is not known. */
		return;
	for (i = 0; i < spool->table.len && count < SPOOL_TIDY_MAX; i++)
		if (spool->table.segments[i].held)
			count += tidy(spool, &spool->table.segments[i]);
	spool_table_sweep(&spool->table);
	saver_put(spool->saver, &spool->table);
}

static uint64_t
keep_generation(struct wal_keeper *keeper)
{
	struct spool *spool = (struct spool *)keeper;

	spool_look(spool);
	return spool->table.generation;
}

static uint64_t
keep_next(struct wal_keeper *keeper, uint64_t generation)
{
	return spool_table_next(&((struct spool *)keeper)->table, generation);
}

static enum wal_status
keep_list(
    struct wal_keeper *keeper, uint64_t generation, struct wal_dir_list *list)
{
	const struct spool_table *table = &((struct spool *)keeper)->table;
	enum wal_status st = WAL_OK;
	size_t i;

	for (i = 0; st == WAL_OK && i < table->len; i++)
		if (table->segments[i].held &&
		    spool_table_is_of(&table->segments[i], generation))
			st = wal_dir_add(
			    list, "", table->segments[i].name.number);
	return st;
}

static uint64_t
keep_common(struct wal_keeper *keeper, uint64_t a, uint64_t b)
{
	return spool_table_common(&((struct spool *)keeper)->table, a, b);
}

/* Someone took away what ${segment} was held by: it is so no more; ENOENT. */
static void
lose(struct spool *spool, struct spool_segment *segment)
{
	spool->way->let_go(spool->way, &segment->name);
	segment->held = false;
	segment->missing = true;
	spool->scan.unfinished = true; /* It is told, or held again. */
	errno = ENOENT;
}

static int
keep_open(struct wal_keeper *keeper, uint64_t generation, uint64_t number)
{
	struct spool *spool = (struct spool *)keeper;
	struct spool_segment *segment =
	    spool_table_at(&spool->table, generation, number);
	int fd;

	errno = ENOENT;
	if (segment == NULL || !segment->held)
		return -1;
	fd = spool->way->open(spool->way, &segment->name);
	if (fd == -1 && (errno == ENOENT || errno == ELOOP))
		lose(spool, segment);
	return fd;
}

/* Bring the gauges up to date. */
static void
measure(void *arg)
{
	struct spool *spool = arg;
	struct spool_sum sum = spool_sum(&spool->table, spool->way);

	stat_set(spool->gauges.segments, (double)sum.segments);
	stat_set(spool->gauges.pinned, (double)sum.pinned);
}

/* Read what an earlier life remembered; -1, said, if that must not be lost. */
static int
load(struct spool *spool, const char *path)
{
	switch (saved_load(&spool->table, path)) {
	case SAVED_OK:
		spool_table_doubt(&spool->table);
		return 0;
	case SAVED_NONE:
		return 0;
	case SAVED_DAMAGED:
		log_error("the record of the segments that are held is damaged "
			  "and of no use: they are given up",
		    LOG_STR("path", path));
		return 0;
	case SAVED_NEWER:
		log_error("the record of the segments that are held was "
			  "written by a later version of walship; install "
			  "that version again, or move the file away to give "
			  "them up",
		    LOG_STR("path", path));
		return -1;
	case SAVED_FAILED:
		break;
	}
	log_error("cannot read which segments are held; make this user the "
		  "owner of the state directory and all in it",
	    LOG_STR("path", path), LOG_ERRNO(errno));
	return -1;
}

struct spool *
spool_open(const struct spool_options *options)
{
	struct spool *spool;
	char *path = NULL;
	bool fine;

	if ((spool = calloc(1, sizeof(*spool))) == NULL) {
		log_error("out of memory");
		return NULL;
	}
	spool->options = *options;
	spool->keeper = (struct wal_keeper){ .generation = keep_generation,
		.next = keep_next,
		.list = keep_list,
		.common = keep_common,
		.open = keep_open };
	if (asprintf(&path, "%s/" SAVED_NAME, options->state_dir) == -1)
		path = NULL;
	if (path != NULL)
		spool->saver = saver_new(options->clock, options->worker, path);
	fine = spool->saver != NULL &&
	    gauges_init(&spool->gauges, options->stats) == 0 &&
	    stats_refresh(options->stats, measure, spool) == 0;
	if (!fine)
		log_error("out of memory");
	if (!fine || load(spool, path) != 0) {
		spool_free(spool);
		spool = NULL;
	}
	free(path);
	return spool;
}

void
spool_free(struct spool *spool)
{
	if (spool == NULL)
		return;
	stats_forget(spool->options.stats, measure, spool);
	if (spool->chosen)
		saver_put(spool->saver, &spool->table);
	saver_free(spool->saver);
	if (spool->way != NULL)
		spool->way->free(spool->way);
	gauges_release(&spool->gauges);
	spool_table_release(&spool->table);
	scan_release(&spool->scan);
	free(spool);
}

struct wal_keeper *
spool_keeper(struct spool *spool)
{
	return &spool->keeper;
}

void
spool_at_least(struct spool *spool, uint64_t generation)
{
	if (spool->table.generation < generation &&
	    generation <= SPOOL_GENERATION_MAX)
		spool->table.generation = generation;
}

struct spool_reader *
spool_readers(const struct spool *spool)
{
	return spool->need.readers;
}

struct spool_reader *
spool_join(struct spool *spool)
{
	return need_join(&spool->need);
}

void
spool_stand(struct spool_reader *reader, uint64_t generation, uint64_t segment)
{
	reader->generation = generation;
	reader->segment = segment;
}

void
spool_limit(struct spool_reader *reader, uint64_t usec)
{
	reader->limit = usec;
}

void
spool_leave(struct spool_reader *reader)
{
	if (reader != NULL)
		need_leave(reader);
}
