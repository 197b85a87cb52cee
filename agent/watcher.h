/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/watcher.h - tell the destinations when the log may have grown.
 *
 * By inotify, at most once in WATCHER_REST however often Prometheus writes;
 * and by the clock every WATCHER_POLL all the same, since not every file
 * system reports.  Without inotify the clock alone, every WATCHER_POLL_ALONE.
 */
#ifndef AGENT_WATCHER_H
#define AGENT_WATCHER_H

#include <systemd/sd-event.h>

#include "agent/base/clock.h"

#define WATCHER_REST (50 * CLOCK_MSEC)
#define WATCHER_POLL (5 * CLOCK_SEC)
#define WATCHER_POLL_ALONE (500 * CLOCK_MSEC)

struct watcher;

/**
 * watcher_new(event, clock, wal_dir, grown, arg):
 * Call ${grown}(${arg}) from ${event} whenever the directory ${wal_dir} may
 * have changed, and once at the start.  The text ${wal_dir} must outlive the
 * watcher.  If inotify cannot be had, that is logged once.  Return NULL if
 * there is no memory.
 */
struct watcher *watcher_new(sd_event *event, struct clock *clock,
    const char *wal_dir, void (*grown)(void *arg), void *arg);

/* Do nothing to NULL. */
void watcher_free(struct watcher *watcher);

#endif /* AGENT_WATCHER_H */
