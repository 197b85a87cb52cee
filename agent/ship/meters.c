/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/ship/meters.h"

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
	METER(samples, STAT_COUNTER, REMOTE "samples_total",
	    "Samples in requests made, retries included."),
	METER(failed, STAT_COUNTER, REMOTE "samples_failed_total",
	    "Samples dropped because the receiver refused them."),
	METER(retried, STAT_COUNTER, REMOTE "samples_retried_total",
	    "Samples in requests that failed and are made again."),
	METER(pending, STAT_GAUGE, REMOTE "samples_pending",
	    "Samples read from the log and not settled yet."),
	METER(exemplars, STAT_COUNTER, REMOTE "exemplars_total",
	    "Exemplars in requests made, retries included."),
	METER(exemplars_failed, STAT_COUNTER, REMOTE "exemplars_failed_total",
	    "Exemplars dropped because the receiver refused them."),
	METER(exemplars_retried, STAT_COUNTER, REMOTE "exemplars_retried_total",
	    "Exemplars in requests that failed and are made again."),
	METER(exemplars_pending, STAT_GAUGE, REMOTE "exemplars_pending",
	    "Exemplars read from the log and not settled yet."),
	METER(histograms, STAT_COUNTER, REMOTE "histograms_total",
	    "Native histograms in requests made, retries included."),
	METER(histograms_failed, STAT_COUNTER, REMOTE "histograms_failed_total",
	    "Native histograms dropped because the receiver refused them."),
	METER(histograms_retried, STAT_COUNTER,
	    REMOTE "histograms_retried_total",
	    "Native histograms in requests that failed and are made again."),
	METER(histograms_pending, STAT_GAUGE, REMOTE "histograms_pending",
	    "Native histograms read from the log and not settled yet."),
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
	METER(samples_per_send, STAT_GAUGE, REMOTE "max_samples_per_send",
	    "Samples in one request, at most."),
	METER(refused_series, STAT_COUNTER, "walship_series_refused_total",
	    "Series whose labels are too many or too long to be sent."),
	METER(damaged, STAT_COUNTER, "walship_wal_damaged_total",
	    "Places where the log breaks its format, skipped over."),
	METER(torn, STAT_COUNTER, "walship_wal_torn_total",
	    "Records without an end, as an unclean stop leaves them."),
	METER(gap, STAT_COUNTER, "walship_wal_gap_segments_total",
	    "Segments that were deleted before they were read."),
	METER(restarts, STAT_COUNTER, "walship_wal_restarts_total",
	    "Times the log was found begun anew."),
	METER(series, STAT_GAUGE, "walship_series",
	    "Series known to this destination."),
	METER(acknowledged_segment, STAT_GAUGE, "walship_acknowledged_segment",
	    "Segment up to which all is acknowledged."),
	METER(acknowledged_offset, STAT_GAUGE,
	    "walship_acknowledged_offset_bytes",
	    "Offset in that segment up to which all is acknowledged."),
	METER(lag, STAT_GAUGE, "walship_oldest_unacknowledged_age_seconds",
	    "Age of the oldest sample read and not settled; 0 if none."),
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

/* What was read and cannot be sent, by reason. */
static const struct stat_def samples_dropped = {
	.name = REMOTE "samples_dropped_total",
	.help = "Samples read from the log and not sent, by reason.",
	.type = STAT_COUNTER,
};
static const struct stat_def exemplars_dropped = {
	.name = REMOTE "exemplars_dropped_total",
	.help = "Exemplars read from the log and not sent, by reason.",
	.type = STAT_COUNTER,
};
static const struct stat_def histograms_dropped = {
	.name = REMOTE "histograms_dropped_total",
	.help = "Native histograms read from the log and not sent, by reason.",
	.type = STAT_COUNTER,
};

/* A way to be dropped. */
struct drop {
	size_t place; /* Offset in struct meters. */
	const struct stat_def *def;
	const char *reason;
};

static const struct drop drops[] = {
	{ offsetof(struct meters, unknown_refs), &samples_dropped,
	    "unintentionally_dropped_series" },
	{ offsetof(struct meters, unknown_exemplars), &exemplars_dropped,
	    "unintentionally_dropped_series" },
	{ offsetof(struct meters, unknown_histograms), &histograms_dropped,
	    "unintentionally_dropped_series" },
	{ offsetof(struct meters, custom_histograms), &histograms_dropped,
	    "nhcb_in_rw1_not_supported" },
	{ offsetof(struct meters, unknown_schemas), &histograms_dropped,
	    "unknown_schema" },
	{ offsetof(struct meters, large_exemplars), &exemplars_dropped,
	    "too_large" },
	{ offsetof(struct meters, large_histograms), &histograms_dropped,
	    "too_large" },
};

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

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

int
meters_init(struct meters *meters, struct stats *stats, const char *name,
    const char *url)
{
	const char *const remote[] = { "remote_name", name, "url", url, NULL };
	const char *const watcher[] = { "consumer", name, NULL };
	unsigned int type;
	int missing;
	size_t i;

	memset(meters, 0, sizeof(*meters));
	missing = add_all(meters, stats, of_remote, COUNT(of_remote), remote) +
	    add_all(meters, stats, of_watcher, COUNT(of_watcher), watcher);
	meters->duration = stats_add(stats, &duration, remote);
	missing += meters->duration == NULL;
	for (i = 0; i < COUNT(drops); i++) {
		const char *const reasoned[] = { "remote_name", name, "url",
			url, "reason", drops[i].reason, NULL };
		struct stat **place = place_of(meters, drops[i].place);

		*place = stats_add(stats, drops[i].def, reasoned);
		missing += *place == NULL;
	}
	for (type = 0; type < WAL_TYPES; type++) {
		const char *const typed[] = { "consumer", name, "type",
			wal_type_name(type), NULL };

		meters->records[type] = stats_add(stats, &records, typed);
		missing += meters->records[type] == NULL;
	}
	return missing > 0 ? -1 : 0;
}

void
meters_release(struct meters *meters)
{
	unsigned int type;
	size_t i;

	for (i = 0; i < COUNT(of_remote); i++)
		stats_remove(*place_of(meters, of_remote[i].place));
	for (i = 0; i < COUNT(of_watcher); i++)
		stats_remove(*place_of(meters, of_watcher[i].place));
	stats_remove(meters->duration);
	for (i = 0; i < COUNT(drops); i++)
		stats_remove(*place_of(meters, drops[i].place));
	for (type = 0; type < WAL_TYPES; type++)
		stats_remove(meters->records[type]);
	memset(meters, 0, sizeof(*meters));
}
