/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/access.h - how an entry shows who it is.
 *
 * basic_auth, authorization, the older bearer_token and bearer_token_file, of
 * which one entry has one.  With Prometheus's keys and checks.
 */
#ifndef AGENT_CONFIG_ACCESS_H
#define AGENT_CONFIG_ACCESS_H

#include "agent/config/config.h"
#include "agent/config/schema.h"

/* Each a schema_read_fn into a struct config_remote. */
void access_read_basic(const struct schema_at *at, void *target);
void access_read_authorization(const struct schema_at *at, void *target);
void access_read_bearer(const struct schema_at *at, void *target);
void access_read_bearer_file(const struct schema_at *at, void *target);

/*
 * Add a fault if the entry at ${at} says in two ways who it is, and a note if
 * that goes in the clear.
 */
void access_check(
    const struct schema_at *at, const struct config_remote *remote);

/**
 * access_resolve(remote, path):
 * Have relative names of files, those of tls_config too, begin where the
 * configuration ${path} lies.  Return -1 if there is no memory.
 */
int access_resolve(struct config_remote *remote, const char *path);

/* Wipe and free what ${remote} holds of all this, and its tls_config. */
void access_release(struct config_remote *remote);

#endif /* AGENT_CONFIG_ACCESS_H */
