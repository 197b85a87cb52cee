/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/send/pace.h - how many requests may be under way at once.
 *
 * One at first; one more for each round of successes while all that were
 * allowed were used and more was waiting; half as many after a failure.
 * Nothing is drained to change it.
 */
#ifndef AGENT_SEND_PACE_H
#define AGENT_SEND_PACE_H

#include <stdbool.h>

#include "agent/batch/window.h"
#include "agent/config/config.h"
#include "agent/meters/meters.h"

struct pace {
	double limit; /* At least 1. */
	double max;
};

/* How many requests to ${remote} may be under way, at most. */
unsigned int pace_ceiling(const struct config_remote *remote);

/* Never more than ${max} at once; ${max} is at least 1. */
void pace_init(struct pace *pace, unsigned int max);

/* Never more than ${max} at once from now on. */
void pace_tune(struct pace *pace, unsigned int max);

/* How many may be under way. */
unsigned int pace_limit(const struct pace *pace);

/* A request succeeded; ${pressed}: others were waiting for it to end. */
void pace_success(struct pace *pace, bool pressed);

/* A request failed in a way that less load may mend. */
void pace_failure(struct pace *pace);

/* The receiver asked for a pause: one at a time after it. */
void pace_probe(struct pace *pace);

/* Bring the meters of it up to date, with what there is in ${window}. */
void pace_measure(const struct pace *pace, const struct window *window,
    struct meters *meters);

#endif /* AGENT_SEND_PACE_H */
