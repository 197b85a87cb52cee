/* SPDX-License-Identifier: Apache-2.0 */
/* agent/auth/source.h - which source of tokens an entry has. */
#ifndef AGENT_AUTH_SOURCE_H
#define AGENT_AUTH_SOURCE_H

#include <stdbool.h>

#include "agent/auth/token.h"

#define SOURCE_NAME_MAX 128u /* Bytes of a name, and its NUL. */

/* Whether requests of ${remote} carry a token of a source. */
bool source_wanted(const struct config_remote *remote);

/* The source of the entry in ${options}; NULL if there is no memory. */
struct token_source *source_new(const struct token_options *options);

/**
 * source_name(remote, ret):
 * Write into ${ret} whose tokens they are, for the log and metrics: which kind
 * of identity, and the id that was given; "" if there are none.
 */
void source_name(const struct config_remote *remote, char ret[SOURCE_NAME_MAX]);

#endif /* AGENT_AUTH_SOURCE_H */
