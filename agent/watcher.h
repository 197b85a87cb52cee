/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/watcher.h - tell the destinations when the log may have grown.
 *
 * By inotify, and after each time not before those who were told want to hear
 * of more, however often Prometheus writes: each time costs a wake-up.  And by the clock every WATCHER_POLL all the same, since not every file
 * system reports.  Without inotify the clock alone, every WATCHER_POLL_ALONE.
 */
#ifndef AGENT_WATCHER_H
#define AGENT_WATCHER_H

#include <systemd/sd-event.h>

#include "agent/base/clock.h"

#define WATCHER_POLL (5 * CLOCK_SEC)
#define WATCHER_POLL_ALONE (500 * CLOCK_MSEC)

struct watcher;

/* The log may have grown; return for how long it may do so untold, in us. */
typedef uint64_t watcher_grown_fn(void *arg);

/**
 * watcher_new(event, clock, wal_dir, grown, arg):
 * Call ${grown}(${arg}) from ${event} whenever the directory ${wal_dir} may
 * have changed, and once at the start.  The text ${wal_dir} must outlive the
 * watcher.  If inotify cannot be had, that is logged once.  Return NULL if
 * there is no memory.
 */
struct watcher *watcher_new(sd_event *event, struct clock *clock,
    const char *wal_dir, watcher_grown_fn *grown, void *arg);

/* Do nothing to NULL. */
void watcher_free(struct watcher *watcher);

#endif /* AGENT_WATCHER_H */
