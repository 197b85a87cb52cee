/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/doctor/view.h - what a running walship sees around it.
 *
 * Its unit may show it other mounts than we have, which decides whether links
 * can be made, and give it another environment: proxies, identities, where
 * credentials are.  Who may enter these sees what it sees.
 */
#ifndef AGENT_DOCTOR_VIEW_H
#define AGENT_DOCTOR_VIEW_H

#include <stdbool.h>
#include <sys/types.h>

#include "agent/base/buf.h"

#define VIEW_ENVIRONMENT_MAX 262144u /* Bytes of an environment. */

/**
 * view_enter(proc, pid, path, environment):
 * For good, enter the mounts of the process ${pid} of ${proc} and take over
 * those variables of its environment that a walship looks at, in place of ours;
 * all of it is in ${environment}, of VIEW_ENVIRONMENT_MAX bytes, then.
 * Nothing of that if ${path} would then lead to another file.  Return whether
 * it was done.  For a process with one thread.
 */
bool view_enter(
    const char *proc, pid_t pid, const char *path, struct buf *environment);

/**
 * view_adopt(environment, len):
 * Take over those variables of the ${len} bytes at ${environment}, each of which
 * ends with a NUL, and forget those of ours; -1 if there is no memory.
 */
int view_adopt(const char *environment, size_t len);

/**
 * view_adopt_others(environment, len):
 * The same of all others that we have not, for labels to name, but those by
 * which systemd and its services talk.  Libraries look at some: not for a
 * process that may do more than the walship whose environment it is.
 */
int view_adopt_others(const char *environment, size_t len);

#endif /* AGENT_DOCTOR_VIEW_H */
