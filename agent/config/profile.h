/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/profile.h - defaults for a kind of receiver.
 *
 * An entry that sends to an Azure Monitor workspace has other defaults than
 * Prometheus's: what the workspace takes, and what a fleet behind one of its
 * rules needs.  The profile is what the entry's key says; else the entry has
 * it if it has azuread, or if its host is one of the workspaces'.  Whatever
 * the entry gives of its own counts more than the profile.
 */
#ifndef AGENT_CONFIG_PROFILE_H
#define AGENT_CONFIG_PROFILE_H

#include "agent/base/buf.h"
#include "agent/config/config.h"
#include "agent/config/schema.h"

#define PROFILE_TEXT_MAX 1024u /* Bytes of profile_put, at most. */

/**
 * profile_begin(at, url, remote):
 * Before the entry at ${at}, which sends to ${url} or NULL, is read: find its
 * profile, and put the defaults that this has into ${remote}.
 */
void profile_begin(
    const struct schema_at *at, const char *url, struct config_remote *remote);

/* Whether ${url}, which may be NULL, has a host such as workspaces have. */
bool profile_is_workspace(const char *url);

/* A reader of the key itself: whether it is one of the profiles. */
schema_read_fn profile_read;

/* After ${remote} was read from ${at}: what the profile or azuread demands. */
void profile_check(
    const struct schema_at *at, const struct config_remote *remote);

/**
 * profile_labels_fault(config):
 * What to say if an entry has the workspaces' profile and no external label
 * looks as if it told this host from others; else NULL.
 */
const char *profile_labels_fault(const struct config *config);

/* Note that, where ${root}, which ${config} was read from, has its entries. */
void profile_check_labels(
    const struct schema_at *root, const struct config *config);

/* Append the defaults of the profile that are in force: "key=value ...". */
void profile_put(const struct config_remote *remote, struct buf *out);

#endif /* AGENT_CONFIG_PROFILE_H */
