/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/ship/destination.h - one entry of remote_write, from log to receiver.
 *
 * Each destination reads the log for itself, and holds in memory only its
 * series and its window: when the window is full it stops reading, and the
 * log is the queue.  How far it has come is saved, and read on from in a later
 * life.  Nothing here blocks, and a turn is bounded.
 */
#ifndef AGENT_SHIP_DESTINATION_H
#define AGENT_SHIP_DESTINATION_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/base/stats.h"
#include "agent/config/config.h"
#include "agent/http/http.h"
#include "agent/position/place.h"
#include "agent/series/labelset.h"
#include "agent/series/room.h"

/* A turn of a destination ends after this long, or this many records. */
#define DESTINATION_TURN (10 * CLOCK_MSEC)
#define DESTINATION_RECORDS 4096u

/* Of so many bytes of log without coming to its end, there is a backlog. */
#define DESTINATION_BEHIND (1u << 20)

struct graveyard;
struct legacy;
struct situation;
struct spool;
struct tokens;
struct totals;

/* All of it must outlive the destination. */
struct destination_options {
	struct clock *clock;
	struct http *http;
	struct tokens *tokens; /* NULL if the entry needs none. */
	struct stats *stats;
	struct totals *totals; /* Of all that read this log; may be NULL. */
	struct labelsets *sets;
	struct room *room; /* For series, of all that share sets; or NULL. */
	struct graveyard *graveyard; /* For its series, in the end; or NULL. */
	struct legacy *legacy; /* Of one that had its place before; or NULL. */
	const struct config *config;
	const struct config_remote *remote;
	const char *wal_dir;
	struct spool *spool; /* Holds what it is to read; NULL: nothing does. */
	struct place *place; /* Where it reads on. */
	uint64_t behind;     /* See DESTINATION_BEHIND. */
	uint32_t host;       /* See host_number. */

	void (*drained)(void *arg); /* After destination_stop: all is done. */
	void (*failed)(void *arg);  /* Out of memory, and samples lost by it. */
	void *arg;
};

struct destination;

/* NULL if there is no memory.  Nothing is read before destination_poke. */
struct destination *destination_new(const struct destination_options *options);

/* Save the place, drop what is on its way, and free.  Do nothing to NULL. */
void destination_free(struct destination *destination);

/**
 * destination_leave(destination, ret):
 * Leave its series in ${ret} to the one that reads on at its place, as far as
 * they are fit for that.  Then it is to be freed.
 */
void destination_leave(struct destination *destination, struct legacy *ret);

/**
 * destination_tune(destination, remote):
 * Send as ${remote} says from now on, which differs from the one before in
 * nothing that is about series and must outlive the destination, as must all
 * that it began with.  Its series and its window stay; what is on the wire is
 * cancelled and made again.  Return -1, with nothing changed, if there is no
 * memory.
 */
int destination_tune(
    struct destination *destination, const struct config_remote *remote);

/* The log may have grown: read on. */
void destination_poke(struct destination *destination);

/**
 * destination_stop(destination):
 * Read to the end of the log, send it all without waiting for deadlines or
 * backoffs, and call drained when the last of it is settled.
 */
void destination_stop(struct destination *destination);

/* Whether the series are known; else append to ${why} how far it is. */
bool destination_ready(const struct destination *destination, struct buf *why);

/* Store in ${ret} how it stands; what that points to is the destination's. */
void destination_look(struct destination *destination, struct situation *ret);

/* Samples read and not settled. */
uint64_t destination_unsettled(const struct destination *destination);

#endif /* AGENT_SHIP_DESTINATION_H */
