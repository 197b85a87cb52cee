/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/intake/lookup.h"

/* A series of the checkpoint that we do not know may be what is asked for.  It
 * lives on, as it does for a census: it counts as met above the checkpoint. */
static enum wal_status
adopt(void *arg, const struct wal_series_list *list,
    const struct wal_series *series)
{
	struct lookup *lookup = arg;
	struct learn *learn = lookup->learn;
	uint64_t met = lookup->number + 1;

	if (refmap_meet(learn->refs, series->ref, met) != NULL)
		return WAL_OK;
	return learn_listed(learn, list, series, met);
}

bool
lookup_begin(struct lookup *lookup, const char *wal_dir, uint64_t checkpoint)
{
	if (lookup->asked && lookup->number == checkpoint)
		return false;
	lookup->asked = true;
	lookup->number = checkpoint;
	roll_begin(&lookup->roll, wal_dir, checkpoint);
	return roll_under_way(&lookup->roll);
}

bool
lookup_under_way(const struct lookup *lookup)
{
	return roll_under_way(&lookup->roll);
}

bool
lookup_step(struct lookup *lookup)
{
	return roll_step(&lookup->roll, adopt, lookup) == ROLL_MORE;
}

void
lookup_forget(struct lookup *lookup)
{
	lookup->asked = false;
}

void
lookup_release(struct lookup *lookup)
{
	roll_release(&lookup->roll);
}
