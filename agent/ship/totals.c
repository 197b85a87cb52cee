/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/ship/totals.h"

#define REMOTE "prometheus_remote_storage_"

static const struct stat_def in[KEPT_KINDS] = {
	[KEPT_SAMPLE] = {
		.name = REMOTE "samples_in_total",
		.help = "Samples read from the log, once for all receivers.",
		.type = STAT_COUNTER,
	},
	[KEPT_EXEMPLAR] = {
		.name = REMOTE "exemplars_in_total",
		.help = "Exemplars read from the log, once for all receivers.",
		.type = STAT_COUNTER,
	},
	[KEPT_HISTOGRAM] = {
		.name = REMOTE "histograms_in_total",
		.help = "Native histograms read from the log, once for all "
			"receivers.",
		.type = STAT_COUNTER,
	},
};

static const struct stat_def highest = {
	.name = REMOTE "highest_timestamp_in_seconds",
	.help = "Time of the newest sample read from the log by any.",
	.type = STAT_GAUGE,
};

int
totals_init(struct totals *totals, struct stats *stats)
{
	static const char *const none[] = { NULL };
	int missing = 0;
	unsigned int i;

	*totals = (struct totals){ 0 };
	for (i = 0; i < KEPT_KINDS; i++) {
		totals->in[i] = stats_add(stats, &in[i], none);
		missing += totals->in[i] == NULL;
	}
	totals->highest = stats_add(stats, &highest, none);
	missing += totals->highest == NULL;
	return missing > 0 ? -1 : 0;
}

void
totals_release(struct totals *totals)
{
	unsigned int i;

	for (i = 0; i < KEPT_KINDS; i++)
		stats_remove(totals->in[i]);
	stats_remove(totals->highest);
	*totals = (struct totals){ 0 };
}

void
totals_read(struct totals *totals, const struct kept_record *record)
{
	uint32_t counts[KEPT_KINDS] = { 0 };
	int64_t newest = 0;
	struct position_point at;
	size_t i;

	if (totals == NULL || record->end.inside != 0)
		return;
	at = position_point(&record->end);
	if (position_compare(at, totals->furthest) <= 0)
		return;
	totals->furthest = at;
	for (i = 0; i < record->len; i++) {
		counts[record->kept[i].kind]++;
		if (record->kept[i].time > newest)
			newest = record->kept[i].time;
	}
	for (i = 0; i < KEPT_KINDS; i++)
		stat_add(totals->in[i], counts[i]);
	if ((double)newest / 1000 > stat_value(totals->highest))
		stat_set(totals->highest, (double)newest / 1000);
}
