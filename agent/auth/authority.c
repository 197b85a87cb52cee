/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/authority.h"
#include "agent/config/url.h"

#define VARIABLE "AZURE_AUTHORITY_HOST"
#define ALLOWED \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."

/* Whether ${tenant} can be a part of a path. */
static bool
is_tenant(const char *tenant)
{
	return tenant[0] != '\0' && tenant[0] != '.' &&
	    strlen(tenant) <= AZUREAD_TEXT_MAX &&
	    tenant[strspn(tenant, ALLOWED)] == '\0';
}

const char *
authority_url(enum azuread_cloud cloud, const char *tenant, char **ret_url)
{
	static const char *const hosts[] = {
		[AZUREAD_PUBLIC] = "https://login.microsoftonline.com",
		[AZUREAD_GOVERNMENT] = "https://login.microsoftonline.us",
		[AZUREAD_CHINA] = "https://login.partner.microsoftonline.cn",
	};
	const char *host = getenv(VARIABLE);
	size_t len;

	if (host == NULL || host[0] == '\0')
		host = hosts[cloud];
	if (url_fault(host) != NULL || url_has_user(host) ||
	    strpbrk(host, "?#") != NULL)
		return VARIABLE " is not the URL of a host; write it as "
				"https://login.microsoftonline.com";
	if (!url_is_private(host))
		return VARIABLE " would send secrets in the clear; have it "
				"begin with https://";
	if (!is_tenant(tenant))
		return "the tenant is none; set its id or domain, of letters, "
		       "digits, '-' and '.'";
	len = strlen(host);
	while (host[len - 1] == '/')
		len--;
	if (asprintf(ret_url, "%.*s/%s/oauth2/v2.0/token", (int)len, host,
		tenant) == -1)
		return "no memory; free some";
	return NULL;
}
