/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/shown.h - the configuration in force, for people.
 *
 * As YAML, with what was not given filled in.  What may be secret is never
 * looked at: what is shown is a list of what is not.
 */
#ifndef AGENT_CONFIG_SHOWN_H
#define AGENT_CONFIG_SHOWN_H

#include "agent/base/buf.h"
#include "agent/config/config.h"

#define SHOWN_SECRET "\"***\"" /* In place of a value that may be one. */

/* Append ${config}; any text in it is in quotes, in ASCII but for letters. */
void shown_put(const struct config *config, struct buf *out);

#endif /* AGENT_CONFIG_SHOWN_H */
