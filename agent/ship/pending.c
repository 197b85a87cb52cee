/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/ship/pending.h"

struct pending
pending_of(
    const struct window *window, const struct cutter *cutter, int64_t before)
{
	struct pending pending = {
		.settled = wal_mark_position(&cutter->ranges.acknowledged),
	};
	const struct batch *batch;
	unsigned int i;

	pending.entries[KEPT_SAMPLE] = cutter_gathered(cutter, &pending.oldest);
	if (pending.entries[KEPT_SAMPLE] == 0)
		pending.oldest = INT64_MAX;
	for (i = 0; i < WINDOW_SLOTS; i++) {
		batch = &window->slots[i];
		if (batch->state == BATCH_FREE)
			continue;
		if (batch->oldest < pending.oldest)
			pending.oldest = batch->oldest;
		pending.entries[KEPT_SAMPLE] += batch->samples;
		pending.entries[KEPT_EXEMPLAR] += batch->exemplars;
		pending.entries[KEPT_HISTOGRAM] += batch->histograms;
	}
	if (pending.oldest < before)
		pending.oldest = before;
	return pending;
}

void
pending_measure(
    const struct pending *pending, struct meters *meters, int64_t wall)
{
	unsigned int i;

	for (i = 0; i < KEPT_KINDS; i++)
		stat_set(meters->kinds[i].pending, (double)pending->entries[i]);
	stat_set(
	    meters->acknowledged_segment, (double)pending->settled.segment);
	stat_set(meters->acknowledged_offset, (double)pending->settled.offset);
	stat_set(meters->lag,
	    pending->oldest < wall ? (double)(wall - pending->oldest) / 1000
				   : 0);
}
