/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/spool/gauges.h"

static const struct stat_def mode_def = {
	.name = "walship_spool_mode",
	.help = "How segments of the log are held until they are shipped.",
	.type = STAT_GAUGE,
};

static const struct stat_def segments_def = {
	.name = "walship_spool_segments",
	.help = "Segments of the log that are held.",
	.type = STAT_GAUGE,
};

static const struct stat_def pinned_def = {
	.name = "walship_spool_pinned_bytes",
	.help = "Bytes of held segments that nothing else keeps on the disk.",
	.type = STAT_GAUGE,
};

static const struct stat_def refused_def = {
	.name = "walship_spool_refused_total",
	.help = "Segments that could not be held when they were met.",
	.type = STAT_COUNTER,
};

static const struct stat_def let_go_def = {
	.name = "walship_spool_let_go_total",
	.help = "Segments that are held no more, by reason.",
	.type = STAT_COUNTER,
};

static const char *const reasons[SPOOL_REASONS] = {
	[SPOOL_READ] = "read",
	[SPOOL_AGE] = "age",
	[SPOOL_UNBELIEVED] = "unbelieved",
	[SPOOL_MISSING] = "missing",
	[SPOOL_MAX_BYTES] = "max_bytes",
	[SPOOL_MAX_AGE] = "max_age",
	[SPOOL_MIN_FREE] = "min_free",
};

const char *
gauges_reason(enum spool_reason reason)
{
	return reasons[reason];
}

int
gauges_init(struct gauges *gauges, struct stats *stats)
{
	static const char *const none[] = { NULL };
	size_t i;

	*gauges = (struct gauges){
		.stats = stats,
		.segments = stats_add(stats, &segments_def, none),
		.pinned = stats_add(stats, &pinned_def, none),
		.refused = stats_add(stats, &refused_def, none),
	};
	for (i = 0; i < SPOOL_REASONS; i++) {
		const char *const labels[] = { "reason", reasons[i], NULL };

		gauges->let_go[i] = stats_add(stats, &let_go_def, labels);
		if (gauges->let_go[i] == NULL)
			return -1;
	}
	return gauges->segments != NULL && gauges->pinned != NULL &&
		gauges->refused != NULL
	    ? 0
	    : -1;
}

void
gauges_release(struct gauges *gauges)
{
	size_t i;

	stats_remove(gauges->mode);
	stats_remove(gauges->segments);
	stats_remove(gauges->pinned);
	stats_remove(gauges->refused);
	for (i = 0; i < SPOOL_REASONS; i++)
		stats_remove(gauges->let_go[i]);
	*gauges = (struct gauges){ 0 };
}

int
gauges_mode(struct gauges *gauges, const char *mode)
{
	const char *const labels[] = { "mode", mode, NULL };

	stats_remove(gauges->mode);
	gauges->mode = stats_add(gauges->stats, &mode_def, labels);
	stat_set(gauges->mode, 1);
	return gauges->mode != NULL ? 0 : -1;
}

void
gauges_let_go(struct gauges *gauges, enum spool_reason reason)
{
	stat_inc(gauges->let_go[reason]);
}
