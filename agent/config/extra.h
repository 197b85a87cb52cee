/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/extra.h - http_headers: headers whose values may be secret, or
 * in files.  With Prometheus's keys and checks.
 */
#ifndef AGENT_CONFIG_EXTRA_H
#define AGENT_CONFIG_EXTRA_H

#include "agent/config/config.h"
#include "agent/config/schema.h"

/* A schema_read_fn into the http_headers of a struct config_remote. */
void extra_read(const struct schema_at *at, void *target);

/* Add a fault if one is among the headers of the entry at ${at} too. */
void extra_check(
    const struct schema_at *at, const struct config_remote *remote);

/* Have relative names of files begin where the configuration ${path} lies. */
int extra_resolve(struct config_remote *remote, const char *path);

/* Wipe and free those of ${remote}. */
void extra_release(struct config_remote *remote);

#endif /* AGENT_CONFIG_EXTRA_H */
