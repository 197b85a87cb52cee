/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/http/sink.h - a receiver that takes all there is, and is nowhere.
 *
 * Each request is answered with 204 in the next turn of the loop.  Nothing
 * leaves the process, and no name is looked up.
 */
#ifndef AGENT_HTTP_SINK_H
#define AGENT_HTTP_SINK_H

#include "agent/base/clock.h"
#include "agent/http/http.h"

/* NULL if there is no memory; ${clock} must outlive it. */
struct http *sink_new(struct clock *clock);

/* All its calls must be over.  Do nothing to NULL. */
void sink_free(struct http *http);

#endif /* AGENT_HTTP_SINK_H */
