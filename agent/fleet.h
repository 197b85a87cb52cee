/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/fleet.h - all destinations, as the configuration has them.
 *
 * A configuration can be put in the place of another while they are at work.
 * Nothing waits for the network then, and no receiver notices what is done
 * with another.
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
#include "agent/ship/situation.h"
#include "agent/spool/spool.h"

/* A fifth of the shortest batch_send_deadline, between these. */
#define FLEET_REST_MIN (50 * CLOCK_MSEC)
#define FLEET_REST_MAX (1000 * CLOCK_MSEC)

/* All of it must outlive the fleet. */
struct fleet_options {
	struct clock *clock;
	struct worker *worker;
	struct http *http;
	struct stats *stats;
	struct labelsets *sets;
	const char *state_dir;
	const char *wal_dir;
	struct spool *spool; /* Holds what is to be read; or NULL. */

	void (*drained)(void *arg); /* After fleet_stop: all is done. */
	void (*failed)(void *arg);  /* Out of memory, and samples lost by it. */
	void *arg;
};

struct fleet;

/* What became of the destinations, by their number. */
struct fleet_changes {
	unsigned int kept;    /* Untouched. */
	unsigned int tuned;   /* They go on, and are sent to otherwise. */
	unsigned int renewed; /* Begun anew at their places, series and all. */
	unsigned int added;
	unsigned int removed; /* Their places are remembered; see places.h. */
};

/* A fleet of none; NULL, and a line in the log, if it cannot be. */
struct fleet *fleet_new(const struct fleet_options *options);

/* Save all positions, drop what is on its way, free.  Do nothing to NULL. */
void fleet_free(struct fleet *fleet);

/**
 * fleet_apply(fleet, config, ret):
 * Have the destinations that ${config}, of which shares are kept, says, and
 * tell in ${ret} what became of those there were.  Which entry is whose is
 * told by its place: a destination whose entry is as it was is not touched;
 * one that is only sent to otherwise goes on, with what was on the wire made
 * again; any other begins anew where it was.  Return -1 if there is no memory:
 * then some of them may be missing, and a fleet like that is to be freed.  One
 * that stops stays as it is.
 */
int fleet_apply(
    struct fleet *fleet, struct config *config, struct fleet_changes *ret);

/**
 * fleet_poke(fleet):
 * The log may have grown.  Return for how long it may go on growing before the
 * fleet is poked again, in microseconds: the more is read at once, the less a
 * sample costs, and nobody waits for what is cut later anyway.
 */
uint64_t fleet_poke(struct fleet *fleet);

/* Send what there is, and call drained when all of it is settled. */
void fleet_stop(struct fleet *fleet);

/* Log what is not settled, as what stays behind. */
void fleet_tell_unsettled(const struct fleet *fleet);

/**
 * fleet_look(fleet, ret, ret_bytes):
 * Store how each destination stands in ${ret}, which has room for
 * CONFIG_REMOTES_MAX, in the order of the configuration, and in ${ret_bytes} how
 * much memory is counted against limits.memory.  Return how many there are.
 */
size_t fleet_look(
    const struct fleet *fleet, struct situation *ret, uint64_t *ret_bytes);

/* Whether all are ready; else append to ${why} how far they are. */
bool fleet_ready(const struct fleet *fleet, struct buf *why);

#endif /* AGENT_FLEET_H */
