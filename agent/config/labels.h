/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/labels.h - external_labels: names, values, and what $ means.
 *
 * What stands for a $ in a value is in expand.h.  A value that names a fact of
 * facts.h is known once that is: till then a configuration wants facts, and
 * its labels are not those that series are to have.
 */
#ifndef AGENT_CONFIG_LABELS_H
#define AGENT_CONFIG_LABELS_H

#include <stdbool.h>

#include "agent/base/buf.h"
#include "agent/config/facts.h"
#include "agent/config/schema.h"

#define LABELS_TEXT_MAX 2048u         /* Bytes of a name, or of a value. */
#define LABELS_FILLED_MAX (64u << 10) /* Of a value with facts; it is cut. */

struct config;
struct config_label;

/* A schema_read_fn into the external labels of a struct config. */
void labels_read(const struct schema_at *at, void *target);

/**
 * labels_adopt(config, name, text, why):
 * Give ${config} the external label ${name} with what the value ${text} comes
 * to, unless it has one of that name, or the value is empty.  Return -1, with
 * what is wrong and what to do appended to ${why}, if that cannot be.
 */
int labels_adopt(
    struct config *config, const char *name, const char *text, struct buf *why);

/* Whether a value of ${config}'s labels names a fact. */
bool labels_want_facts(const struct config *config);

/**
 * labels_fill(config, facts):
 * Put ${facts} into the labels of ${config}, which wants none after; a label
 * whose value is empty then goes.  Return -1 if there is no memory.
 */
int labels_fill(struct config *config, const struct facts *facts);

/* Free ${len} labels and their array.  Do nothing to NULL. */
void labels_free(struct config_label *labels, size_t len);

#endif /* AGENT_CONFIG_LABELS_H */
