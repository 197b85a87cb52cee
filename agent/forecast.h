/* SPDX-License-Identifier: Apache-2.0 */
/* agent/forecast.h - what a receiver would be sent, in words. */
#ifndef AGENT_FORECAST_H
#define AGENT_FORECAST_H

#include "agent/base/buf.h"
#include "agent/base/stats.h"
#include "agent/ship/situation.h"

#define FORECAST_MAX 4096u /* Bytes of it, for a receiver, at most. */

/* What a receiver has had so far. */
struct forecast {
	const char *name;
	double series;                /* Known now. */
	double samples;               /* Of all kinds. */
	double requests, bytes;       /* Compressed. */
	double dropped[DROP_REASONS]; /* Samples of all kinds. */
};

/* That of the destination of ${situation}, whose registry is ${stats}. */
struct forecast forecast_of(
    const struct situation *situation, const struct stats *stats);

/**
 * forecast_put(out, now, before, seconds):
 * Append in lines what it had from ${before} until ${now}, which was so many
 * ${seconds}; not escaped for any sink.
 */
void forecast_put(struct buf *out, const struct forecast *now,
    const struct forecast *before, double seconds);

#endif /* AGENT_FORECAST_H */
