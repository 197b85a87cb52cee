/* SPDX-License-Identifier: Apache-2.0 */
/* agent/check_config.h - the command "walship check-config". */
#ifndef AGENT_CHECK_CONFIG_H
#define AGENT_CHECK_CONFIG_H

/*
 * Run with these arguments, "check-config" being the first; return the exit
 * status.
 */
int check_config_command(int argc, char **argv);

#endif /* AGENT_CHECK_CONFIG_H */
