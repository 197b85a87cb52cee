/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/chain.h - tokens of whoever the environment says that we are.
 *
 * What Azure's libraries do by default, but for people's own log-ins: the
 * first of these that the environment has whole, each with AZURE_TENANT_ID,
 * or the tenant_id of the entry, and AZURE_CLIENT_ID.
 *
 *   application        AZURE_CLIENT_SECRET, or AZURE_CLIENT_CERTIFICATE_PATH
 *                      with AZURE_CLIENT_CERTIFICATE_PASSWORD and
 *                      AZURE_CLIENT_SEND_CERTIFICATE_CHAIN if wanted
 *   workload identity  AZURE_FEDERATED_TOKEN_FILE
 *   managed identity   that of AZURE_CLIENT_ID, or the machine's own; this
 *                      needs nothing of the environment
 */
#ifndef AGENT_AUTH_CHAIN_H
#define AGENT_AUTH_CHAIN_H

#include "agent/auth/token.h"
#include "agent/config/azuread.h"

/**
 * chain_settings(azuread, ret):
 * Write into ${ret} whom the environment names, in the cloud and for the scope
 * of ${azuread}.  All its texts are those of ${azuread} or the environment's.
 */
void chain_settings(
    const struct config_azuread *azuread, struct config_azuread *ret);

/**
 * chain_new(options, azuread):
 * A source of tokens of the first of these; ${azuread}, whose method is SDK,
 * must outlive it.  NULL if there is no memory.
 */
struct token_source *chain_new(
    const struct token_options *options, const struct config_azuread *azuread);

#endif /* AGENT_AUTH_CHAIN_H */
