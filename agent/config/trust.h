/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/trust.h - tls_config: whom requests believe, and whose
 * certificate they show.  With Prometheus's keys and checks.
 */
#ifndef AGENT_CONFIG_TRUST_H
#define AGENT_CONFIG_TRUST_H

#include "agent/config/config.h"
#include "agent/config/schema.h"

/* A schema_read_fn into a struct config_tls. */
void trust_read(const struct schema_at *at, void *target);

/**
 * trust_resolve(tls, path):
 * Have relative names of files begin where the configuration ${path} lies.
 * Return -1 if there is no memory.
 */
int trust_resolve(struct config_tls *tls, const char *path);

/* Wipe and free what ${tls} holds; it is then zeroed. */
void trust_release(struct config_tls *tls);

#endif /* AGENT_CONFIG_TRUST_H */
