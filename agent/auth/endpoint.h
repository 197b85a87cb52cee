/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/endpoint.h - whom this machine's managed identity is asked of.
 *
 * Looked for in this order, as the official libraries do, unless the entry
 * names one as its source:
 *
 *   App Service  IDENTITY_ENDPOINT and IDENTITY_HEADER are in the environment
 *   Azure Arc    IDENTITY_ENDPOINT and IMDS_ENDPOINT are; or its agent is
 *                installed, whose addresses are in azcmagent.conf, or known
 *   IMDS         at its address, or AZURE_POD_IDENTITY_AUTHORITY_HOST
 *
 * Plain http goes to this machine and to link-local addresses only.
 */
#ifndef AGENT_AUTH_ENDPOINT_H
#define AGENT_AUTH_ENDPOINT_H

#include "agent/auth/token.h"
#include "agent/config/azuread.h"

#define ENDPOINT_URL_MAX 512u   /* Bytes of a URL, and its NUL. */
#define ENDPOINT_CONF_MAX 65536 /* Bytes of azcmagent.conf. */

/* Files of Azure Arc's agent. */
struct endpoint_paths {
	const char *himds;  /* A program that is there if the agent is. */
	const char *conf;   /* What it has systemd tell all services. */
	const char *tokens; /* Where the keys are that it challenges us for. */
};

extern const struct endpoint_paths endpoint_paths;

struct endpoint {
	enum azuread_source kind;   /* Not AZUREAD_AUTO. */
	char url[ENDPOINT_URL_MAX]; /* Without a query. */
	const char *header;         /* App Service: a secret, of getenv. */
};

/**
 * endpoint_find(source, paths, ret, error):
 * Find the endpoint of ${source} by the environment and ${paths}.  Return -1
 * with what is wrong and what to do in the TOKEN_ERROR_MAX bytes at ${error}.
 */
int endpoint_find(enum azuread_source source,
    const struct endpoint_paths *paths, struct endpoint *ret, char *error);

/**
 * endpoint_is_near(url):
 * Whether plain http may go to ${url}: to a loopback address or localhost, or
 * a link-local address.
 */
bool endpoint_is_near(const char *url);

/* What the endpoint of ${kind} is called. */
const char *endpoint_name(enum azuread_source kind);

#endif /* AGENT_AUTH_ENDPOINT_H */
