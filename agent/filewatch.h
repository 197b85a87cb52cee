/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/filewatch.h - tell when a file may have another content.
 *
 * Whether it is written over, or another is put in its place, or in that of a
 * link on the way: inotify tells of the directory, and every FILEWATCH_POLL it
 * is looked at all the same.  It is told once the file has been as it is for
 * FILEWATCH_REST, so that nobody reads one that is being written.
 */
#ifndef AGENT_FILEWATCH_H
#define AGENT_FILEWATCH_H

#include <systemd/sd-event.h>

#include "agent/base/clock.h"
#include "agent/base/stamp.h"

#define FILEWATCH_REST (500 * CLOCK_MSEC)
#define FILEWATCH_POLL (15 * CLOCK_SEC)

struct filewatch;

/**
 * filewatch_new(event, clock, path, known, changed, arg):
 * Call ${changed}(${arg}) after each change of the file ${path}, or after it
 * went, since it was as ${known}: before it was read, that is.  Without
 * ${event}, which may be NULL, or inotify, it is looked at by the clock alone.
 * NULL if there is no memory.
 */
struct filewatch *filewatch_new(sd_event *event, struct clock *clock,
    const char *path, const struct stamp *known, void (*changed)(void *arg),
    void *arg);

/* Do nothing to NULL.  Allowed from within changed. */
void filewatch_free(struct filewatch *filewatch);

#endif /* AGENT_FILEWATCH_H */
