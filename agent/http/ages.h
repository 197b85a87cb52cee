/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/http/ages.h - how long connections have been there.
 *
 * So that a change of addresses is followed however busy a connection is.
 * libcurl can do that by itself only from 7.80 on.  Connections are told apart
 * by their ports on this side; of more than AGES_MAX the oldest is forgotten.
 */
#ifndef AGENT_HTTP_AGES_H
#define AGENT_HTTP_AGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/clock.h"

#define AGES_MAX 256u               /* Connections that are kept in mind. */
#define AGES_LIFE (300 * CLOCK_SEC) /* After it one serves no more. */

/* Zeroed, it is empty. */
struct ages {
	struct {
		long port;
		uint64_t born; /* Monotonic microseconds. */
	} list[AGES_MAX];
	size_t len;
};

/* The connection at ${port} has been made, at ${now}. */
void ages_begin(struct ages *ages, long port, uint64_t now);

/* Whether that at ${port} is too old, or not known, at ${now}. */
bool ages_over(const struct ages *ages, long port, uint64_t now);

#endif /* AGENT_HTTP_AGES_H */
