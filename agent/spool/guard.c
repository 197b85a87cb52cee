/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/spool/discard.h"
#include "agent/spool/gauges.h"
#include "agent/spool/guard.h"
#include "agent/spool/toll.h"

static const struct stat_def lost_def = {
	.name = "walship_spool_lost_entries_total",
	.help = "Samples, histograms and exemplars in segments that were let "
		"go of, for a bound of the spool, before they were read.",
	.type = STAT_COUNTER,
};
static const struct stat_def bytes_def = {
	.name = "walship_spool_lost_bytes_total",
	.help = "Bytes of the log in segments that were let go of, for a bound "
		"of the spool, before they were read.",
	.type = STAT_COUNTER,
};

struct guard {
	struct guard_options options;
	struct bounds bounds;
	struct toll *tolls[GUARD_MAX]; /* NULL: none. */
	size_t counting;               /* Of them. */

	/* What was let go of since the last line. */
	uint64_t segments;
	enum spool_reason reason; /* Of the last of them. */
	struct toll_count lost;
	struct {
		struct stat *samples, *histograms, *exemplars, *bytes;
	} stats;
};

uint64_t
guard_unread(const struct spool_segment *segment, const struct wal_mark *mark)
{
	uint64_t number = segment->name.number;

	if (segment->last < mark->generation)
		return GUARD_READ;
	if (segment->name.generation > mark->generation)
		return 0;
	if (mark->inside != 0)
		return number > mark->checkpoint ? 0 : GUARD_READ;
	if (mark->at.segment != number)
		return mark->at.segment < number ? 0 : GUARD_READ;
	return mark->at.offset;
}

/* ${time}, ms since 1970, for people. */
static const char *
show_time(int64_t time, char *out, size_t size)
{
	time_t seconds = (time_t)(time / 1000);
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL ||
	    strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)snprintf(out, size, "%lld", (long long)time);
	return out;
}

/* All is counted: say it, and begin anew. */
static void
tell(struct guard *guard)
{
	const struct toll_count *lost = &guard->lost;
	char first[32], last[32];

	if (guard->segments == 0)
		return;
	log_error("let go of segments that were not all shipped; raise "
		  "spool.max_bytes or spool.max_age, lower spool.min_free, or "
		  "give the disk more room, to hold more",
	    LOG_STR("reason", gauges_reason(guard->reason)),
	    LOG_UINT("segments", guard->segments),
	    LOG_UINT("bytes", lost->bytes), LOG_UINT("samples", lost->samples),
	    LOG_UINT("histograms", lost->histograms),
	    LOG_UINT("exemplars", lost->exemplars),
	    LOG_STR("from", show_time(lost->first, first, sizeof(first))),
	    LOG_STR("to", show_time(lost->last, last, sizeof(last))));
	guard->segments = 0;
	guard->lost = (struct toll_count){ 0 };
}

/* Add ${count} to what is lost. */
static void
add(struct guard *guard, const struct toll_count *count)
{
	struct toll_count *lost = &guard->lost;
	bool any = lost->samples + lost->histograms > 0;

	if (count->samples + count->histograms > 0) {
		if (!any || count->first < lost->first)
			lost->first = count->first;
		if (!any || count->last > lost->last)
			lost->last = count->last;
	}
	lost->samples += count->samples;
	lost->histograms += count->histograms;
	lost->exemplars += count->exemplars;
	lost->bytes += count->bytes;
	stat_add(guard->stats.samples, (double)count->samples);
	stat_add(guard->stats.histograms, (double)count->histograms);
	stat_add(guard->stats.exemplars, (double)count->exemplars);
	stat_add(guard->stats.bytes, (double)count->bytes);
}

static void
counted(void *arg, struct toll *toll, const struct toll_count *count)
{
	struct guard *guard = arg;
	size_t i;

	add(guard, count);
	for (i = 0; guard->tolls[i] != toll;)
		i++;
	toll_free(toll);
	guard->tolls[i] = guard->tolls[--guard->counting];
	guard->tolls[guard->counting] = NULL;
	if (guard->counting == 0)
		tell(guard);
}

/* Count what is in ${fd} from ${offset} on. */
static void
count(struct guard *guard, int fd, uint64_t offset)
{
	struct toll *toll = toll_new(&(struct toll_options){
	    .worker = guard->options.worker,
	    .fd = fd,
	    .offset = offset,
	    .done = counted,
	    .arg = guard,
	});

	if (toll != NULL)
		guard->tolls[guard->counting++] = toll;
}

/* Have all readers close ${segment}; from where on is it unread by any? */
static uint64_t
abandon(struct spool *spool, const struct spool_segment *segment)
{
	uint64_t unread, lowest = GUARD_READ;
	struct spool_reader *reader;
	struct wal_mark mark;

	for (reader = spool_readers(spool); reader != NULL;
	     reader = reader->next) {
		mark = (struct wal_mark){ 0 };
		if (reader->close != NULL)
			reader->close(reader->arg, &mark);
		unread = guard_unread(segment, &mark);
		if (unread < lowest)
			lowest = unread;
	}
	return lowest;
}

static void
drop(void *arg, struct spool_segment *segment, enum spool_reason reason)
{
	struct guard *guard = arg;
	struct spool_way *way = spool_way(guard->options.spool);
	uint64_t offset;
	int fd;

	if (guard->counting == GUARD_MAX)
		return; /* Its turn will come. */
	fd = way->open(way, &segment->name);
	offset = abandon(guard->options.spool, segment);
	spool_drop(guard->options.spool, segment, reason);
	if (offset != GUARD_READ) {
		guard->segments++;
		guard->reason = reason;
		if (fd != -1)
			count(guard, fd, offset);
	}
	discard_fd(guard->options.worker, fd);
}

void
guard_check(struct guard *guard)
{
	struct spool_way *way = spool_way(guard->options.spool);

	/* Until then the disk does not know that it has the room. */
	if (way == NULL || guard->counting > 0)
		return;
	(void)bounds_check(&guard->bounds, spool_segments(guard->options.spool),
	    way, drop, guard);
	if (guard->counting == 0)
		tell(guard);
}

/* One of the kinds of entries. */
static struct stat *
count_kind(struct stats *stats, const char *kind)
{
	return stats_add(
	    stats, &lost_def, (const char *const[]){ "kind", kind, NULL });
}

struct guard *
guard_new(const struct guard_options *options)
{
	struct guard *guard;

	if ((guard = calloc(1, sizeof(*guard))) == NULL)
		return NULL;
	guard->options = *options;
	bounds_init(&guard->bounds, &options->bounds);
	guard->stats.samples = count_kind(options->stats, "sample");
	guard->stats.histograms = count_kind(options->stats, "histogram");
	guard->stats.exemplars = count_kind(options->stats, "exemplar");
	guard->stats.bytes = stats_add(
	    options->stats, &bytes_def, (const char *const[]){ NULL });
	if (guard->stats.samples == NULL || guard->stats.histograms == NULL ||
	    guard->stats.exemplars == NULL || guard->stats.bytes == NULL) {
		guard_free(guard);
		return NULL;
	}
	return guard;
}

void
guard_free(struct guard *guard)
{
	size_t i;

	if (guard == NULL)
		return;
	tell(guard);
	for (i = 0; i < guard->counting; i++)
		toll_free(guard->tolls[i]);
	stats_remove(guard->stats.samples);
	stats_remove(guard->stats.histograms);
	stats_remove(guard->stats.exemplars);
	stats_remove(guard->stats.bytes);
	bounds_release(&guard->bounds);
	free(guard);
}
