/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/series/twins.h - series that are one but for small and capital letters.
 *
 * An Azure Monitor workspace compares names and values of labels without their
 * case: of two such series with samples of one time it drops one, whichever.
 * Letters are those of ASCII.  Each series takes about 32 bytes.
 */
#ifndef AGENT_SERIES_TWINS_H
#define AGENT_SERIES_TWINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/series/table.h"

/* Zeroed but for its seed there are no series. */
struct twins {
	uint64_t seed;      /* Nobody outside knows it. */
	struct table table; /* Of those that are one, each once. */
};

/**
 * twins_add(twins, packed, len):
 * Add the series of the ${len} bytes at ${packed}, labels as in a protobuf
 * TimeSeries, which was not added yet.  Return whether another is its twin;
 * not if there is no memory to know.
 */
bool twins_add(struct twins *twins, const uint8_t *packed, size_t len);

/* Take it out; do nothing to one that is not there. */
void twins_drop(struct twins *twins, const uint8_t *packed, size_t len);

/* How many bytes of memory it takes. */
size_t twins_bytes(const struct twins *twins);

/* Free it; it is then empty. */
void twins_release(struct twins *twins);

#endif /* AGENT_SERIES_TWINS_H */
