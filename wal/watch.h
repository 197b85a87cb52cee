/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/watch.h - word from the kernel that a WAL directory has changed.
 *
 * inotify on the directory, and on its parent so as to see it being created.
 * It may fail (instances are few per user) and is blind to what other
 * machines do on a network file system: whoever uses it polls as well.
 */
#ifndef WAL_WATCH_H
#define WAL_WATCH_H

struct wal_watch;

/**
 * wal_watch_open(path):
 * Watch the directory ${path}, which need not exist yet; its parent must.
 * Return NULL, with errno, if the kernel or memory refuses.
 */
struct wal_watch *wal_watch_open(const char *path);

/* The descriptor that is readable after a change; owned by the watch. */
int wal_watch_fd(const struct wal_watch *watch);

/**
 * wal_watch_drain(watch):
 * Read away what was reported, at most a few thousand events, and watch the
 * directory if it has been created, or created anew.  Return -1, with errno,
 * if it exists and cannot be watched.
 */
int wal_watch_drain(struct wal_watch *watch);

/* Do nothing to NULL. */
void wal_watch_free(struct wal_watch *watch);

#endif /* WAL_WATCH_H */
