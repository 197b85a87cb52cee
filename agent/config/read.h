/* SPDX-License-Identifier: Apache-2.0 */
/* agent/config/read.h - a tree to a struct config: the whole schema. */
#ifndef AGENT_CONFIG_READ_H
#define AGENT_CONFIG_READ_H

#include "agent/config/config.h"
#include "agent/config/fault.h"
#include "agent/config/schema.h"
#include "agent/config/tree.h"

#define READ_STATE_DIR "/var/lib/walship" /* Where none is named. */

/* Between two rounds of self_metrics: by a profile, and at least. */
#define READ_SELF_INTERVAL (60 * CLOCK_SEC)
#define READ_SELF_INTERVAL_MIN CLOCK_SEC

/**
 * read_config(root, config, faults):
 * Fill ${config}, which is zeroed, with what ${root} says and the defaults of
 * the rest.  It is complete if there is no fault in ${faults}.
 */
void read_config(const struct tree_node *root, struct config *config,
    struct fault_list *faults);

/* A directory into a char *: as it would be found from any other. */
schema_read_fn read_directory;

#endif /* AGENT_CONFIG_READ_H */
