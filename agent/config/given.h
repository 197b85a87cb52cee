/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/given.h - texts that may be secret, written out or in a file.
 *
 * An empty one is as none.  No message quotes any of them.
 */
#ifndef AGENT_CONFIG_GIVEN_H
#define AGENT_CONFIG_GIVEN_H

#include "agent/config/config.h"
#include "agent/config/schema.h"

/* Readers into a char *: any text, and one that may stand in a header. */
schema_read_fn given_text;
schema_read_fn given_header;

/* Whether there is a text or a file. */
bool given_any(const struct config_secret *secret);

/**
 * given_check(at, key, other, secret):
 * Add a fault at ${other} in the mapping at ${at} if ${secret} has both its
 * text, by ${key}, and its file, by ${other}.
 */
void given_check(const struct schema_at *at, const char *key, const char *other,
    const struct config_secret *secret);

/* Wipe and free what ${secret} holds; it is then zeroed. */
void given_release(struct config_secret *secret);

#endif /* AGENT_CONFIG_GIVEN_H */
