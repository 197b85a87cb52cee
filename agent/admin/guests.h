/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/admin/guests.h - who is connected to the admin server, and who has to go.
 *
 * There is room for GUESTS_MAX connections, and for GUESTS_OF_ADDRESS of one
 * address.  Who has not asked for anything yet, or has been answered, makes
 * room for who comes when there is none: the one that has been so for longest.
 * So connections that never ask, however many, keep nobody out; and each has
 * but so long to ask, and to read what is answered.
 */
#ifndef AGENT_ADMIN_GUESTS_H
#define AGENT_ADMIN_GUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "agent/base/clock.h"

#define GUESTS_MAX 64u
#define GUESTS_OF_ADDRESS 48u

#define GUESTS_ASK_TIME (10 * CLOCK_SEC)    /* From the start to a request. */
#define GUESTS_IDLE_TIME (30 * CLOCK_SEC)   /* From an answer to the next. */
#define GUESTS_ANSWER_TIME (30 * CLOCK_SEC) /* From a request to its end. */

struct webfile;

struct guest {
	int fd;
	bool here;           /* False: the place is free. */
	bool going;          /* It was told to. */
	bool asking;         /* It has asked, and is being answered. */
	bool known;          /* It was answered before. */
	uint64_t since;      /* Monotonic us: it is in this state. */
	uint8_t address[16]; /* IPv6, or IPv4 as that. */
	struct webfile *web; /* That it was let in by; the server's. */
};

/* Zeroed, there are none. */
struct guests {
	struct guest places[GUESTS_MAX];
	unsigned int len;
};

/**
 * guests_enter(guests, fd, address, now):
 * The connection ${fd} comes from ${address} at ${now}.  Return its place, or
 * NULL if there is none.
 */
struct guest *guests_enter(struct guests *guests, int fd,
    const struct sockaddr_storage *address, uint64_t now);

/* That of ${fd}, or NULL. */
struct guest *guests_find(struct guests *guests, int fd);

/* It is gone. */
void guests_leave(struct guests *guests, struct guest *guest);

/* Its request has come, or has been answered, at ${now}. */
void guests_ask(struct guest *guest, uint64_t now);
void guests_answered(struct guest *guest, uint64_t now);

/* Whether all places are taken. */
bool guests_full(const struct guests *guests);

/* Whether ${guest} is one more of its address than there may be. */
bool guests_crowded(const struct guests *guests, const struct guest *guest);

/**
 * guests_spare(guests, of):
 * Who is to make room, of those from the address of ${of} but itself, or of all
 * for NULL; NULL if nobody can.
 */
struct guest *guests_spare(struct guests *guests, const struct guest *of);

/* Have ${guest} go: its connection is shut, and will be found closed. */
void guests_dismiss(struct guest *guest);

/* Have all go that were answered, and have not asked since. */
void guests_dismiss_idle(struct guests *guests);

/**
 * guests_sweep(guests, now):
 * Have all go whose time is over.  Return when that is to be looked at again;
 * CLOCK_NEVER if there is nobody.
 */
uint64_t guests_sweep(struct guests *guests, uint64_t now);

#endif /* AGENT_ADMIN_GUESTS_H */
