/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/auth/chain.h"
#include "agent/auth/entra.h"
#include "agent/auth/managed.h"

struct chain {
	struct token_source source; /* At the head: what callers hold. */
	struct config_azuread settings;
	struct token_source *inner;
};

/* A variable of the environment, which is not written to; NULL if empty. */
static char *
variable(const char *name)
{
	char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool
is_true(const char *value)
{
	return value != NULL &&
	    (strcmp(value, "1") == 0 || strcasecmp(value, "true") == 0);
}

void
chain_settings(const struct config_azuread *azuread, struct config_azuread *ret)
{
	char *tenant = azuread->tenant_id, *id = variable("AZURE_CLIENT_ID");
	char *secret = variable("AZURE_CLIENT_SECRET");
	char *path = variable("AZURE_CLIENT_CERTIFICATE_PATH");

	if (tenant == NULL)
		tenant = variable("AZURE_TENANT_ID");
	*ret = (struct config_azuread){ .method = AZUREAD_MANAGED_IDENTITY,
		.cloud = azuread->cloud,
		.scope = azuread->scope,
		.client_id = id };
	if (tenant == NULL || id == NULL)
		return;
	ret->tenant_id = tenant;
	if (secret != NULL) {
		ret->method = AZUREAD_OAUTH;
		ret->client_secret.text = secret;
	} else if (path != NULL) {
		ret->method = AZUREAD_CERTIFICATE;
		ret->certificate_path = path;
		ret->certificate_password.text =
		    variable("AZURE_CLIENT_CERTIFICATE_PASSWORD");
		ret->send_certificate_chain =
		    is_true(variable("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"));
	} else if (variable("AZURE_FEDERATED_TOKEN_FILE") != NULL) {
		ret->method = AZUREAD_WORKLOAD_IDENTITY;
	}
}

static int
fetch(struct token_source *source, token_done_fn *done, void *arg)
{
	return token_fetch(((struct chain *)source)->inner, done, arg);
}

static void
cancel(struct token_source *source)
{
	token_cancel(((struct chain *)source)->inner);
}

static void
chain_free(struct token_source *source)
{
	token_source_free(((struct chain *)source)->inner);
	free(source);
}

struct token_source *
chain_new(
    const struct token_options *options, const struct config_azuread *azuread)
{
	const struct config_azuread *settings;
	struct chain *chain;

	if ((chain = calloc(1, sizeof(*chain))) == NULL)
		return NULL;
	chain->source = (struct token_source){ fetch, cancel, chain_free };
	settings = &chain->settings;
	chain_settings(azuread, &chain->settings);
	chain->inner = settings->method == AZUREAD_MANAGED_IDENTITY
	    ? managed_new(options, settings, &endpoint_paths)
	    : entra_new(options, settings);
	if (chain->inner == NULL) {
		free(chain);
		return NULL;
	}
	return &chain->source;
}
