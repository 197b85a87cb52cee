/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "agent/meters/meters.h"

#define REMOTE "prometheus_remote_storage_"
#define WATCHER "prometheus_wal_watcher_"

static const double duration_bounds[] = {
	.005,
	.01,
	.025,
	.05,
	.1,
	.25,
	.5,
	1,
	2.5,
	5,
	10,
	25,
	60,
	120,
	300,
};

/* A family of which each destination has one series, and where it goes. */
struct meter {
	size_t place; /* Offset in struct meters. */
	struct stat_def def;
};

#define METER(place_, type_, name_, help_) \
	{ \
		offsetof(struct meters, place_), \
		{ \
			.name = (name_), .help = (help_), .type = (type_) \
		} \
	}

/* With the labels remote_name and url. */
static const struct meter of_remote[] = {
	METER(bytes, STAT_COUNTER, REMOTE "bytes_total",
	    "Compressed bytes of requests delivered or refused."),
	METER(highest, STAT_GAUGE, REMOTE "queue_highest_timestamp_seconds",
	    "Time of the newest sample read from the log."),
	METER(highest_sent, STAT_GAUGE,
	    REMOTE "queue_highest_sent_timestamp_seconds",
	    "Time of the newest sample delivered or refused."),
	METER(shards, STAT_GAUGE, REMOTE "shards",
	    "Requests allowed at once, as things go."),
	METER(shards_max, STAT_GAUGE, REMOTE "shards_max",
	    "Requests allowed at once, at most."),
	METER(shards_min, STAT_GAUGE, REMOTE "shards_min",
	    "Requests allowed at once, at least."),
	METER(shards_desired, STAT_GAUGE, REMOTE "shards_desired",
	    "Requests that could be under way now."),
	METER(shard_capacity, STAT_GAUGE, REMOTE "shard_capacity",
	    "Entries that one request can take."),
	METER(samples_per_send, STAT_GAUGE, REMOTE "max_samples_per_send",
	    "Samples in one request, at most, but for a backlog."),
	METER(enqueue_retries, STAT_COUNTER, REMOTE "enqueue_retries_total",
	    "Times reading had to wait because all room was taken."),
	METER(clock_offset, STAT_GAUGE, "walship_clock_offset_seconds",
	    "How far the receiver's clock is ahead of this machine's."),
	METER(refused_series, STAT_COUNTER, "walship_series_refused_total",
	    "Series whose labels are too many or too long to be sent."),
	METER(unfit_series, STAT_COUNTER, "walship_series_label_limits_total",
	    "Series with labels beyond the receiver's limits, dropped or "
	    "cut."),
	METER(twin_series, STAT_COUNTER, "walship_series_twins_total",
	    "Series that differ from another by nothing but small and capital "
	    "letters, which the receiver takes for one."),
	METER(merged_series, STAT_COUNTER, "walship_series_made_equal_total",
	    "Series that are sent as one with another of other labels."),
	METER(beyond_series, STAT_COUNTER, "walship_series_over_limit_total",
	    "New series that were dropped because of limits."),
	METER(beyond, STAT_GAUGE, "walship_series_over_limit",
	    "Series that are not sent because of limits, now."),
	METER(relabel_limited, STAT_COUNTER,
	    "walship_relabel_searches_given_up_total",
	    "Searches of relabelling that took too long; taken as no match."),
	METER(damaged, STAT_COUNTER, "walship_wal_damaged_total",
	    "Places where the log breaks its format, skipped over."),
	METER(read_failures, STAT_COUNTER, "walship_wal_read_failures_total",
	    "Times that the log could not be read; it is tried again."),
	METER(torn, STAT_COUNTER, "walship_wal_torn_total",
	    "Records without an end, as an unclean stop leaves them."),
	METER(gap, STAT_COUNTER, "walship_wal_gap_segments_total",
	    "Segments that were deleted before they were read."),
	METER(gap_recovered, STAT_COUNTER,
	    "walship_wal_gap_recovered_samples_total",
	    "Samples of such segments that a checkpoint still held."),
	METER(gap_seconds, STAT_COUNTER, "walship_wal_gap_seconds_total",
	    "Time from the last sample read before such segments to the next "
	    "after it."),
	METER(restarts, STAT_COUNTER, "walship_wal_restarts_total",
	    "Times the log was found begun anew."),
	METER(series, STAT_GAUGE, "walship_series",
	    "Series known to this destination."),
	METER(metadata, STAT_COUNTER, REMOTE "metadata_total",
	    "Metadata entries delivered."),
	METER(metadata_failed, STAT_COUNTER, REMOTE "metadata_failed_total",
	    "Metadata entries not delivered; the next interval has them "
	    "again."),
	METER(metadata_retried, STAT_COUNTER, REMOTE "metadata_retried_total",
	    "Metadata entries in requests that failed and are made again."),
	METER(metadata_bytes, STAT_COUNTER, REMOTE "metadata_bytes_total",
	    "Compressed bytes of metadata requests delivered."),
	METER(metadata_unlisted, STAT_COUNTER,
	    "walship_metadata_fetch_failures_total",
	    "Times that Prometheus, asked at its URL, gave no metadata."),
	METER(metadata_unknown, STAT_COUNTER,
	    "walship_metadata_unknown_series_total",
	    "Metadata entries read of series that the log does not describe."),
	METER(metadata_over, STAT_COUNTER, "walship_metadata_over_limit_total",
	    "Metadata entries not kept: too many, too long, or not right."),
	METER(snapshot_time, STAT_GAUGE, "walship_snapshot_timestamp_seconds",
	    "When the last snapshot of the series was begun; 0: there is "
	    "none."),
	METER(snapshot_size, STAT_GAUGE, "walship_snapshot_size_bytes",
	    "Size of the last snapshot of the series."),
	METER(snapshot_failures, STAT_COUNTER,
	    "walship_snapshot_failures_total",
	    "Snapshots of the series that could not be written."),
	METER(snapshot_recalled, STAT_GAUGE, "walship_snapshot_recalled_series",
	    "Series known from a snapshot at the start; 0: read from the "
	    "log."),
	METER(self_samples, STAT_COUNTER, "walship_self_samples_total",
	    "Samples of self_metrics delivered."),
	METER(self_failed, STAT_COUNTER, "walship_self_samples_failed_total",
	    "Samples of self_metrics that were not delivered; they are not "
	    "sent again."),
	METER(acknowledged_segment, STAT_GAUGE, "walship_acknowledged_segment",
	    "Segment up to which all is acknowledged."),
	METER(acknowledged_offset, STAT_GAUGE,
	    "walship_acknowledged_offset_bytes",
	    "Offset in that segment up to which all is acknowledged."),
	METER(lag, STAT_GAUGE, "walship_oldest_unacknowledged_age_seconds",
	    "Age of the oldest sample read and not settled; 0 if none."),
	METER(skips, STAT_COUNTER, "walship_lag_skips_total",
	    "Times that a throttled destination skipped ahead by max_lag."),
	METER(skipped_seconds, STAT_COUNTER,
	    "walship_lag_skipped_seconds_total",
	    "Time spans of samples that were skipped so."),
};

