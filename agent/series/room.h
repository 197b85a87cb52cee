/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/series/room.h - whether there is room for one more series.
 *
 * The configuration bounds how many series are known, and how much memory they
 * take with all that is made of them: label sets with their texts, the maps and
 * final series of each destination, and the batches on their way.  That is
 * counted in what is asked of malloc, not in what this takes on top of it, and
 * lacks what does not grow with the series.
 */
#ifndef AGENT_SERIES_ROOM_H
#define AGENT_SERIES_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/config/config.h"
#include "agent/series/labelset.h"

/* One that takes memory: embedded in whoever it is. */
struct room_guest {
	struct room_guest *next;
	size_t (*bytes)(const void *arg); /* How much. */
	const void *arg;
};

struct room {
	struct config_limits limits;  /* May change at any time. */
	const struct labelsets *sets; /* Must outlive the room. */
	struct room_guest *guests;
};

/* ${guest} takes memory, until it leaves. */
void room_enter(struct room *room, struct room_guest *guest);

/* ${guest}, which has entered, takes none. */
void room_leave(struct room *room, struct room_guest *guest);

/* How many bytes are taken in all. */
uint64_t room_bytes(const struct room *room);

/* Whether there are more series than there may be, or more memory is taken. */
bool room_is_over(const struct room *room);

#endif /* AGENT_SERIES_ROOM_H */
