/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/hold.h - what holds the log until it is shipped: the way that is
 * chosen, the spool, and what keeps it within its bounds.
 */
#ifndef AGENT_HOLD_H
#define AGENT_HOLD_H

#include <stdbool.h>

#include "agent/base/clock.h"
#include "agent/base/stats.h"
#include "agent/base/worker.h"
#include "agent/config/config.h"
#include "agent/spool/spool.h"

/* At a stop it is asked so often whether all is saved. */
#define HOLD_POLL (50 * CLOCK_MSEC)

/* All of it must outlive it. */
struct hold_options {
	struct clock *clock;
	struct worker *worker;
	struct stats *stats;
	const struct config *config;
	const char *wal_dir;

	void (*settled)(void *arg); /* After hold_settle. */
	void *arg;
};

struct hold;

/* NULL, and a line in the log, if it cannot be as it is to be. */
struct hold *hold_new(const struct hold_options *options);

/* After all that reads through it; do nothing to NULL. */
void hold_free(struct hold *hold);

/* The spool; NULL if segments are not to be held. */
struct spool *hold_spool(const struct hold *hold);

/**
 * hold_await(hold, waiting):
 * While ${waiting} all is needed: those who are to read are not there yet, and
 * what is held may be theirs.  Return -1 if there is no memory.
 */
int hold_await(struct hold *hold, bool waiting);

/* The log may have changed, or what is needed of it. */
void hold_look(struct hold *hold);

/**
 * hold_settle(hold, deadline):
 * The agent stops: save what would not outlive it, until the monotonic
 * ${deadline}, and call settled, not from within.
 */
void hold_settle(struct hold *hold, uint64_t deadline);

#endif /* AGENT_HOLD_H */
