/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/facts.h - what Azure says of this machine, for labels to hold.
 *
 * The names are those that labels call them by: ${vmId} and so on.  A machine
 * need not have all of them: one that is in no scale set has no ${scaleSet}.
 */
#ifndef AGENT_CONFIG_FACTS_H
#define AGENT_CONFIG_FACTS_H

#include <stddef.h>

#define FACT_TEXT_MAX 1024u /* Bytes of one. */

enum fact {
	FACT_VM_ID,
	FACT_VM_NAME,
	FACT_RESOURCE_ID,
	FACT_SCALE_SET,
	FACTS /* How many there are. */
};

struct facts {
	char text[FACTS][FACT_TEXT_MAX + 1]; /* "": it has none. */
};

/* The fact that is called by the ${len} bytes ${name}; FACTS if there is none. */
enum fact fact_find(const char *name, size_t len);

/* What ${fact} is called. */
const char *fact_name(enum fact fact);

#endif /* AGENT_CONFIG_FACTS_H */