/* With the label consumer. */
static const struct meter of_watcher[] = {
	METER(undecodable, STAT_COUNTER, WATCHER "record_decode_failures_total",
	    "Records that could not be decoded."),
	METER(pre_tailing, STAT_COUNTER,
	    WATCHER "samples_sent_pre_tailing_total",
	    "Samples sent before the end of the log was reached."),
	METER(current_segment, STAT_GAUGE, WATCHER "current_segment",
	    "Segment being read."),
};

static const struct stat_def duration = {
	.name = REMOTE "sent_batch_duration_seconds",
	.help = "Time from a request to its answer.",
	.type = STAT_HISTOGRAM,
	.bounds = duration_bounds,
	.bounds_len = sizeof(duration_bounds) / sizeof(*duration_bounds),
};

/* The families of a kind. */
struct kind_defs {
	const char *name;
	struct stat_def total, failed, retried, pending, dropped;
};

#define KIND(name_, text_) \
	{ \
		(name_), \
		    { .name = REMOTE name_ "_total", \
			    .help = text_ \
			    " in requests made, retries included." }, \
		    { .name = REMOTE name_ "_failed_total", \
			    .help = text_ " given up after the receiver " \
					  "refused them." }, \
		    { .name = REMOTE name_ "_retried_total", \
			    .help = text_ " in requests that failed and are " \
					  "made again." }, \
		    { .name = REMOTE name_ "_pending", \
			    .help = text_ " read from the log and not " \
					  "settled yet.", \
			    .type = STAT_GAUGE }, \
		    { .name = REMOTE name_ "_dropped_total", \
			    .help = text_ " read from the log and not sent, " \
					  "by reason." }, \
	}

