/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/meters/minute.h - the line that sums up what a receiver had, each minute.
 *
 *   msg="Metric packets published in last 1 minute" remote=azure
 *   avgBytesPerRequest=19713 avgRequestDurationInSec=0.023 failedPublishing=0
 *   successfullyPublished=122 samples=61000 retried=0 dropped=0 given_up=0
 *   pending=500 lag_seconds=4
 *
 * (on one line): the words by which users of Azure's own sender know it, and
 * after them ours.
 */
#ifndef AGENT_METERS_MINUTE_H
#define AGENT_METERS_MINUTE_H

#include "agent/base/clock.h"
#include "agent/base/stats.h"
#include "agent/config/config.h"
#include "agent/meters/meters.h"

#define MINUTE_PERIOD (60 * CLOCK_SEC)

/* All of it must outlive it. */
struct minute_options {
	struct clock *clock;
	const struct config_remote *remote;
	const struct meters *meters; /* Of the destination, and */
	struct stats *stats;         /* their registry. */
};

struct minute;

/* The first line is after a minute.  NULL if there is no memory. */
struct minute *minute_new(const struct minute_options *options);

/* There is no further line. */
void minute_stop(struct minute *minute);

/* Do nothing to NULL. */
void minute_free(struct minute *minute);

/* The receiver is that of ${remote}, which must outlive the minute, now. */
void minute_tune(struct minute *minute, const struct config_remote *remote);

#endif /* AGENT_METERS_MINUTE_H */
