/* SPDX-License-Identifier: Apache-2.0 */
/* agent/config/holding.h - spool: how segments are held, and how many. */
#ifndef AGENT_CONFIG_HOLDING_H
#define AGENT_CONFIG_HOLDING_H

#include "agent/config/config.h"
#include "agent/config/schema.h"

#define HOLDING_MAX_BYTES (UINT64_C(10) << 30)      /* Where none is given. */
#define HOLDING_MAX_AGE (UINT64_C(86400) * 1000000) /* Microseconds. */
#define HOLDING_MIN_FREE_PERCENT 10u

/* A schema_read_fn into a struct config_spool. */
void holding_read(const struct schema_at *at, void *target);

/**
 * holding_settle(root, config):
 * When all else of ${config} is read: fill in what was not given, and add a
 * fault where that will not do.
 */
void holding_settle(const struct schema_at *root, struct config *config);

/* Whether ${path} is ${dir}, or below it, both absolute and as written. */
bool holding_is_inside(const char *path, const char *dir);

#endif /* AGENT_CONFIG_HOLDING_H */
