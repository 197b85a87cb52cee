/* SPDX-License-Identifier: Apache-2.0 */
/* agent/reload.h - the command "walship reload". */
#ifndef AGENT_RELOAD_H
#define AGENT_RELOAD_H

/* Run with these arguments, "reload" being the first; return the exit status. */
int reload_command(int argc, char **argv);

#endif /* AGENT_RELOAD_H */
