/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/surroundings.h - whether we can work here, asked before we begin.
 */
#ifndef AGENT_SURROUNDINGS_H
#define AGENT_SURROUNDINGS_H

#include "agent/config/config.h"

/**
 * surroundings_check(config, wal_dir):
 * Whether Prometheus's data directory and the log in it, if there is one yet,
 * can be read.  Return -1, having logged what is wrong, for whom, and what to
 * do about it, if not.
 */
int surroundings_check(const struct config *config, const char *wal_dir);

/**
 * surroundings_lock(config):
 * Make the state directory ours alone.  Return the descriptor that keeps it
 * so, or -1, having logged why not.
 */
int surroundings_lock(const struct config *config);

#endif /* AGENT_SURROUNDINGS_H */
