/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/base/hash.h"
#include "agent/base/text.h"
#include "agent/series/table.h"
#include "agent/tally.h"
#include "wal/record.h"

#define NAME_SHOWN 512u /* Bytes of a metric name, escaped. */
#define DAY 86400000.0  /* Milliseconds. */

/* A metric name. */
struct metric {
	struct table_entry in_table;
	uint64_t series;
	uint64_t samples;
	size_t len;
	char name[];
};

/* What a ref stands for, as far as it matters here. */
struct member {
	struct table_entry in_table;
	uint64_t ref;
	struct metric *metric;
};

struct tally {
	struct table metrics, members;
	uint64_t seed;

	uint64_t records[WAL_TYPES], stored[WAL_TYPES], plain[WAL_TYPES];
	uint64_t first_segment, last_segment, segments;
	uint64_t checkpoint;
	bool has_segment, has_checkpoint;
	uint64_t series;     /* Refs, of every log that was read. */
	uint64_t new_series; /* In segments, not in the checkpoint. */
	uint64_t samples, histograms, exemplars, unknown;
	int64_t oldest, newest;
	uint64_t damaged, torn, gaps;

	struct wal_series_list series_list;
	struct wal_sample_list sample_list;
	struct wal_exemplar_list exemplar_list;
	struct wal_histogram_list histogram_list;
};

struct tally *
tally_new(void)
{
	struct tally *tally;

	if ((tally = calloc(1, sizeof(*tally))) == NULL)
		return NULL;
	tally->seed = hash_seed();
	tally->oldest = INT64_MAX;
	tally->newest = INT64_MIN;
	return tally;
}

void
tally_forget(struct tally *tally)
{
	table_release(&tally->members);
}

void
tally_free(struct tally *tally)
{
	if (tally == NULL)
		return;
	tally_forget(tally);
	table_release(&tally->metrics);
	wal_series_list_release(&tally->series_list);
	wal_sample_list_release(&tally->sample_list);
	wal_exemplar_list_release(&tally->exemplar_list);
	wal_histogram_list_release(&tally->histogram_list);
	free(tally);
}

static bool
is_metric(const void *entry, const void *key)
{
	const struct metric *metric = entry;
	const struct wal_text *name = key;

	return metric->len == name->len &&
	    memcmp(metric->name, name->data, name->len) == 0;
}

/* The metric called ${name}, new if need be; NULL if there is no memory. */
static struct metric *
find_metric(struct tally *tally, struct wal_text name)
{
	uint32_t hash = hash_bytes(tally->seed, name.data, name.len);
	struct metric *metric;
	uint32_t number;

	metric = table_get(&tally->metrics, hash, is_metric, &name);
	if (metric != NULL)
		return metric;
	number = table_put(&tally->metrics, hash, sizeof(*metric) + name.len);
	if (number == SLAB_NONE)
		return NULL;
	metric = table_at(&tally->metrics, number);
	metric->series = metric->samples = 0;
	metric->len = name.len;
	memcpy(metric->name, name.data, name.len);
	return metric;
}

static bool
is_member(const void *entry, const void *key)
{
	const struct member *member = entry;
	const uint64_t *ref = key;

	return member->ref == *ref;
}

static struct member *
find_member(const struct tally *tally, uint64_t ref)
{
	return table_get(
	    &tally->members, hash_number(tally->seed, ref), is_member, &ref);
}

/* The value of the label __name__ of ${series}; empty if it has none. */
static struct wal_text
name_of(const struct tally *tally, const struct wal_series *series)
{
	const struct wal_label *label =
	    tally->series_list.pool.labels + series->first;
	size_t i;

	for (i = 0; i < series->count; i++, label++)
		if (label->name.len == 8 &&
		    memcmp(label->name.data, "__name__", 8) == 0)
			return label->value;
	return (struct wal_text){ "", 0 };
}

/* A ref that is known already is no news, but may have got another name. */
static void
rename_member(struct member *member, struct metric *metric)
{
	member->metric->series--;
	metric->series++;
	member->metric = metric;
}

/* Note that ${series} is there. */
static enum wal_status
count_one_series(
    struct tally *tally, const struct wal_series *series, bool checkpoint)
{
	struct metric *metric = find_metric(tally, name_of(tally, series));
	struct member *member = find_member(tally, series->ref);
	uint32_t number;

	if (metric == NULL)
		return WAL_NOMEM;
	if (member != NULL) {
		rename_member(member, metric);
		return WAL_OK;
	}
	number = table_put(&tally->members,
	    hash_number(tally->seed, series->ref), sizeof(*member));
	if (number == SLAB_NONE)
		return WAL_NOMEM;
	member = table_at(&tally->members, number);
	member->ref = series->ref;
	member->metric = metric;
	metric->series++;
	tally->series++;
	if (!checkpoint)
		tally->new_series++;
	return WAL_OK;
}

