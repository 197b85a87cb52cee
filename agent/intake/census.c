/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/intake/census.h"

void
census_release(struct census *census)
{
	roll_release(&census->roll);
	census->any = census->sweeping = false;
}

void
census_skip(struct census *census, uint64_t number)
{
	census->any = true;
	census->number = number;
}

void
census_begin(struct census *census, const char *wal_dir, uint64_t number)
{
	if (census->any && number <= census->number)
		return;
	census_skip(census, number);
	census->sweeping = false;
	roll_begin(&census->roll, wal_dir, number);
}

/* The series lives on: it counts as met above the checkpoint, and is sent if
 * there is room by now. */
static enum wal_status
meet(void *arg, const struct wal_series_list *list,
    const struct wal_series *series)
{
	struct census *census = arg;
	const struct final *final;

	final = refmap_meet(census->refs, series->ref, census->number + 1);
	if (final != NULL && final_fate(final) == FINAL_BEYOND)
		return census->offer(census->arg, list, series);
	return WAL_OK;
}

bool
census_step(struct census *census, struct refmap *refs)
{
	if (census->sweeping)
		return census->sweeping = refmap_sweep(refs, census->number);
	if (!roll_under_way(&census->roll))
		return false;
	census->refs = refs;
	switch (roll_step(&census->roll, meet, census)) {
	case ROLL_MORE:
		return true;
	case ROLL_WHOLE:
		census->sweeping = true;
		return true;
	case ROLL_BROKEN:
		break;
	}
	return false;
}
