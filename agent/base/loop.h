/* SPDX-License-Identifier: Apache-2.0 */
/* agent/base/loop.h - the real clock: timers on an sd-event loop. */
#ifndef AGENT_BASE_LOOP_H
#define AGENT_BASE_LOOP_H

#include <systemd/sd-event.h>

#include "agent/base/clock.h"

/**
 * loop_clock_new(event):
 * Return a clock whose timers fire from ${event}, of which it keeps a
 * reference; NULL if there is no memory.
 */
struct clock *loop_clock_new(sd_event *event);

/* Free ${clock}, all of whose timers have been freed.  Do nothing to NULL. */
void loop_clock_free(struct clock *clock);

#endif /* AGENT_BASE_LOOP_H */
