/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/expand.h - what $ means in the value of an external label.
 *
 * As in Prometheus 3, $NAME and ${NAME} are a variable of the environment and
 * $$ is a dollar sign, as is a $ before what is no name.  ${HOSTNAME} is the
 * name of the host, and the names of facts.h are what Azure says of it.  Where
 * Prometheus would put nothing for a variable that is not set, that is a
 * fault: a label must not be lost in silence.
 */
#ifndef AGENT_CONFIG_EXPAND_H
#define AGENT_CONFIG_EXPAND_H

#include <stdbool.h>

#include "agent/base/buf.h"
#include "agent/config/facts.h"

#define EXPAND_FAULT_MAX 160u /* Bytes of a fault, its NUL included. */

/* What came of a text. */
struct expanded {
	bool varies; /* Something was put in that other hosts have otherwise. */
	bool facts;  /* It names a fact. */
	char variable[EXPAND_FAULT_MAX]; /* The first of the environment that
					    it names, in words; "": none. */
	char fault[EXPAND_FAULT_MAX]; /* What is wrong, and what to do; "". */
};

/**
 * expand_put(text, facts, out):
 * Append ${text} to ${out} with all of that put in.  Without ${facts}, which
 * may be NULL, nothing stands for one.
 */
struct expanded expand_put(
    const char *text, const struct facts *facts, struct buf *out);

#endif /* AGENT_CONFIG_EXPAND_H */
