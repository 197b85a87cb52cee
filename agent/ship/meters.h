/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/ship/meters.h - what is counted of a destination.
 *
 * Prometheus's own names, labels and ways of counting where it has them, so
 * that its dashboards and alerts fit; walship_* for the rest.
 */
#ifndef AGENT_SHIP_METERS_H
#define AGENT_SHIP_METERS_H

#include "agent/base/stats.h"
#include "wal/record.h"

struct meters {
	/* Of requests.  Samples are counted by attempt, as Prometheus does. */
	struct stat *samples;      /* Attempted, retries included. */
	struct stat *failed;       /* Dropped because the receiver refused. */
	struct stat *retried;      /* That have to be sent again. */
	struct stat *pending;      /* In batches that are not settled. */
	struct stat *bytes;        /* Compressed, of batches settled. */
	struct stat *duration;     /* Seconds from request to answer. */
	struct stat *highest;      /* Seconds: newest sample read. */
	struct stat *highest_sent; /* Seconds: newest sample settled. */
	struct stat *shards;       /* Requests allowed at once. */
	struct stat *shards_max;
	struct stat *shards_min;
	struct stat *shards_desired;
	struct stat *samples_per_send;

	/* The same of the other kinds. */
	struct stat *exemplars, *exemplars_failed, *exemplars_retried;
	struct stat *exemplars_pending;
	struct stat *histograms, *histograms_failed, *histograms_retried;
	struct stat *histograms_pending;

	/* Of reading. */
	struct stat *records[WAL_TYPES]; /* By type; [0] is unknown. */
	struct stat *undecodable;        /* Records. */
	struct stat *pre_tailing; /* Always 0: nothing is sent untimely. */
	struct stat *current_segment;
	struct stat *unknown_refs; /* Samples whose series is not known. */
	struct stat *unknown_exemplars, *unknown_histograms; /* Likewise. */
	struct stat *custom_histograms; /* Not to be sent by 1.0. */
	struct stat *unknown_schemas;   /* Histograms that nobody can read. */
	struct stat *large_exemplars, *large_histograms; /* Too large. */
	struct stat *refused_series;
	struct stat *damaged;  /* Places. */
	struct stat *torn;     /* Records without an end. */
	struct stat *gap;      /* Segments gone before they were read. */
	struct stat *restarts; /* Logs begun anew. */
	struct stat *series;

	/* Of progress. */
	struct stat *acknowledged_segment;
	struct stat *acknowledged_offset;
	struct stat *lag; /* Seconds: age of the oldest sample not settled. */
};

/**
 * meters_init(meters, stats, name, url):
 * Register the meters of the destination ${name}, which sends to ${url} (as
 * it may be shown).  Return -1, to be released all the same, if there is no
 * memory.
 */
int meters_init(struct meters *meters, struct stats *stats, const char *name,
    const char *url);

/* Take the meters out of their registry. */
void meters_release(struct meters *meters);

#endif /* AGENT_SHIP_METERS_H */
