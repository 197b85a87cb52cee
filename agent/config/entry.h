/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/entry.h - one entry of the remote_write list.
 *
 * Every key of Prometheus's schema is known here.  One whose value asks for
 * nothing that walship does not do is taken; one that sizes Prometheus's
 * shards is checked and has no effect, there being none; any other is refused
 * by its name.
 */
#ifndef AGENT_CONFIG_ENTRY_H
#define AGENT_CONFIG_ENTRY_H

#include "agent/config/config.h"
#include "agent/config/schema.h"

#define ENTRY_NAME_MAX 256u /* Bytes of a name as given. */

/**
 * entry_read(at, member, remote):
 * Fill ${remote} with the entry at ${at} and the defaults; its name stays
 * NULL if none is given.  Of several urls it has that of number ${member},
 * from 0.  Return how many there are.  To be released in any case.
 */
size_t entry_read(
    const struct schema_at *at, size_t member, struct config_remote *remote);

/* Free what ${remote} holds; it is then zeroed. */
void entry_release(struct config_remote *remote);

#endif /* AGENT_CONFIG_ENTRY_H */
