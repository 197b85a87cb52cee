/* SPDX-License-Identifier: Apache-2.0 */
/* agent/run.h - the command "walship run". */
#ifndef AGENT_RUN_H
#define AGENT_RUN_H

/* Run with these arguments, "run" being the first; return the exit status. */
int run_command(int argc, char **argv);

#endif /* AGENT_RUN_H */
