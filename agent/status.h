/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/status.h - the command "walship status".
 *
 * Exit status: EXIT_OK, EXIT_TROUBLE if a receiver gets nothing, EXIT_RUN if
 * there is nobody to ask.
 */
#ifndef AGENT_STATUS_H
#define AGENT_STATUS_H

/* Run with these arguments, "status" being the first; return the exit status. */
int status_command(int argc, char **argv);

#endif /* AGENT_STATUS_H */
