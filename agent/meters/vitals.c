/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/meters/vitals.h"
#include "agent/spool/gauges.h"

/* Those that are as they are in the meters of a destination, */
static const struct {
	const char *name;
	size_t place; /* Offset in struct meters. */
} of_meters[] = {
	{ "walship_oldest_unacknowledged_age_seconds",
	    offsetof(struct meters, lag) },
	{ "walship_acknowledged_segment",
	    offsetof(struct meters, acknowledged_segment) },
	{ "walship_acknowledged_offset_bytes",
	    offsetof(struct meters, acknowledged_offset) },
	{ "walship_wal_damaged_total", offsetof(struct meters, damaged) },
	{ "walship_wal_gap_segments_total", offsetof(struct meters, gap) },
	{ "walship_clock_offset_seconds",
	    offsetof(struct meters, clock_offset) },
};

/* and those that go for the whole of the agent, with their names there. */
static const struct {
	const char *name, *there;
} of_agent[] = {
	{ "walship_start_time_seconds", "process_start_time_seconds" },
	{ "walship_config_last_reload_successful",
	    "walship_config_last_reload_successful" },
	{ "walship_spool_pinned_bytes", "walship_spool_pinned_bytes" },
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Samples, and histograms, which are samples as well. */
static double
both(const struct stat *samples, const struct stat *histograms)
{
	return stat_value(samples) + stat_value(histograms);
}

/* What was read and not sent, though no rule says so. */
static double
dropped(const struct kind_meters *samples, const struct kind_meters *histograms)
{
	double sum = 0;
	unsigned int i;

	for (i = 0; i < DROP_REASONS; i++)
		if (i != DROP_BY_RULE)
			sum +=
			    both(samples->dropped[i], histograms->dropped[i]);
	return sum;
}

/* Segments that were held, and let go of before they were shipped. */
static double
lost_segments(const struct stats *stats)
{
	const char *labels[] = { "reason", NULL, NULL };
	double sum = 0;
	unsigned int i;

	for (i = 0; i < SPOOL_REASONS; i++) {
		labels[1] = gauges_reason(i);
		if (i != SPOOL_READ && i != SPOOL_AGE)
			sum += stat_value(stats_find(
			    stats, "walship_spool_let_go_total", labels));
	}
	return sum;
}

size_t
vitals_read(const struct meters *meters, struct stats *stats,
    struct vital ret[VITALS_MAX])
{
	static const char *const none[] = { NULL };
	const struct kind_meters *samples = &meters->kinds[KEPT_SAMPLE];
	const struct kind_meters *histograms = &meters->kinds[KEPT_HISTOGRAM];
	const struct vital first[] = {
		{ "walship_build_info", PACKAGE_VERSION, 1 },
		{ "walship_samples_total", NULL,
		    both(samples->total, histograms->total) },
		{ "walship_samples_failed_total", NULL,
		    both(samples->failed, histograms->failed) },
		{ "walship_samples_retried_total", NULL,
		    both(samples->retried, histograms->retried) },
		{ "walship_samples_dropped_total", NULL,
		    dropped(samples, histograms) },
		{ "walship_spool_lost_segments_total", NULL,
		    lost_segments(stats) },
	};
	size_t i, len = 0;

	_Static_assert(
	    COUNT(first) + COUNT(of_meters) + COUNT(of_agent) <= VITALS_MAX,
	    "they must fit");
	for (i = 0; i < COUNT(first); i++)
		ret[len++] = first[i];
	for (i = 0; i < COUNT(of_meters); i++)
		ret[len++] = (struct vital){
			.name = of_meters[i].name,
			.value = stat_value(*(struct stat *const *)(const void
				*)((const char *)meters + of_meters[i].place)),
		};
	for (i = 0; i < COUNT(of_agent); i++)
		ret[len++] = (struct vital){
			.name = of_agent[i].name,
			.value = stat_value(
			    stats_find(stats, of_agent[i].there, none)),
		};
	return len;
}
