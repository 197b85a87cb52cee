/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/header.h - the headers of a remote_write entry.
 *
 * Names are tokens of HTTP, and not those that the protocol, the connection
 * or the authentication is made of.  Values may be secret.
 */
#ifndef AGENT_CONFIG_HEADER_H
#define AGENT_CONFIG_HEADER_H

#include "agent/config/config.h"
#include "agent/config/schema.h"

#define HEADER_NAME_MAX 256u   /* Bytes. */
#define HEADER_VALUE_MAX 8192u /* Bytes. */

/* Whether ${name} is one, reserved or not. */
bool header_is_token(const char *name);

/* Whether the name at ${at}, of a mapping of headers, will do; else a fault. */
bool header_check_name(const struct schema_at *at);

/* What is wrong with ${value}, quoting nothing of it, or NULL. */
const char *header_value_fault(const char *value);

/* A schema_read_fn into the headers of a struct config_remote. */
void header_read(const struct schema_at *at, void *target);

/* Free ${len} of ${headers}, and those; values are wiped. */
void header_free(struct config_header *headers, size_t len);

#endif /* AGENT_CONFIG_HEADER_H */
