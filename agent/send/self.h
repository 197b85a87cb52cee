/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/send/self.h - self_metrics: walship's own series, sent to a receiver.
 *
 * Every interval a round: what vitals.h has, of that moment, with the labels
 * and by the rules that all series of the destination have, one request after
 * the other.  Rounds are apart from samples: they wait for no backlog, nothing
 * of them is saved or sent again, and no answer to one of their requests
 * holds or drops a sample.  The rate counts them, and they do not wait for it.
 * None is made while the samples wait for the receiver, nor for SELF_WAIT
 * after one that failed.
 */
#ifndef AGENT_SEND_SELF_H
#define AGENT_SEND_SELF_H

#include "agent/base/clock.h"
#include "agent/base/stats.h"
#include "agent/config/config.h"
#include "agent/http/http.h"
#include "agent/meters/meters.h"
#include "agent/send/sender.h"

/* After a request that failed; a receiver's word can make it longer. */
#define SELF_WAIT (60 * CLOCK_SEC)

/* How often it is looked whether samples still wait. */
#define SELF_LOOK (5 * CLOCK_SEC)

/* What it is scraped by elsewhere, and is not here. */
#define SELF_JOB "walship"

/* Of requests that failed, a line is logged this often at most, */
#define SELF_LOG_PERIOD (600 * CLOCK_SEC)

/* with so many bytes of the answer. */
#define SELF_BODY_LOGGED 1024u

/* All of it must outlive it. */
struct self_options {
	struct clock *clock;
	struct http *http; /* To the receiver. */
	const struct config_remote *remote;
	struct sender *sender; /* Of the samples. */
	struct meters *meters;
	struct stats *stats;
	uint32_t host; /* A number of this host's own. */
};

struct self;

/* NULL if there is no memory. */
struct self *self_new(const struct self_options *options);

/* Do nothing to NULL. */
void self_free(struct self *self);

/**
 * self_tune(self, remote, http):
 * Go on as ${remote} says and by ${http}, both of which must outlive it in
 * place of those before.  What is on its way is cancelled.
 */
void self_tune(
    struct self *self, const struct config_remote *remote, struct http *http);

/* Cancel what is on its way, and send nothing more.  Do nothing to NULL. */
void self_stop(struct self *self);

#endif /* AGENT_SEND_SELF_H */
