/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/managed.h - tokens of this machine's managed identity.
 *
 * Had from whichever endpoint agent/auth/endpoint.h finds, looked for anew
 * each time.  It is never asked through a proxy, and no redirect of it is
 * followed.  Azure Arc's agent first has us prove that we are on this machine
 * (agent/auth/arc.h); as older ones give everybody the same token, that of an
 * identity that was named must say whose it is.
 */
#ifndef AGENT_AUTH_MANAGED_H
#define AGENT_AUTH_MANAGED_H

#include "agent/auth/endpoint.h"
#include "agent/auth/token.h"

/**
 * managed_new(options, azuread, paths):
 * A source of tokens for the identity in ${azuread}, with what is found at
 * ${paths}; both must outlive it.  NULL if there is no memory.
 */
struct token_source *managed_new(const struct token_options *options,
    const struct config_azuread *azuread, const struct endpoint_paths *paths);

#endif /* AGENT_AUTH_MANAGED_H */
