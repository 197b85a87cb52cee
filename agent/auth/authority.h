/* SPDX-License-Identifier: Apache-2.0 */
/* agent/auth/authority.h - where Entra gives out the tokens of a tenant. */
#ifndef AGENT_AUTH_AUTHORITY_H
#define AGENT_AUTH_AUTHORITY_H

#include "agent/config/azuread.h"

/**
 * authority_url(cloud, tenant, ret_url):
 * Store in ${ret_url}, to be freed, the URL at which ${tenant}, an id or a
 * domain, is given tokens in ${cloud}, or by AZURE_AUTHORITY_HOST if that is
 * set: by https, or else on this machine.  Return NULL, or what is wrong and
 * what to do; without memory too.
 */
const char *authority_url(
    enum azuread_cloud cloud, const char *tenant, char **ret_url);

#endif /* AGENT_AUTH_AUTHORITY_H */
