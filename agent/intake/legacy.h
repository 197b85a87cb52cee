/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/intake/legacy.h - what a destination leaves to the one after it.
 *
 * If an entry is edited so that its series become others, another destination
 * goes on at its place.  What the refs of the log stand for is as it was, so
 * that need not be read again, neither from the snapshot nor from the log.
 */
#ifndef AGENT_INTAKE_LEGACY_H
#define AGENT_INTAKE_LEGACY_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/intake/graveyard.h"
#include "agent/series/families.h"
#include "agent/series/refmap.h"
#include "wal/mark.h"

/* The last snapshot of the series, which is as good as it was. */
struct legacy_snapshot {
	struct wal_mark
	    kept;      /* Where the log had been read to; zeroed: none. */
	uint64_t due;  /* The next one; monotonic. */
	uint64_t size; /* Bytes. */
	int64_t time;  /* ms since 1970, 0: none. */
};

/* Zeroed, there is none.  Else it owns what it points to. */
struct legacy {
	struct refmap *refs;       /* NULL: there is none. */
	struct finals *finals;     /* Of the refs, as they were sent. */
	struct families *families; /* What the log says of metrics, or NULL. */
	struct wal_mark read;      /* All of the log before is known. */
	struct wal_mark acknowledged; /* What nothing from here on can refer to
					 may have been forgotten. */
	struct legacy_snapshot snapshot;
};

/* Whether it is of use to whoever reads on from ${from}. */
bool legacy_serves(const struct legacy *legacy, const struct wal_mark *from);

/* Take over what the log says of metrics, if there is a legacy and it serves,
 * or begin with nothing.  NULL if there is no memory. */
struct families *legacy_families(
    struct legacy *legacy, const struct wal_mark *from);

/* Bury in ${graveyard} what there is, if any; it is as if zeroed then. */
void legacy_release(struct legacy *legacy, struct graveyard *graveyard);

#endif /* AGENT_INTAKE_LEGACY_H */
