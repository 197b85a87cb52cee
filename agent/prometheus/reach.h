/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/prometheus/reach.h - a file of another process, by a path of ours.
 *
 * The process may be in a container or have mounts of its own.  Its path is
 * followed as it would follow it, symbolic links too, and then a path is
 * looked for that leads us to the same file: the same; or by our own mounts,
 * as to a container's volume; or else through /proc, for as long as it runs.
 */
#ifndef AGENT_PROMETHEUS_REACH_H
#define AGENT_PROMETHEUS_REACH_H

#include <stdbool.h>

/* Zeroed, nothing is known of it. */
struct reach {
	char *inside; /* As the process has it, absolute; NULL: not known. */
	char *path;   /* By which we reach it; NULL: it is not there. */
	bool passing; /* That is through /proc, and ends with the process. */
	bool unsure;  /* We may not look: it is taken to be as inside. */
};

/**
 * reach_find(proc, pid, given, ret):
 * Find what the process ${pid}, a directory of ${proc}, calls ${given}.
 * Return -1 if there is no memory; to be released in any case.
 */
int reach_find(
    const char *proc, const char *pid, const char *given, struct reach *ret);

/* Free what it holds; it is then as zeroed. */
void reach_release(struct reach *reach);

#endif /* AGENT_PROMETHEUS_REACH_H */