/* Count a value of ${ref} at ${time}. */
static void
count_value(struct tally *tally, uint64_t ref, int64_t time)
{
	struct member *member = find_member(tally, ref);

	if (member == NULL)
		tally->unknown++;
	else
		member->metric->samples++;
	if (time < tally->oldest)
		tally->oldest = time;
	if (time > tally->newest)
		tally->newest = time;
}

static enum wal_status
count_series(struct tally *tally, const struct wal_entry *entry)
{
	struct wal_series_list *list = &tally->series_list;
	enum wal_status st = wal_decode_series(entry->data, entry->len, list);
	size_t i;

	for (i = 0; st == WAL_OK && i < list->len; i++)
		st = count_one_series(
		    tally, &list->series[i], entry->checkpoint);
	return st;
}

static enum wal_status
count_samples(struct tally *tally, const struct wal_entry *entry)
{
	struct wal_sample_list *list = &tally->sample_list;
	enum wal_status st = wal_decode_samples(entry->data, entry->len, list);
	size_t i;

	for (i = 0; st == WAL_OK && i < list->len; i++)
		count_value(tally, list->samples[i].ref, list->samples[i].time);
	tally->samples += list->len;
	return st;
}

static enum wal_status
count_histograms(struct tally *tally, const struct wal_entry *entry)
{
	struct wal_histogram_list *list = &tally->histogram_list;
	enum wal_status st =
	    wal_decode_histograms(entry->data, entry->len, list);
	size_t i;

	for (i = 0; st == WAL_OK && i < list->len; i++)
		count_value(
		    tally, list->histograms[i].ref, list->histograms[i].time);
	tally->histograms += list->len;
	return st;
}

static enum wal_status
count_exemplars(struct tally *tally, const struct wal_entry *entry)
{
	struct wal_exemplar_list *list = &tally->exemplar_list;
	enum wal_status st =
	    wal_decode_exemplars(entry->data, entry->len, list);

	tally->exemplars += list->len;
	return st;
}

/* Note where in the log ${entry} is. */
static void
count_place(struct tally *tally, const struct wal_entry *entry)
{
	uint64_t segment = entry->end.segment;

	if (entry->checkpoint) {
		tally->checkpoint = segment;
		tally->has_checkpoint = true;
		return;
	}
	if (!tally->has_segment)
		tally->first_segment = segment;
	if (!tally->has_segment || tally->last_segment != segment)
		tally->segments++;
	tally->last_segment = segment;
	tally->has_segment = true;
}

enum wal_status
tally_entry(struct tally *tally, const struct wal_entry *entry)
{
	unsigned int type = entry->type < WAL_TYPES ? entry->type : WAL_EMPTY;

	count_place(tally, entry);
	tally->records[type]++;
	tally->stored[type] += entry->stored;
	tally->plain[type] += entry->len;
	switch (wal_type_kind(type)) {
	case WAL_KIND_SERIES:
		return count_series(tally, entry);
	case WAL_KIND_SAMPLES:
		return count_samples(tally, entry);
	case WAL_KIND_EXEMPLARS:
		return count_exemplars(tally, entry);
	case WAL_KIND_HISTOGRAMS:
		return count_histograms(tally, entry);
	default:
		return WAL_OK;
	}
}

void
tally_notice(struct tally *tally, const struct wal_notice *notice)
{
	switch (notice->kind) {
	case WAL_TORN:
		tally->torn++;
		break;
	case WAL_GAP:
		tally->gaps += notice->count;
		break;
	case WAL_DAMAGED:
	case WAL_UNREADABLE:
		tally->damaged++;
		break;
	case WAL_RESTARTED:
	case WAL_REPEATED:
	case WAL_UNKNOWN: /* Never: nothing is known at first. */
		break;
	}
}

static void
print_records(const struct tally *tally, FILE *file)
{
	unsigned int type;

	(void)fprintf(file, "\n%-40s %12s %14s %14s\n", "record type",
	    "records", "stored bytes", "plain bytes");
	for (type = 1; type <= WAL_TYPES; type++) {
		unsigned int t = type % WAL_TYPES; /* The unknown ones last. */

		if (tally->records[t] > 0)
			(void)fprintf(file,
			    "%-40s %12" PRIu64 " %14" PRIu64 " %14" PRIu64 "\n",
			    wal_type_name(t), tally->records[t],
			    tally->stored[t], tally->plain[t]);
	}
}

