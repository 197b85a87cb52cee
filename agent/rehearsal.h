/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/rehearsal.h - "walship run --dry-run": all but the sending.
 *
 * Reads the log, relabels, cuts, encodes and compresses as the agent would,
 * for receivers that take all of it at once and are nowhere.  Nobody is asked
 * for anything, no segment is held, and what is saved goes to a directory of its
 * own, which is removed.  What would be sent is printed, now and then and at
 * the end.
 */
#ifndef AGENT_REHEARSAL_H
#define AGENT_REHEARSAL_H

#include "agent/base/clock.h"
#include "agent/config/config.h"

#define REHEARSAL_PERIOD (10 * CLOCK_SEC) /* Between two prints. */

/**
 * rehearsal_run(config, seconds):
 * Do so as ${config}, which this takes over, says, until SIGTERM, SIGINT,
 * SIGHUP or SIGQUIT, or nobody reads what is printed; or for so many
 * ${seconds}, 0: for as long as may be.  Return the exit status.
 */
int rehearsal_run(struct config *config, unsigned int seconds);

#endif /* AGENT_REHEARSAL_H */
