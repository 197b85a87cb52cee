/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/remote.h - the remote_write list, and how its entries are told
 * apart.
 *
 * A name that is given is unique.  Where none is, it is made of scheme, host
 * and path of the URL, with #2, #3, ... in file order where several unnamed
 * entries share them, which is noted: names would be better.  An entry with
 * urls becomes one for each of them, which adds its own host and path to the
 * name if one is given.
 */
#ifndef AGENT_CONFIG_REMOTE_H
#define AGENT_CONFIG_REMOTE_H

#include "agent/config/schema.h"

/* A schema_read_fn into the remotes of a struct config. */
void remote_read(const struct schema_at *at, void *target);

#endif /* AGENT_CONFIG_REMOTE_H */