static const struct kind_defs kinds[KEPT_KINDS] = {
	[KEPT_SAMPLE] = KIND("samples", "Samples"),
	[KEPT_EXEMPLAR] = KIND("exemplars", "Exemplars"),
	[KEPT_HISTOGRAM] = KIND("histograms", "Native histograms"),
};

static const struct stat_def given_up = {
	.name = "walship_given_up_total",
	.help = "What was sent and given up, by kind and reason.",
	.type = STAT_COUNTER,
};

static const struct stat_def delivered = {
	.name = "walship_delivered_total",
	.help = "What the receiver accepted, by kind.",
	.type = STAT_COUNTER,
};

static const struct {
	const char *name;
	unsigned int kinds; /* Bits of those that it is said of. */
} drop_reasons[DROP_REASONS] = {
	[DROP_UNKNOWN_SERIES] = { "unintentionally_dropped_series", KINDS_ALL },
	[DROP_BY_RULE] = { "dropped_series", KINDS_ALL },
	[DROP_REFUSED_SERIES] = { "refused_series", KINDS_ALL },
	[DROP_LABEL_LIMITS] = { "label_limits", KINDS_ALL },
	[DROP_SERIES_LIMIT] = { "series_limit", KINDS_ALL },
	[DROP_CUSTOM_BUCKETS] = { "nhcb_in_rw1_not_supported",
	    KIND_BIT(KEPT_HISTOGRAM) },
	[DROP_UNKNOWN_SCHEMA] = { "unknown_schema", KIND_BIT(KEPT_HISTOGRAM) },
	[DROP_TWICE] = { "same_time",
	    KIND_BIT(KEPT_SAMPLE) | KIND_BIT(KEPT_HISTOGRAM) },
	[DROP_LARGE] = { "too_large",
	    KIND_BIT(KEPT_EXEMPLAR) | KIND_BIT(KEPT_HISTOGRAM) },
	[DROP_TOO_OLD] = { "too_old", KINDS_ALL },
	[DROP_FUTURE] = { "future", KINDS_ALL },
	[DROP_MAX_LAG] = { "max_lag", KINDS_ALL },
};

static const char *const fail_reasons[FAIL_REASONS] = {
	[FAIL_REFUSED] = "refused",
	[FAIL_LARGE] = "too_large",
	[FAIL_DUPLICATE] = "duplicate_or_refused",
	[FAIL_POISON] = "poison",
};

static const struct stat_def responses = {
	.name = "walship_responses_total",
	.help = "Requests that ended, by the status of the answer.",
	.type = STAT_COUNTER,
};

/* The first is of no answer, the last four of what is not in the list. */
static const char *const codes[METERS_CODES] = { "none", "200", "202", "204",
	"301", "302", "307", "308", "400", "401", "403", "404", "408", "409",
	"413", "415", "422", "429", "500", "502", "503", "504", "2xx", "3xx",
	"4xx", "5xx" };

static const struct stat_def records = {
	.name = WATCHER "records_read_total",
	.help = "Records read, by type.",
	.type = STAT_COUNTER,
};

static struct stat **
place_of(struct meters *meters, size_t place)
{
	return (struct stat **)(void *)((char *)meters + place);
}

/* Register ${len} meters with these labels; return how many failed. */
static int
add_all(struct meters *meters, struct stats *stats, const struct meter *table,
    size_t len, const char *const labels[])
{
	int missing = 0;
	size_t i;

	for (i = 0; i < len; i++)
		missing += (*place_of(meters, table[i].place) = stats_add(
				stats, &table[i].def, labels)) == NULL;
	return missing;
}

/* Register one stat in ${place}; return 1 if that fails. */
static int
add(struct stat **place, struct stats *stats, const struct stat_def *def,
    const char *const labels[])
{
	*place = stats_add(stats, def, labels);
	return *place == NULL;
}

