/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/ship/sender.h - the batches of a window over the wire.
 *
 * Sends what may fly, as many at once as the pace allows, and does with each
 * answer what the verdict says.  A batch that fails waits for its backoff; two
 * failures with no success between them make the whole destination wait.
 */
#ifndef AGENT_SHIP_SENDER_H
#define AGENT_SHIP_SENDER_H

#include "agent/base/clock.h"
#include "agent/config/config.h"
#include "agent/http/http.h"
#include "agent/ship/meters.h"
#include "agent/ship/window.h"

/* How long a destination that is held is left alone between two probes. */
#define SENDER_HOLD (60 * CLOCK_SEC)

/* Of one trouble, a line is logged this often at most. */
#define SENDER_LOG_PERIOD (30 * CLOCK_SEC)

/* Bytes of a receiver's answer that are logged. */
#define SENDER_BODY_LOGGED 1024u

/* All of it must outlive the sender. */
struct sender_options {
	struct clock *clock;
	struct http *http;
	struct window *window;
	const struct config_remote *remote;
	struct meters *meters;
	/* ${range}'s first batch is about to be on the wire. */
	void (*launch)(void *arg, struct range *range);
	/* A batch of ${range} was delivered or refused; its slot is free. */
	void (*settled)(void *arg, struct range *range);
	void *arg;
};

struct sender;

/* NULL if there is no memory. */
struct sender *sender_new(const struct sender_options *options);

/* Cancel what is on the wire and free.  Do nothing to NULL. */
void sender_free(struct sender *sender);

/* Send all that may fly now, and again whenever more may. */
void sender_fly(struct sender *sender);

/* Forget all backoffs and pauses: try everything once more at once. */
void sender_hurry(struct sender *sender);

/* Bring the meters of the pace up to date. */
void sender_measure(struct sender *sender);

#endif /* AGENT_SHIP_SENDER_H */
