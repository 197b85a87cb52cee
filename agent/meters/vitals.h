/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/meters/vitals.h - what walship says of itself where it sends samples.
 *
 * A dozen series that tell whether it runs, whether it keeps up, and what is
 * lost; those of /metrics by their names there, or sums of such.
 */
#ifndef AGENT_METERS_VITALS_H
#define AGENT_METERS_VITALS_H

#include <stddef.h>

#include "agent/base/stats.h"
#include "agent/meters/meters.h"

#define VITALS_MAX 16u

struct vital {
	const char *name;
	const char *version; /* The value of such a label, or NULL: none. */
	double value;
};

/**
 * vitals_read(meters, stats, ret):
 * Store in ${ret} what there is to say to the destination of ${meters}, whose
 * registry is ${stats}, now.  Return how many.
 */
size_t vitals_read(const struct meters *meters, struct stats *stats,
    struct vital ret[VITALS_MAX]);

#endif /* AGENT_METERS_VITALS_H */
