/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/spool/sum.h"

struct spool_sum
spool_sum(const struct spool_table *table, struct spool_way *way)
{
	struct spool_sum sum = { .segments = spool_table_held(table) };
	const struct spool_segment *segment;
	dev_t device;
	size_t i;

	for (i = 0; i < table->len; i++) {
		segment = &table->segments[i];
		if (segment->held && !segment->there && way != NULL)
			sum.pinned += way->pinned(way, &segment->name, &device);
	}
	return sum;
}
