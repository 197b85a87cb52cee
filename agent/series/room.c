/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/series/room.h"

void
room_enter(struct room *room, struct room_guest *guest)
{
	if (room == NULL)
		return;
	guest->next = room->guests;
	room->guests = guest;
}

void
room_leave(struct room *room, struct room_guest *guest)
{
	struct room_guest **link;

	if (room == NULL)
		return;
	link = &room->guests;
	while (*link != guest)
		link = &(*link)->next;
	*link = guest->next;
}

uint64_t
room_bytes(const struct room *room)
{
	uint64_t bytes = labelsets_bytes(room->sets);
	const struct room_guest *guest;

	for (guest = room->guests; guest != NULL; guest = guest->next)
		bytes += guest->bytes(guest->arg);
	return bytes;
}

bool
room_is_over(const struct room *room)
{
	const struct config_limits *limits = &room->limits;

	return (limits->max_series > 0 &&
		   labelsets_series(room->sets) > limits->max_series) ||
	    (limits->memory > 0 && room_bytes(room) > limits->memory);
}
