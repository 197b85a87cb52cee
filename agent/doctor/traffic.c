/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/doctor/traffic.h"
#include "agent/series/external.h"
#include "agent/series/refmap.h"
#include "wal/follow.h"
#include "wal/record.h"

/* The log while it is read. */
struct reading {
	struct traffic *traffic;
	int64_t now;       /* ms since 1970. */
	int64_t age_limit; /* ms; 0: none. */
	int64_t newest;    /* What was written last, about. */
	struct labelsets *sets;
	struct finals *finals;
	struct refmap *refs;
	bool full; /* No more series are looked at. */
	struct wal_label *external;
	struct wal_follow *follow;
	struct wal_series_list series;
	struct wal_sample_list samples;
	struct wal_histogram_list histograms;
};

/* Copy the name of the metric with these ${len} labels. */
static void
copy_name(const struct wal_label *labels, size_t len, char *ret)
{
	static const char key[] = "__name__";
	const struct wal_text *name;
	size_t i;

	ret[0] = '\0';
	for (i = 0; i < len; i++) {
		name = &labels[i].name;
		if (name->len == sizeof(key) - 1 &&
		    memcmp(name->data, key, name->len) == 0)
			(void)snprintf(ret, TRAFFIC_NAME_MAX, "%.*s",
			    (int)(labels[i].value.len < TRAFFIC_NAME_MAX
				    ? labels[i].value.len
				    : TRAFFIC_NAME_MAX),
			    labels[i].value.data);
	}
}

static enum wal_status
learn(struct reading *r, const struct wal_entry *entry)
{
	enum wal_status st =
	    wal_decode_series(entry->data, entry->len, &r->series);
	struct wal_label *labels;
	const struct wal_series *one;
	enum fit fit;
	size_t i;

	for (i = 0; st == WAL_OK && i < r->series.len; i++) {
		one = &r->series.series[i];
		labels = r->series.pool.labels + one->first;
		r->full |= refmap_count(r->refs) >= TRAFFIC_SERIES_MAX;
		if (r->full)
			break;
		if (refmap_learn(r->refs, one->ref, entry->end.segment, labels,
			one->count) == FINAL_NOMEM)
			return WAL_NOMEM;
		if ((fit = finals_fit(r->finals)) == FIT_WELL)
			continue;
		r->traffic->unfit++;
		r->traffic->why = fit;
		copy_name(labels, one->count, r->traffic->unfit_name);
	}
	return st;
}

/* Remember the name of the series ${ref}, which comes late. */
static void
name_late(struct reading *r, uint64_t ref)
{
	uint32_t set = refmap_labels(r->refs, ref);
	struct wal_label_list list = { 0 };

	if (labelsets_labels(r->sets, set, &list) == 0)
		copy_name(list.labels, list.len, r->traffic->late_name);
	free(list.labels);
}

/* A sample of ${ref}, at ${time}, was met in ${segment}. */
static void
count(struct reading *r, uint64_t segment, uint64_t ref, int64_t time)
{
	const struct final *final = refmap_meet(r->refs, ref, segment);
	struct traffic *traffic = r->traffic;

	/* Times that are nonsense, or of tomorrow, date nothing. */
	if (final == NULL || final_fate(final) != FINAL_OK || time <= 0)
		return;
	traffic->samples++;
	if (time > r->newest && time <= r->now)
		r->newest = traffic->last = time;
	if (r->age_limit == 0 || r->newest - time <= r->age_limit) {
		if (traffic->first == 0 || time < traffic->first)
			traffic->first = time;
		return;
	}
	if (r->newest - time > traffic->late_by)
		traffic->late_by = r->newest - time;
	if (traffic->late++ == 0)
		name_late(r, ref);
}

static enum wal_status
count_samples(struct reading *r, const struct wal_entry *entry)
{
	enum wal_status st =
	    wal_decode_samples(entry->data, entry->len, &r->samples);
	size_t i;

	for (i = 0; st == WAL_OK && i < r->samples.len; i++)
		count(r, entry->end.segment, r->samples.samples[i].ref,
		    r->samples.samples[i].time);
	return st;
}

static enum wal_status
count_histograms(struct reading *r, const struct wal_entry *entry)
{
	enum wal_status st =
	    wal_decode_histograms(entry->data, entry->len, &r->histograms);
	size_t i;

	for (i = 0; st == WAL_OK && i < r->histograms.len; i++)
		count(r, entry->end.segment, r->histograms.histograms[i].ref,
		    r->histograms.histograms[i].time);
	return st;
}

