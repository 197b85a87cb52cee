/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/change.h - what becomes different by another configuration.
 *
 * Entries are compared by all that the file says of them, not field by field:
 * a key that is added some day cannot be forgotten.  Unless it is listed here,
 * its change is taken for one of the largest kind.
 */
#ifndef AGENT_CONFIG_CHANGE_H
#define AGENT_CONFIG_CHANGE_H

#include "agent/base/buf.h"
#include "agent/config/config.h"
#include "agent/config/fault.h"
#include "agent/config/tree.h"

/* What becomes of the destination of an entry. */
enum change {
	CHANGE_NONE,    /* It is as it was. */
	CHANGE_SENDING, /* Only how it is sent to. */
	CHANGE_SERIES,  /* Also which series it has, or what they are. */
};

/**
 * change_keep(node, remote, faults):
 * Keep in ${remote} what its ${node} says; for want of memory say so in
 * ${faults}.
 */
void change_keep(const struct tree_node *node, struct config_remote *remote,
    struct fault_list *faults);

/* The same in ${config} of what goes for all entries, from the ${root}. */
void change_keep_common(const struct tree_node *root, struct config *config,
    struct fault_list *faults);

/* What is different between the entry ${a} of ${in_a} and ${b} of ${in_b}. */
enum change change_between(const struct config *in_a,
    const struct config_remote *a, const struct config *in_b,
    const struct config_remote *b);

/**
 * change_labels(config, remote):
 * A number for all that gives the series of ${remote}, of ${config}, their
 * labels, the same in every life; which of them it has is no part of that.
 */
uint32_t change_labels(
    const struct config *config, const struct config_remote *remote);

/**
 * change_pin(fresh, running, keys):
 * What a program that runs cannot change, ${fresh} shall have as ${running}
 * has it.  Append to ${keys} the names of those that it had otherwise, with
 * commas between.  Return -1 if there is no memory.
 */
int change_pin(
    struct config *fresh, const struct config *running, struct buf *keys);

#endif /* AGENT_CONFIG_CHANGE_H */
