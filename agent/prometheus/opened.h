/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/prometheus/opened.h - the log that a process has open.
 *
 * Prometheus always has a segment open for writing.  Which one it is says
 * where its data are when its command line does not, since that is then what
 * it was built with: data/ for Prometheus's own, and another directory for
 * those of distributions.
 */
#ifndef AGENT_PROMETHEUS_OPENED_H
#define AGENT_PROMETHEUS_OPENED_H

#include <limits.h>
#include <stdbool.h>

#define OPENED_MAX 65536u /* Descriptors that are looked at. */

/**
 * opened_data_dir(dir, ret):
 * Store the directory whose wal/ holds a segment that the process ${dir}, a
 * directory of /proc, has open, as the process calls it.  Return false if
 * there is none, or we may not look.
 */
bool opened_data_dir(int dir, char ret[PATH_MAX]);

#endif /* AGENT_PROMETHEUS_OPENED_H */