/* Register what is counted of ${kind}; return how many failed. */
static int
add_kind(struct meters *meters, struct stats *stats, enum kept_kind kind,
    const char *const labels[])
{
	struct kind_meters *to = &meters->kinds[kind];
	const struct kind_defs *defs = &kinds[kind];
	int missing = add(&to->total, stats, &defs->total, labels) +
	    add(&to->failed, stats, &defs->failed, labels) +
	    add(&to->retried, stats, &defs->retried, labels) +
	    add(&to->pending, stats, &defs->pending, labels);
	const char *const kinded[] = { labels[0], labels[1], labels[2],
		labels[3], "kind", defs->name, NULL };
	unsigned int i;

	missing += add(&to->delivered, stats, &delivered, kinded);

	for (i = 0; i < DROP_REASONS; i++) {
		const char *const reasoned[] = { labels[0], labels[1],
			labels[2], labels[3], "reason", drop_reasons[i].name,
			NULL };

		if ((drop_reasons[i].kinds & KIND_BIT(kind)) != 0)
			missing += add(
			    &to->dropped[i], stats, &defs->dropped, reasoned);
	}
	for (i = 0; i < FAIL_REASONS; i++) {
		const char *const reasoned[] = { labels[0], labels[1],
			labels[2], labels[3], "kind", defs->name, "reason",
			fail_reasons[i], NULL };

		missing += add(&to->given_up[i], stats, &given_up, reasoned);
	}
	return missing;
}

/* Register the answers by code; return how many failed. */
static int
add_codes(
    struct meters *meters, struct stats *stats, const char *const labels[])
{
	unsigned int i;
	int missing = 0;

	for (i = 0; i < METERS_CODES; i++) {
		const char *const coded[] = { labels[0], labels[1], labels[2],
			labels[3], "code", codes[i], NULL };

		missing += add(&meters->responses[i], stats, &responses, coded);
	}
	return missing;
}

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

int
meters_init(struct meters *meters, struct stats *stats, const char *name,
    const char *url)
{
	const char *const remote[] = { "remote_name", name, "url", url, NULL };
	const char *const watcher[] = { "consumer", name, NULL };
	unsigned int i;
	int missing;

	memset(meters, 0, sizeof(*meters));
	missing = add_all(meters, stats, of_remote, COUNT(of_remote), remote) +
	    add_all(meters, stats, of_watcher, COUNT(of_watcher), watcher) +
	    add(&meters->duration, stats, &duration, remote) +
	    add_codes(meters, stats, remote);
	for (i = 0; i < KEPT_KINDS; i++)
		missing += add_kind(meters, stats, i, remote);
	for (i = 0; i < WAL_TYPES; i++) {
		const char *const typed[] = { "consumer", name, "type",
			wal_type_name(i), NULL };

		missing += add(&meters->records[i], stats, &records, typed);
	}
	return missing > 0 ? -1 : 0;
}

void
meters_answer(struct meters *meters, int status)
{
	char text[16];
	unsigned int i = 0;

	if (status > 0) {
		(void)snprintf(text, sizeof(text), "%d", status);
		for (i = 1; i < METERS_CODES - 4; i++)
			if (strcmp(codes[i], text) == 0)
				break;
		if (i == METERS_CODES - 4)
			i += (unsigned int)status / 100 - 2;
	}
	if (i < METERS_CODES)
		stat_inc(meters->responses[i]);
}

const char *
meters_drop_reason(enum drop_reason reason)
{
	return drop_reasons[reason].name;
}

const char *
meters_fail_reason(enum fail_reason reason)
{
	return fail_reasons[reason];
}

double
meters_answers(const struct meters *meters, int hundreds)
{
	double sum = 0;
	unsigned int i;

	for (i = 0; i < METERS_CODES; i++)
		if (codes[i][0] == '0' + hundreds)
			sum += stat_value(meters->responses[i]);
	return sum;
}

double
meters_ends(const struct meters *meters)
{
	double sum = 0;
	unsigned int i;

	for (i = 0; i < METERS_CODES; i++)
		sum += stat_value(meters->responses[i]);
	return sum;
}

void
meters_release(struct meters *meters)
{
	struct stat **stat = (struct stat **)(void *)meters;
	size_t i;

	/* There is nothing else in it. */
	for (i = 0; i < sizeof(*meters) / sizeof(*stat); i++)
		stats_remove(stat[i]);
	memset(meters, 0, sizeof(*meters));
}
