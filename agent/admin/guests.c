/* SPDX-License-Identifier: Apache-2.0 */
#include <netinet/in.h>
#include <string.h>

#include "agent/admin/guests.h"

/* Write ${from} as IPv6; all zero if it is of another kind. */
static void
put_address(uint8_t to[16], const struct sockaddr_storage *from)
{
	const struct sockaddr_in6 *six = (const void *)from;
	const struct sockaddr_in *four = (const void *)from;

	memset(to, 0, 16);
	if (from->ss_family == AF_INET6) {
		memcpy(to, &six->sin6_addr, 16);
	} else if (from->ss_family == AF_INET) {
		to[10] = to[11] = 0xff;
		memcpy(to + 12, &four->sin_addr, 4);
	}
}

struct guest *
guests_enter(struct guests *guests, int fd,
    const struct sockaddr_storage *address, uint64_t now)
{
	struct guest *guest = guests->places;

	if (guests_full(guests))
		return NULL;
	while (guest->here)
		guest++;
	*guest = (struct guest){ .fd = fd, .here = true, .since = now };
	put_address(guest->address, address);
	guests->len++;
	return guest;
}

struct guest *
guests_find(struct guests *guests, int fd)
{
	unsigned int i;

	for (i = 0; i < GUESTS_MAX; i++)
		if (guests->places[i].here && guests->places[i].fd == fd)
			return &guests->places[i];
	return NULL;
}

void
guests_leave(struct guests *guests, struct guest *guest)
{
	guest->here = false;
	guests->len--;
}

void
guests_ask(struct guest *guest, uint64_t now)
{
	guest->asking = true;
	guest->since = now;
}

void
guests_answered(struct guest *guest, uint64_t now)
{
	guest->asking = false;
	guest->known = true;
	guest->since = now;
}

bool
guests_full(const struct guests *guests)
{
	return guests->len == GUESTS_MAX;
}

static bool
is_neighbour(const struct guest *a, const struct guest *b)
{
	return memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

bool
guests_crowded(const struct guests *guests, const struct guest *guest)
{
	unsigned int i, count = 0;

	for (i = 0; i < GUESTS_MAX; i++)
		count += guests->places[i].here && !guests->places[i].going &&
		    is_neighbour(&guests->places[i], guest);
	return count > GUESTS_OF_ADDRESS;
}

struct guest *
guests_spare(struct guests *guests, const struct guest *of)
{
	struct guest *guest, *spare = NULL;
	unsigned int i;

	for (i = 0; i < GUESTS_MAX; i++) {
		guest = &guests->places[i];
		if (!guest->here || guest->going || guest->asking ||
		    guest == of || (of != NULL && !is_neighbour(guest, of)))
			continue;
		if (spare == NULL || guest->since < spare->since)
			spare = guest;
	}
	return spare;
}

void
guests_dismiss(struct guest *guest)
{
	guest->going = true;
	(void)shutdown(guest->fd, SHUT_RDWR);
}

void
guests_dismiss_idle(struct guests *guests)
{
	unsigned int i;

	for (i = 0; i < GUESTS_MAX; i++)
		if (guests->places[i].here && !guests->places[i].going &&
		    guests->places[i].known && !guests->places[i].asking)
			guests_dismiss(&guests->places[i]);
}

/* When the time of ${guest} is over. */
static uint64_t
end_of(const struct guest *guest)
{
	if (guest->asking)
		return guest->since + GUESTS_ANSWER_TIME;
	return guest->since +
	    (guest->known ? GUESTS_IDLE_TIME : GUESTS_ASK_TIME);
}

uint64_t
guests_sweep(struct guests *guests, uint64_t now)
{
	uint64_t next = CLOCK_NEVER;
	struct guest *guest;
	unsigned int i;

	for (i = 0; i < GUESTS_MAX; i++) {
		guest = &guests->places[i];
		if (!guest->here || guest->going)
			continue;
		if (end_of(guest) <= now)
			guests_dismiss(guest);
		else if (end_of(guest) < next)
			next = end_of(guest);
	}
	return next;
}
