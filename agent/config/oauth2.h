/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/oauth2.h - oauth2: requests with tokens of any OAuth 2.0 server.
 *
 * With Prometheus's keys and checks; tls_config and the proxy are those of the
 * requests for tokens.
 */
#ifndef AGENT_CONFIG_OAUTH2_H
#define AGENT_CONFIG_OAUTH2_H

#include "agent/config/config.h"
#include "agent/config/schema.h"

#define OAUTH2_PARAMS_MAX 64u    /* endpoint_params. */
#define OAUTH2_SCOPES_MAX 8192u  /* Bytes of all scopes. */
#define OAUTH2_CLAIMS_MAX 32768u /* Bytes of all claims, as JSON. */

enum oauth2_algorithm { OAUTH2_RS256, OAUTH2_RS384, OAUTH2_RS512 };

struct config_oauth2 {
	char *client_id;
	struct config_secret secret; /* Of the client; neither: "". */
	bool signs;                  /* It has a key instead, and signs. */
	struct config_secret key;    /* PEM. */
	char *key_id;                /* Or NULL. */
	enum oauth2_algorithm algorithm;
	char *issuer;   /* NULL: client_id. */
	char *audience; /* NULL: token_url. */
	char *claims;   /* The inside of a JSON object; NULL: no more. */
	char *scopes;   /* With spaces between; NULL: none. */
	char *token_url, *shown_url;
	struct config_header *params; /* endpoint_params. */
	size_t params_len;
	struct config_tls tls;
	struct config_proxy proxy;
};

/* A schema_read_fn into the oauth2 of a struct config_remote. */
void oauth2_read(const struct schema_at *at, void *target);

/**
 * oauth2_resolve(oauth2, path):
 * Have relative names of files begin where the configuration ${path} lies.
 * Return -1 if there is no memory.  Do nothing to NULL.
 */
int oauth2_resolve(struct config_oauth2 *oauth2, const char *path);

/* Wipe and free ${oauth2}.  Do nothing to NULL. */
void oauth2_free(struct config_oauth2 *oauth2);

#endif /* AGENT_CONFIG_OAUTH2_H */
