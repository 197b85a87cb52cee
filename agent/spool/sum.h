/* SPDX-License-Identifier: Apache-2.0 */
/* agent/spool/sum.h - how much is held. */
#ifndef AGENT_SPOOL_SUM_H
#define AGENT_SPOOL_SUM_H

#include <stdint.h>

#include "agent/spool/table.h"
#include "agent/spool/way.h"

struct spool_sum {
	uint64_t segments; /* That are held. */
	uint64_t pinned;   /* Bytes that nothing else keeps on the disk. */
};

/* What of ${table} is held by ${way}, which may be NULL: nothing is. */
struct spool_sum spool_sum(
    const struct spool_table *table, struct spool_way *way);

#endif /* AGENT_SPOOL_SUM_H */
