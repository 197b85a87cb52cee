/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/agent.h - the agent: all parts together, from start to stop.
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "agent/base/clock.h"
#include "agent/config/config.h"

/* At a stop, what is read is sent for this long; then we go. */
#define AGENT_STOP_DEADLINE (4 * CLOCK_SEC)

/**
 * agent_run(config, path):
 * Follow the log and send it as ${config}, which this takes over, says, until
 * SIGTERM or SIGINT.  It is the content of ${path}, which is read again at
 * SIGHUP, and when the control socket is asked to.  Return the exit status; what went wrong was logged.
 */
int agent_run(struct config *config, const char *path);

#endif /* AGENT_AGENT_H */