static void
print_place(const struct tally *tally, FILE *file)
{
	if (tally->has_segment)
		(void)fprintf(file,
		    "segments           %" PRIu64 " (%" PRIu64 " to %" PRIu64
		    ")\n",
		    tally->segments, tally->first_segment, tally->last_segment);
	if (tally->has_checkpoint)
		(void)fprintf(file, "checkpoint         %" PRIu64 "\n",
		    tally->checkpoint);
}

/* Print a time in ms since 1970 as people write it. */
static void
print_time(FILE *file, const char *what, int64_t time)
{
	time_t seconds = (time_t)(time / 1000);
	char text[40];
	struct tm tm;

	if (gmtime_r(&seconds, &tm) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		(void)fprintf(file, "%s %s\n", what, text);
}

static void
print_values(const struct tally *tally, FILE *file)
{
	double span = (double)tally->newest - (double)tally->oldest;
	uint64_t values = tally->samples + tally->histograms;

	(void)fprintf(file, "series             %" PRIu64 "\n", tally->series);
	(void)fprintf(
	    file, "metric names       %" PRIu32 "\n", tally->metrics.len);
	(void)fprintf(file, "samples            %" PRIu64 "\n", tally->samples);
	(void)fprintf(
	    file, "histograms         %" PRIu64 "\n", tally->histograms);
	(void)fprintf(
	    file, "exemplars          %" PRIu64 "\n", tally->exemplars);
	if (tally->unknown > 0)
		(void)fprintf(file, "without a series   %" PRIu64 " samples\n",
		    tally->unknown);
	if (values == 0)
		return;
	print_time(file, "oldest            ", tally->oldest);
	print_time(file, "newest            ", tally->newest);
	if (span > 0)
		(void)fprintf(file,
		    "time span          %.1f s\n"
		    "samples a day      %.0f\n"
		    "new series an hour %.0f\n",
		    span / 1000, (double)values / span * DAY,
		    (double)tally->new_series / span * DAY / 24);
}

static int
by_name(const struct metric *a, const struct metric *b)
{
	int order = memcmp(a->name, b->name, a->len < b->len ? a->len : b->len);

	return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

/* The most series first; equals by name, so that the table is always one. */
static int
by_series(const void *va, const void *vb)
{
	const struct metric *a = *(const struct metric *const *)va;
	const struct metric *b = *(const struct metric *const *)vb;

	if (a->series != b->series)
		return a->series < b->series ? 1 : -1;
	return by_name(a, b);
}

static int
by_samples(const void *va, const void *vb)
{
	const struct metric *a = *(const struct metric *const *)va;
	const struct metric *b = *(const struct metric *const *)vb;

	if (a->samples != b->samples)
		return a->samples < b->samples ? 1 : -1;
	return by_name(a, b);
}

static void
print_top(const char *title, struct metric **metrics, size_t len, FILE *file)
{
	struct buf name;
	size_t i;

	(void)fprintf(file, "\nmetric names with the most %s\n", title);
	(void)fprintf(file, "%12s %14s  name\n", "series", "samples");
	for (i = 0; i < len && i < TALLY_TOP; i++) {
		buf_init(&name, NAME_SHOWN);
		text_put_logfmt(&name, metrics[i]->name, metrics[i]->len);
		(void)fprintf(file, "%12" PRIu64 " %14" PRIu64 "  %s\n",
		    metrics[i]->series, metrics[i]->samples, buf_text(&name));
		buf_release(&name);
	}
}

/* All metrics, in no order, in an array to be freed. */
static struct metric **
collect(const struct tally *tally)
{
	struct metric **metrics;
	uint32_t bucket, number;
	size_t len = 0;

	metrics = calloc((size_t)tally->metrics.len + 1, sizeof(*metrics));
	if (metrics == NULL)
		return NULL;
	for (bucket = 0; bucket < tally->metrics.buckets; bucket++) {
		number = *table_bucket(&tally->metrics, bucket);
		for (; number != SLAB_NONE;
		     number = metrics[len++]->in_table.next)
			metrics[len] = table_at(&tally->metrics, number);
	}
	return metrics;
}

int
tally_print(struct tally *tally, FILE *file)
{
	struct metric **metrics = collect(tally);
	size_t len = tally->metrics.len;

	if (metrics == NULL)
		return -1;
	print_place(tally, file);
	print_values(tally, file);
	(void)fprintf(file,
	    "damage             %" PRIu64 " places, %" PRIu64
	    " torn records, %" PRIu64 " segments missing\n",
	    tally->damaged, tally->torn, tally->gaps);
	print_records(tally, file);
	qsort(metrics, len, sizeof(*metrics), by_series);
	print_top("series", metrics, len, file);
	qsort(metrics, len, sizeof(*metrics), by_samples);
	print_top("samples", metrics, len, file);
	free(metrics);
	return 0;
}
