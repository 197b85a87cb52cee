/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/prometheus/moving.h - what Prometheus's own configuration sends, as
 * ours has it.
 *
 * Its external labels and its remote_write, word for word, but that aliases are
 * written out, names of files are absolute, since they began where that
 * configuration lies, remote write 2.0 is left out, and entries without a name
 * have one: it would be the URL, twice in each line of the metrics.  Secrets
 * are moved as they are, with a note.
 */
#ifndef AGENT_PROMETHEUS_MOVING_H
#define AGENT_PROMETHEUS_MOVING_H

#include <stdbool.h>

#include "agent/prometheus/settings.h"

#define MOVING_DEPTH_MAX 16u    /* Lists and mappings within each other. */
#define MOVING_NODES_MAX 20000u /* Nodes, aliases written out. */
#define MOVING_KEYS_MAX 128u    /* Of a mapping. */
#define MOVING_NAMED_MAX 100u   /* Entries; of more, none gets a name. */

/* Append ${text} as a value that YAML reads as this text. */
void moving_put_text(struct buf *out, const char *text);

/**
 * moving_put_labels(settings, out):
 * Append the external labels, a line each, as the inside of a mapping; return
 * how many there are.
 */
size_t moving_put_labels(struct settings *settings, struct buf *out);

/**
 * moving_put_remotes(settings, path, out):
 * Append the entries of remote_write of the settings in the file ${path}, an
 * absolute name, as the inside of a list; store in ${ret_secrets} whether a
 * secret is among them.  Return how many entries there are, or -1 if they are
 * not such as Prometheus takes.
 */
int moving_put_remotes(struct settings *settings, const char *path,
    struct buf *out, bool *ret_secrets);

#endif /* AGENT_PROMETHEUS_MOVING_H */
