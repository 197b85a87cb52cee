/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/send/sender.h - the batches of a window over the wire.
 *
 * Sends what may fly, as many at once as the pace allows, and does with each
 * answer what the verdict says.
 */
#ifndef AGENT_SEND_SENDER_H
#define AGENT_SEND_SENDER_H

#include "agent/base/clock.h"
#include "agent/batch/window.h"
#include "agent/config/config.h"
#include "agent/http/http.h"
#include "agent/meters/meters.h"
#include "agent/send/catchup.h"

/* Until what found no memory is tried again. */
#define SENDER_NOMEM_WAIT CLOCK_SEC

/* Requests are made for so long at once, and then in the next turn. */
#define SENDER_TURN (10 * CLOCK_MSEC)

struct complaint;
struct tokens;
struct waits;

/* All of it must outlive the sender. */
struct sender_options {
	struct clock *clock;
	struct http *http;
	struct tokens *tokens; /* For outlet.h; NULL if none are needed. */
	struct window *window;
	const struct config_remote *remote;
	struct meters *meters;
	struct catchup *catchup; /* How fast a backlog is sent. */
	uint32_t host;           /* A number of this host's own, for chance. */
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

/**
 * sender_tune(sender, remote, http):
 * Go on as ${remote} says, over ${http}, both of which must outlive the sender
 * in place of those before.  What is on the wire is cancelled, and made again by the next
 * sender_fly, as is all that waits.  Return -1, with nothing changed, if there is no memory.
 */
int sender_tune(struct sender *sender, const struct config_remote *remote,
    struct http *http);

/* Send all that may fly now, and again whenever more may. */
void sender_fly(struct sender *sender);

/* Forget all backoffs and pauses: try everything once more at once. */
void sender_hurry(struct sender *sender);

/**
 * sender_skip(sender, before):
 * Send nothing from before that time, in ms since 1970, any more: what is of
 * it is dropped, as max_lag.
 */
void sender_skip(struct sender *sender, int64_t before);

/* So many ${entries} go to the receiver beside the batches. */
void sender_spend(struct sender *sender, uint32_t entries);

/* Whether the receiver gets less than there is, by its wish or by the rate. */
bool sender_throttled(const struct sender *sender);

/* What the receiver's clock reads, in milliseconds since 1970. */
int64_t sender_wall(const struct sender *sender);

/* Whether it is paused, held or in backoff, or on probation after that. */
bool sender_waits(const struct sender *sender);

/* What can be seen of it; what is pointed to is its own. */
struct sender_view {
	const struct complaint *complaint;
	const struct waits *waits;
	unsigned int allowed; /* Requests at once, as things go. */
	int64_t offset;       /* ms: of the receiver's clock. */
};

struct sender_view sender_look(const struct sender *sender);

/* Bring the meters of the pace up to date. */
void sender_measure(struct sender *sender);

#endif /* AGENT_SEND_SENDER_H */
