/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/meters/meters.h - what is counted of a destination.
 *
 * Prometheus's own names, labels and ways of counting where it has them, so
 * that its dashboards and alerts fit; walship_* for the rest.
 */
#ifndef AGENT_METERS_METERS_H
#define AGENT_METERS_METERS_H

#include "agent/base/stats.h"
#include "agent/meters/kind.h"
#include "wal/record.h"

/* Why what was read is not sent; a reason may be one of some kinds only. */
enum drop_reason {
	DROP_UNKNOWN_SERIES, /* The log does not describe its series. */
	DROP_BY_RULE,        /* A rule drops its series. */
	DROP_REFUSED_SERIES, /* Its series has too many or too long labels. */
	DROP_LABEL_LIMITS,   /* The receiver takes no such labels. */
	DROP_SERIES_LIMIT,   /* There was no room for its series. */
	DROP_CUSTOM_BUCKETS, /* Remote write 1.0 has no field for them. */
	DROP_UNKNOWN_SCHEMA, /* Nobody can read such a histogram. */
	DROP_TWICE,          /* Its series had one of that time. */
	DROP_LARGE,          /* No request could hold it. */
	DROP_TOO_OLD,        /* Older than sample_age_limit. */
	DROP_FUTURE,         /* Further ahead than the receiver takes. */
	DROP_MAX_LAG,        /* Older than max_lag while throttled. */
	DROP_REASONS,
};

/* Why what was sent is given up. */
enum fail_reason {
	FAIL_REFUSED,   /* The receiver does not want it. */
	FAIL_LARGE,     /* Too large for the receiver, though alone. */
	FAIL_DUPLICATE, /* Refused, and may have been delivered before. */
	FAIL_POISON,    /* The receiver fails by it, and by nothing else. */
	FAIL_REASONS,
};

/* What is counted of each kind, as Prometheus does: by attempt. */
struct kind_meters {
	struct stat *total;     /* Attempted, retries included. */
	struct stat *failed;    /* Given up, for whatever reason. */
	struct stat *retried;   /* That have to be sent again. */
	struct stat *delivered; /* That the receiver accepted. */
	struct stat *pending;   /* In batches that are not settled. */
	struct stat *dropped[DROP_REASONS];
	struct stat *given_up[FAIL_REASONS];
};

/* Statuses that are counted one by one, and classes for the others. */
#define METERS_CODES 26u

/* Every member is a struct stat *, or an array of them. */
struct meters {
	/* Of requests. */
	struct kind_meters kinds[KEPT_KINDS];
	struct stat *responses[METERS_CODES];
	struct stat *bytes;        /* Compressed, of requests settled. */
	struct stat *duration;     /* Seconds from request to answer. */
	struct stat *highest;      /* Seconds: newest sample read. */
	struct stat *highest_sent; /* Seconds: newest sample settled. */
	struct stat *shards;       /* Requests allowed at once. */
	struct stat *shards_max;
	struct stat *shards_min;
	struct stat *shards_desired;
	struct stat *shard_capacity;
	struct stat *samples_per_send;
	struct stat *enqueue_retries; /* Times reading found no room. */
	struct stat *clock_offset;    /* Seconds: of the receiver's clock. */

	/* Of reading. */
	struct stat *records[WAL_TYPES]; /* By type; [0] is unknown. */
	struct stat *undecodable;        /* Records. */
	struct stat *pre_tailing; /* Always 0: nothing is sent untimely. */
	struct stat *current_segment;
	struct stat *refused_series;
	struct stat *unfit_series;    /* Dropped or cut, by label_limits. */
	struct stat *twin_series;     /* One with another but for its case. */
	struct stat *merged_series;   /* Sent as another one. */
	struct stat *beyond_series;   /* New ones, by limits. */
	struct stat *beyond;          /* Refs without a series by that, now. */
	struct stat *relabel_limited; /* Searches that were given up. */
	struct stat *damaged;         /* Places. */
	struct stat *read_failures;   /* Times the log could not be read. */
	struct stat *torn;            /* Records without an end. */
	struct stat *gap;             /* Segments gone before they were read. */
	struct stat *gap_recovered;   /* Samples of them, in checkpoints. */
	struct stat *gap_seconds;     /* Of which something may be missing. */
	struct stat *restarts;        /* Logs begun anew. */
	struct stat *series;

	/* Of the series kept for the next start. */
	struct stat *snapshot_time;     /* Seconds since 1970: the last one. */
	struct stat *snapshot_size;     /* Bytes. */
	struct stat *snapshot_failures; /* To write one. */
	struct stat *snapshot_recalled; /* Series. */

	/* Of metadata, by the metric. */
	struct stat *metadata; /* Delivered: as Prometheus counts these. */
	struct stat *metadata_failed, *metadata_retried;
	struct stat *metadata_bytes;    /* Compressed, delivered. */
	struct stat *metadata_unlisted; /* Times Prometheus did not list it. */
	struct stat *metadata_unknown;  /* In the log, of unknown series. */
	struct stat *metadata_over;     /* Too many, too long, or no memory. */

	/* Of self_metrics: samples of our own. */
	struct stat *self_samples, *self_failed;

	/* Of progress. */
	struct stat *acknowledged_segment;
	struct stat *acknowledged_offset;
	struct stat *lag;   /* Seconds: age of the oldest sample not settled. */
	struct stat *skips; /* Ahead, by max_lag; and of so many... */
	struct stat *skipped_seconds; /* ... of samples. */
};

/**
 * meters_init(meters, stats, name, url):
 * Register the meters of the destination ${name}, which sends to ${url} (as
 * it may be shown).  Return -1, to be released all the same, if there is no
 * memory.
 */
int meters_init(struct meters *meters, struct stats *stats, const char *name,
    const char *url);

/* Count an answer of ${status}; 0: there was none. */
void meters_answer(struct meters *meters, int status);

/* The words by which reasons are told apart. */
const char *meters_drop_reason(enum drop_reason reason);
const char *meters_fail_reason(enum fail_reason reason);

/* How many answers there were of the class ${hundreds}, as 2 for 2xx. */
double meters_answers(const struct meters *meters, int hundreds);

/* How many requests ended, answered or not. */
double meters_ends(const struct meters *meters);

/* Take the meters out of their registry. */
void meters_release(struct meters *meters);

#endif /* AGENT_METERS_METERS_H */
