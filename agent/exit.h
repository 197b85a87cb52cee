/* SPDX-License-Identifier: Apache-2.0 */
/* agent/exit.h - what the exit status of every command means. */
#ifndef AGENT_EXIT_H
#define AGENT_EXIT_H

enum {
	EXIT_OK = 0,
	EXIT_RUN = 1,    /* It was tried, and failed. */
	EXIT_USAGE = 2,  /* The command line or the configuration is wrong. */
	EXIT_DAMAGE = 3, /* What was read is damaged in places. */
	EXIT_TROUBLE =
	    4, /* A destination that was asked about is in trouble. */
};

#endif /* AGENT_EXIT_H */
