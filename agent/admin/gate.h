/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/admin/gate.h - who of those that ask is let in: users and their
 * passwords, and no more requests than are wanted.
 */
#ifndef AGENT_ADMIN_GATE_H
#define AGENT_ADMIN_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/admin/passwords.h"
#include "agent/admin/webfile.h"

#define GATE_HEADER_MAX 1024u /* Bytes of Authorization that are looked at. */

enum gate_verdict {
	GATE_OPEN,
	GATE_SHUT,  /* It is not shown who asks. */
	GATE_LATER, /* Ask again when the passwords say so. */
	GATE_BUSY,  /* Too many wait to be let in. */
};

/* Of the requests of a while.  Zeroed, there were none. */
struct gate_rate {
	double left;    /* Requests that may come at once. */
	uint64_t since; /* Monotonic us: it was counted; 0: never. */
};

/**
 * gate_take(rate, webfile, now):
 * Whether a request more, at ${now}, is within what ${webfile} allows; it is
 * counted.
 */
bool gate_take(
    struct gate_rate *rate, const struct webfile *webfile, uint64_t now);

/**
 * gate_look(webfile, passwords, authorization):
 * Whether who asks with that header, which may be NULL, is let in by
 * ${webfile}.  Without ${passwords}, which may be NULL, no user is.
 */
enum gate_verdict gate_look(const struct webfile *webfile,
    struct passwords *passwords, const char *authorization);

#endif /* AGENT_ADMIN_GATE_H */
