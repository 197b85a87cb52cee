/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/rules.h - write_relabel_configs: rules that change labels.
 *
 * The keys, defaults and checks are Prometheus's, as is what each action does
 * (agent/series/relabel.h).  Names of labels are those of Prometheus 3: any
 * text.
 */
#ifndef AGENT_CONFIG_RULES_H
#define AGENT_CONFIG_RULES_H

#include "agent/config/config.h"
#include "agent/config/schema.h"

#define RULES_SOURCES_MAX 256u /* Labels in source_labels. */

/* A schema_read_fn into the rules of a struct config_remote. */
void rules_read(const struct schema_at *at, void *target);

/* The word for ${action}. */
const char *rules_action(enum config_action action);

/* Free the ${len} rules at ${rules}.  Do nothing to NULL. */
void rules_free(struct config_rule *rules, size_t len);

#endif /* AGENT_CONFIG_RULES_H */
