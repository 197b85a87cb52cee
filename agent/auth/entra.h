/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/entra.h - tokens that Microsoft Entra gives to applications.
 *
 * One request to the tenant's token endpoint, version 2.0, with the proof that
 * agent/auth/proof.h has.  It goes the way that the entry's requests go, but no
 * redirect of it is followed.
 */
#ifndef AGENT_AUTH_ENTRA_H
#define AGENT_AUTH_ENTRA_H

#include "agent/auth/token.h"
#include "agent/config/azuread.h"

/**
 * entra_new(options, azuread):
 * A source of tokens for the application ${azuread}, which must outlive it and
 * whose method is OAUTH, CERTIFICATE or WORKLOAD_IDENTITY.  NULL if there is no
 * memory.
 */
struct token_source *entra_new(
    const struct token_options *options, const struct config_azuread *azuread);

#endif /* AGENT_AUTH_ENTRA_H */
