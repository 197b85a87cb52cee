/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/header.h - the headers of a remote_write entry.
 *
 * Names are tokens of HTTP, and not those that the protocol, the connection
 * or the authentication is made of.  Values may be secret.
 */
#ifndef AGENT_CONFIG_HEADER_H
#define AGENT_CONFIG_HEADER_H

#include "agent/config/schema.h"

#define HEADER_NAME_MAX 256u   /* Bytes. */
#define HEADER_VALUE_MAX 8192u /* Bytes. */

/* A schema_read_fn into the headers of a struct config_remote. */
void header_read(const struct schema_at *at, void *target);

#endif /* AGENT_CONFIG_HEADER_H */
