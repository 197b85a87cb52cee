/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/signing.h - sigv4: requests that are signed for AWS.
 *
 * With Prometheus's keys and checks.  What asks AWS for other credentials, a
 * profile or a role, is refused by its name.
 */
#ifndef AGENT_CONFIG_SIGNING_H
#define AGENT_CONFIG_SIGNING_H

#include "agent/config/config.h"
#include "agent/config/schema.h"

/* A schema_read_fn into the sigv4 of a struct config_remote. */
void signing_read(const struct schema_at *at, void *target);

/* Wipe and free ${sigv4}.  Do nothing to NULL. */
void signing_free(struct config_sigv4 *sigv4);

#endif /* AGENT_CONFIG_SIGNING_H */
