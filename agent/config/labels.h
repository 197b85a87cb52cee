/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/labels.h - external_labels: names, values, and what $ means.
 *
 * In a value ${HOSTNAME} is the name of the host and $$ a dollar sign, as in
 * Prometheus; any other $ is a fault, since there it would be replaced too.
 */
#ifndef AGENT_CONFIG_LABELS_H
#define AGENT_CONFIG_LABELS_H

#include "agent/config/schema.h"

#define LABELS_TEXT_MAX 2048u /* Bytes of a name, or of a value. */

/* A schema_read_fn into the external labels of a struct config. */
void labels_read(const struct schema_at *at, void *target);

#endif /* AGENT_CONFIG_LABELS_H */