/* Take ${entry}; what does not decode is passed over, as by the agent. */
static enum wal_status
take(struct reading *r, const struct wal_entry *entry)
{
	enum wal_status st = WAL_OK;

	switch (entry->type) {
	case WAL_SERIES:
		st = learn(r, entry);
		break;
	case WAL_SAMPLES:
	case WAL_SAMPLES_V2:
		if (!entry->checkpoint)
			st = count_samples(r, entry);
		break;
	case WAL_HISTOGRAMS:
	case WAL_FLOAT_HISTOGRAMS:
	case WAL_CUSTOM_HISTOGRAMS:
	case WAL_CUSTOM_FLOAT_HISTOGRAMS:
	case WAL_HISTOGRAMS_V2:
	case WAL_FLOAT_HISTOGRAMS_V2:
		if (!entry->checkpoint)
			st = count_histograms(r, entry);
		break;
	default:
		break;
	}
	return st == WAL_CORRUPT ? WAL_OK : st;
}

/* Read until the end, or the monotonic time ${until}. */
static enum wal_status
read_on(struct reading *r, struct clock *clock, uint64_t until)
{
	struct wal_entry entry;
	enum wal_status st;

	do {
		st = wal_follow_next(r->follow, &entry);
		if (st == WAL_NOTICE &&
		    wal_follow_notice(r->follow)->kind == WAL_RESTARTED)
			refmap_clear(r->refs);
		else if (st == WAL_OK)
			st = take(r, &entry);
	} while ((st == WAL_OK || st == WAL_NOTICE || st == WAL_WAIT) &&
	    clock_monotonic(clock) < until);
	return st;
}

static int
prepare(struct reading *r, const struct config *config,
    const struct config_remote *remote, const char *wal_dir)
{
	r->external = external_lend(config);
	r->sets = labelsets_new();
	if (r->external == NULL || r->sets == NULL)
		return -1;
	r->finals = finals_new(r->external, config->external_labels_len);
	if (r->finals == NULL ||
	    finals_relabel(r->finals, remote->rules, remote->rules_len) != 0)
		return -1;
	finals_share(r->finals, remote->share_index, remote->share_count);
	finals_limit_labels(
	    r->finals, (enum config_label_limits)remote->label_limits);
	r->refs = refmap_new(r->sets, r->finals);
	r->follow = wal_follow_open(&(struct wal_follow_options){
	    .path = wal_dir,
	    .from = WAL_FROM_OLDEST,
	    .patient = true,
	});
	return r->refs == NULL || r->follow == NULL ? -1 : 0;
}

static void
reading_release(struct reading *r)
{
	wal_follow_free(r->follow);
	wal_series_list_release(&r->series);
	wal_sample_list_release(&r->samples);
	wal_histogram_list_release(&r->histograms);
	refmap_free(r->refs);
	finals_free(r->finals);
	labelsets_free(r->sets);
	free(r->external);
}

int
traffic_read(struct traffic *traffic, struct clock *clock,
    const struct config *config, const struct config_remote *remote,
    const char *wal_dir)
{
	struct reading r = {
		.traffic = traffic,
		.now = clock_wall(clock),
		.age_limit = (int64_t)(remote->queue.sample_age_limit / 1000),
	};
	enum wal_status st = WAL_NOMEM;
	int error = 0;

	*traffic = (struct traffic){ 0 };
	if (prepare(&r, config, remote, wal_dir) == 0)
		st = read_on(&r, clock, clock_monotonic(clock) + TRAFFIC_TIME);
	if (st == WAL_NOMEM)
		error = ENOMEM;
	else if (st == WAL_IO)
		error = errno;
	if (r.finals != NULL)
		traffic->series = finals_count(r.finals);
	traffic->whole = st == WAL_END && !r.full;
	traffic->read = error == 0;
	reading_release(&r);
	errno = error;
	return error == 0 ? 0 : -1;
}

uint64_t
traffic_per_minute(const struct traffic *traffic)
{
	int64_t span = traffic->last - traffic->first;

	/* Less than that says nothing. */
	if (!traffic->read || span < 1000 || traffic->samples < 2)
		return 0;
	return (uint64_t)((double)traffic->samples * 60000.0 / (double)span);
}

void
traffic_release(struct traffic *traffic)
{
	*traffic = (struct traffic){ 0 };
}
