/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/heritage.h - what an earlier life held.
 *
 * What was saved is believed if its first fragment is the one that was saved, or
 * if there is no room to open it for now.
 * A kill may come between a hold and its saving: what was not saved is believed
 * if it is of the generation of the directory, above all that was known of it,
 * and is the very file that is in the directory under its number, or follows
 * without a gap one that is believed, and its first fragment is sound.  Only we
 * put files there, and under such a name only that segment.
 * What there is no room to look at is believed if by its number it may be, and
 * looked at when it is read; if not, it stays held, for the next life to settle.
 */
#ifndef AGENT_SPOOL_HERITAGE_H
#define AGENT_SPOOL_HERITAGE_H

#include <stddef.h>

#include "agent/spool/gauges.h"
#include "agent/spool/scan.h"
#include "agent/spool/table.h"
#include "agent/spool/way.h"

struct heritage {
	struct spool_table *table; /* As it was saved. */
	struct spool_way *way;
	struct gauges *gauges;
	const struct scan *scan; /* Of the directory, as it is. */
};

/* Settle what of that which an earlier life held is held still. */
void heritage_take_up(const struct heritage *heritage);

/* Tell of those that are held no more, nor are where they were. */
void heritage_tell_missing(struct spool_table *table, struct gauges *gauges);

#endif /* AGENT_SPOOL_HERITAGE_H */
