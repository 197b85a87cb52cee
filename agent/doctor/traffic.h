/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/doctor/traffic.h - what a destination would be sent of the log.
 *
 * The log is read as it is now, as far as TRAFFIC_TIME allows, and judged by
 * the destination's own rules: how much it is, what of it comes too late, and
 * which series the receiver would not take.
 */
#ifndef AGENT_DOCTOR_TRAFFIC_H
#define AGENT_DOCTOR_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/config/config.h"
#include "agent/series/fit.h"

#define TRAFFIC_TIME (15 * CLOCK_SEC) /* That is read, at most. */
#define TRAFFIC_NAME_MAX 128u         /* Bytes of a metric's name shown. */
#define TRAFFIC_SERIES_MAX 250000u    /* Refs that are looked at. */

/* Zeroed, it is empty. */
struct traffic {
	bool read;       /* As far as there was time. */
	bool whole;      /* To the end. */
	uint64_t series; /* That are sent; and those not taken, */
	uint64_t unfit;  /* for the last reason of ... */
	enum fit why;    /* ... these. */
	char unfit_name[TRAFFIC_NAME_MAX]; /* Of such a series; "". */
	uint64_t samples; /* Of series that are sent, after the checkpoint. */
	uint64_t late;    /* Of them, when written beyond the age limit. */
	char late_name[TRAFFIC_NAME_MAX];
	int64_t late_by;     /* The most, milliseconds. */
	int64_t first, last; /* Of their times, ms since 1970. */
};

/**
 * traffic_read(traffic, clock, config, remote, wal_dir):
 * Read the log ${wal_dir} as it is for ${remote} of ${config}.  Return -1, with
 * errno, if it cannot be read at all.
 */
int traffic_read(struct traffic *traffic, struct clock *clock,
    const struct config *config, const struct config_remote *remote,
    const char *wal_dir);

/* How many samples there are a minute; 0 if that cannot be told. */
uint64_t traffic_per_minute(const struct traffic *traffic);

/* It is then empty. */
void traffic_release(struct traffic *traffic);

#endif /* AGENT_DOCTOR_TRAFFIC_H */
