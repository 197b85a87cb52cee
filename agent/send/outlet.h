/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/send/outlet.h - the side of a destination that faces its receiver: a
 * sender, what tells it of metrics and of us, as whom they ask, and what the log
 * is told of it each minute.
 */
#ifndef AGENT_SEND_OUTLET_H
#define AGENT_SEND_OUTLET_H

#include "agent/meters/minute.h"
#include "agent/send/metadata.h"
#include "agent/send/self.h"
#include "agent/send/sender.h"

struct outlet {
	struct sender_options options; /* Their http is that of all others. */
	struct http *http;             /* As whom the entry says. */
	struct sender *sender;
	struct metadata *metadata; /* NULL: it is not told. */
	struct self *self;
	struct minute *minute;
};

/**
 * outlet_init(outlet, options, stats):
 * Make a sender by ${options}, and what sends self_metrics, whose numbers are
 * in ${stats}.  Return -1 if there is no memory; to be released
 * in any case.
 */
int outlet_init(struct outlet *outlet, const struct sender_options *options,
    struct stats *stats);

/**
 * outlet_describe(outlet, config, families):
 * Tell the receiver of ${families} too, and of what the Prometheus of ${config}
 * lists, if it is to be; both must outlive the outlet.  Return -1 if there is
 * no memory.
 */
int outlet_describe(struct outlet *outlet, const struct config *config,
    const struct families *families);

/* Send nothing but samples any more, and those without waiting; say no more. */
void outlet_stop(struct outlet *outlet);

/* End all calls, and free.  Zeroed is ready for use. */
void outlet_release(struct outlet *outlet);

/**
 * outlet_tune(outlet, remote):
 * Send as ${remote} says, which must outlive the outlet in place of the one
 * before; see sender_tune and metadata_tune.  Return -1, with nothing changed, if there is no
 * memory.
 */
int outlet_tune(struct outlet *outlet, const struct config_remote *remote);

#endif /* AGENT_SEND_OUTLET_H */
