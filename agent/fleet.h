/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/fleet.h - all destinations, as the configuration has them.
 */
#ifndef AGENT_FLEET_H
#define AGENT_FLEET_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/base/stats.h"
#include "agent/base/worker.h"
#include "agent/config/config.h"
#include "agent/http/http.h"
#include "agent/series/labelset.h"

/* All of it must outlive the fleet. */
struct fleet_options {
	struct clock *clock;
	struct worker *worker;
	struct http *http;
	struct stats *stats;
	struct labelsets *sets;
	const struct config *config;
	const char *wal_dir;

	void (*drained)(void *arg); /* After fleet_stop: all is done. */
	void (*failed)(void *arg);  /* Out of memory, and samples lost by it. */
	void *arg;
};

struct fleet;

/* NULL, and a line in the log, if it cannot be. */
struct fleet *fleet_new(const struct fleet_options *options);

/* Save all positions, drop what is on its way, free.  Do nothing to NULL. */
void fleet_free(struct fleet *fleet);

/* The log may have grown. */
void fleet_poke(struct fleet *fleet);

/* Send what there is, and call drained when all of it is settled. */
void fleet_stop(struct fleet *fleet);

/* Log what is not settled, as what stays behind. */
void fleet_tell_unsettled(const struct fleet *fleet);

/* Whether all are ready; else append to ${why} how far they are. */
bool fleet_ready(const struct fleet *fleet, struct buf *why);

#endif /* AGENT_FLEET_H */
