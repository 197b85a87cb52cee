/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/admin/process.h - the process itself, as every Prometheus client
 * library describes it: process_cpu_seconds_total, _resident_memory_bytes,
 * _virtual_memory_bytes, _open_fds, _max_fds and _start_time_seconds; and
 * walship_build_info.
 */
#ifndef AGENT_ADMIN_PROCESS_H
#define AGENT_ADMIN_PROCESS_H

#include "agent/base/stats.h"

struct process;

/**
 * process_new(stats):
 * Register the process in ${stats}, which must outlive the result; it is
 * looked at each time they are written.  NULL if there is no memory.
 */
struct process *process_new(struct stats *stats);

/* Take it out of the registry and free it.  Do nothing to NULL. */
void process_free(struct process *process);

#endif /* AGENT_ADMIN_PROCESS_H */
