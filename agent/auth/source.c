/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "agent/auth/chain.h"
#include "agent/auth/entra.h"
#include "agent/auth/managed.h"
#include "agent/auth/oauth2.h"
#include "agent/auth/source.h"
#include "agent/config/azuread.h"
#include "agent/config/oauth2.h"

bool
source_wanted(const struct config_remote *remote)
{
	return remote->azuread != NULL || remote->oauth2 != NULL;
}

struct token_source *
source_new(const struct token_options *options)
{
	const struct config_azuread *azuread = options->remote->azuread;

	if (azuread == NULL)
		return oauth2_new(options);
	switch (azuread->method) {
	case AZUREAD_WORKLOAD_IDENTITY:
	case AZUREAD_OAUTH:
	case AZUREAD_CERTIFICATE:
		return entra_new(options, azuread);
	case AZUREAD_SDK:
		return chain_new(options, azuread);
	case AZUREAD_MANAGED_IDENTITY:
	default:
		return managed_new(options, azuread, &endpoint_paths);
	}
}

void
source_name(const struct config_remote *remote, char ret[SOURCE_NAME_MAX])
{
	static const char *const methods[] = {
		[0] = "",
		[AZUREAD_MANAGED_IDENTITY] = "managed_identity",
		[AZUREAD_WORKLOAD_IDENTITY] = "workload_identity",
		[AZUREAD_OAUTH] = "oauth",
		[AZUREAD_CERTIFICATE] = "certificate",
		[AZUREAD_SDK] = "sdk",
	};
	const struct config_azuread *azuread = remote->azuread;
	const char *id;

	ret[0] = '\0';
	if (remote->oauth2 != NULL)
		(void)snprintf(ret, SOURCE_NAME_MAX, "oauth2 %s",
		    remote->oauth2->client_id);
	if (azuread == NULL)
		return;
	id = azuread->client_id;
	if (id == NULL)
		id = azuread->object_id;
	if (id == NULL)
		id = azuread->resource_id;
	(void)snprintf(ret, SOURCE_NAME_MAX, "%s%s%s", methods[azuread->method],
	    id != NULL ? " " : "", id != NULL ? id : "");
}
