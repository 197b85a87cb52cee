/* SPDX-License-Identifier: Apache-2.0 */
/* agent/run.h - the command "walship run": the agent itself. */
#ifndef AGENT_RUN_H
#define AGENT_RUN_H

#include "agent/base/clock.h"

/* At a stop, what is read is sent for this long; then we go. */
#define RUN_STOP_DEADLINE (4 * CLOCK_SEC)

/* Run with these arguments, "run" being the first; return the exit status. */
int run_command(int argc, char **argv);

#endif /* AGENT_RUN_H */
