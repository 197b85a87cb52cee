/* SPDX-License-Identifier: Apache-2.0 */
/* agent/config/claims.h - a mapping of YAML as JSON has it. */
#ifndef AGENT_CONFIG_CLAIMS_H
#define AGENT_CONFIG_CLAIMS_H

#include "agent/base/buf.h"
#include "agent/config/tree.h"

/* Append the members of ${mapping}, with commas between, without the braces. */
void claims_put(struct buf *out, const struct tree_node *mapping);

#endif /* AGENT_CONFIG_CLAIMS_H */
