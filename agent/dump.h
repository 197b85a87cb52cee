/* SPDX-License-Identifier: Apache-2.0 */
/* agent/dump.h - the command "walship dump": what a log holds. */
#ifndef AGENT_DUMP_H
#define AGENT_DUMP_H

/* Run with these arguments, "dump" being the first; return the exit status. */
int dump_command(int argc, char **argv);

#endif /* AGENT_DUMP_H */
