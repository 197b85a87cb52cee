/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/ship/works.h"
#include "agent/ship/pending.h"

void
works_measure(const struct works *works)
{
	struct pending pending =
	    pending_of(works->window, works->cutter, works->before);

	pending_measure(&pending, works->meters, clock_wall(works->clock));
	stat_set(works->meters->samples_per_send,
	    works->remote->queue.max_samples_per_send);
	intake_measure(works->intake);
	sender_measure(works->outlet->sender);
}
