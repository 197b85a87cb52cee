/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/prometheus/effective.h - our configuration, with what it takes over
 * from Prometheus's own.
 *
 * With prometheus.config_file, the external labels of that file are ours too,
 * unless ours has a label of that name.  If the file cannot be read there is no
 * configuration: series are never sent without labels that they should have.
 * Where Prometheus sends to one of our receivers by itself, that is a warning.
 */
#ifndef AGENT_PROMETHEUS_EFFECTIVE_H
#define AGENT_PROMETHEUS_EFFECTIVE_H

#include "agent/config/config.h"

/* As config_load, with what is taken over. */
struct config *effective_load(const char *path, struct buf *faults);

/**
 * effective_again(config, path, faults):
 * What ${config}, read from ${path} once, says with what Prometheus's own file
 * has now; ${path} itself may be another by now, and is not read.
 */
struct config *effective_again(
    const struct config *config, const char *path, struct buf *faults);

#endif /* AGENT_PROMETHEUS_EFFECTIVE_H */
