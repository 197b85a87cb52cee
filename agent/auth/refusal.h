/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/refusal.h - why an endpoint of managed identities gave no token.
 */
#ifndef AGENT_AUTH_REFUSAL_H
#define AGENT_AUTH_REFUSAL_H

#include "agent/auth/endpoint.h"
#include "agent/auth/token.h"
#include "agent/config/azuread.h"
#include "agent/http/http.h"

/**
 * refusal_read(endpoint, azuread, response, error):
 * Tell why ${response}, which is no answer of status 200, has no token for
 * ${azuread}, and in the TOKEN_ERROR_MAX bytes at ${error} what to do.
 */
enum token_failure refusal_read(const struct endpoint *endpoint,
    const struct config_azuread *azuread, const struct http_response *response,
    char *error);

#endif /* AGENT_AUTH_REFUSAL_H */
