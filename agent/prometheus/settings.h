/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/prometheus/settings.h - what Prometheus's own configuration says that
 * matters to us.
 *
 * Its external labels, and where it sends to by itself.  The file is its own
 * to judge: what is not looked at may be anything.
 */
#ifndef AGENT_PROMETHEUS_SETTINGS_H
#define AGENT_PROMETHEUS_SETTINGS_H

#include "agent/prometheus/document.h"

struct settings;

/**
 * settings_load(path, faults):
 * What the file ${path} says.  NULL, with "PATH: why, and what to do" or
 * "PATH:LINE:COLUMN: why" and a line break in ${faults}, if that cannot be
 * known.  A file that is empty is such a one: somebody is writing it.
 */
struct settings *settings_load(const char *path, struct buf *faults);

/* The same of the ${len} bytes at ${text}, with ${path} for the messages. */
struct settings *settings_parse(
    const char *path, const char *text, size_t len, struct buf *faults);

/* Do nothing to NULL. */
void settings_free(struct settings *settings);

/* Called for a label, with its value as written; not 0 ends the walk. */
typedef int settings_label_fn(void *arg, const char *name, const char *text);

/**
 * settings_labels(settings, label, arg):
 * Call ${label} for each external label.  Where one comes twice, the first one
 * counts.  Return what the last call did, or 0.
 */
int settings_labels(
    struct settings *settings, settings_label_fn *label, void *arg);

/* The url of entry ${index}, from 0, of remote_write; "" if it has none that is
 * a text, NULL after the last. */
const char *settings_remote(struct settings *settings, size_t index);

/* The document, and the list of remote_write in it or NULL. */
struct document *settings_document(struct settings *settings);
const yaml_node_t *settings_remotes(struct settings *settings);

#endif /* AGENT_PROMETHEUS_SETTINGS_H */
