/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "agent/auth/grant.h"
#include "agent/auth/refusal.h"

/* What is said of each, with %s for who said it. */
#define ASSIGN \
	"assign one to it (az vm identity assign), or on Azure Arc connect " \
	"it (azcmagent connect)"

static enum token_failure
unreached(const struct endpoint *endpoint, const struct http_response *response,
    char *error)
{
	static const char *const hints[] = {
		[AZUREAD_AUTO] = "",
		[AZUREAD_IMDS] =
		    "is this an Azure VM, and may this user reach the address? "
		    "On Azure Arc, install the Connected Machine agent",
		[AZUREAD_ARC] = "start it: systemctl start himdsd",
		[AZUREAD_APPSERVICE] = "check IDENTITY_ENDPOINT",
	};

	(void)snprintf(error, TOKEN_ERROR_MAX,
	    "%s does not answer at %s: %s; %s", endpoint_name(endpoint->kind),
	    endpoint->url, response->error, hints[endpoint->kind]);
	return response->outcome == HTTP_FAILED ? TOKEN_FAILED
						: TOKEN_UNREACHABLE;
}

static bool
mentions(const struct grant_error *said, const char *words)
{
	return strcasestr(said->description, words) != NULL ||
	    strcasestr(said->error, words) != NULL;
}

/* The id that was named, or NULL if none was. */
static const char *
named(const struct config_azuread *azuread)
{
	if (azuread->client_id != NULL)
		return azuread->client_id;
	return azuread->object_id != NULL ? azuread->object_id
					  : azuread->resource_id;
}

/* There is no such identity, or none at all. */
static enum token_failure
missing(const struct config_azuread *azuread, const char *who, char *error)
{
	const char *id = named(azuread);

	if (id != NULL) {
		(void)snprintf(error, TOKEN_ERROR_MAX,
		    "%s knows no identity %s on this machine; check the id "
		    "under managed_identity, and that this identity is "
		    "assigned to this machine",
		    who, id);
		return TOKEN_WRONG_ID;
	}
	(void)snprintf(error, TOKEN_ERROR_MAX,
	    "%s says that this machine has no identity; " ASSIGN, who);
	return TOKEN_NO_IDENTITY;
}

/* A refusal that is not known by its words: pass them on. */
static enum token_failure
other(const struct grant_error *said, const char *who, int status, char *error)
{
	bool redirect = status >= 300 && status <= 399;

	(void)snprintf(error, TOKEN_ERROR_MAX,
	    "%s answers with status %d%s%s%s%s", who, status,
	    redirect ? ", a redirect, which is not followed; check its "
		       "address"
		     : "",
	    said->error[0] != '\0' ? ", " : "", said->error,
	    said->description[0] != '\0' ? ": " : "");
	if (!redirect)
		(void)snprintf(error + strlen(error),
		    TOKEN_ERROR_MAX - strlen(error), "%s", said->description);
	return redirect || status < 300 ? TOKEN_INVALID : TOKEN_REFUSED;
}

enum token_failure
refusal_read(const struct endpoint *endpoint,
    const struct config_azuread *azuread, const struct http_response *response,
    char *error)
{
	const char *who = endpoint_name(endpoint->kind);
	int status = response->status;
	struct grant_error said;

	if (response->outcome != HTTP_ANSWERED)
		return unreached(endpoint, response, error);
	grant_read_error(response->body, response->body_len, &said);
	if (mentions(&said, "identity_not_found") ||
	    mentions(&said, "identity not found") ||
	    mentions(&said, "no managed identity") ||
	    mentions(&said, "no user assigned"))
		return missing(azuread, who, error);
	if (mentions(&said, "multiple user assigned")) {
		(void)snprintf(error, TOKEN_ERROR_MAX,
		    "%s says that this machine has several identities; name "
		    "one by client_id under managed_identity",
		    who);
		return TOKEN_AMBIGUOUS;
	}
	if (mentions(&said, "invalid_resource") ||
	    mentions(&said, "AADSTS500011")) {
		(void)snprintf(error, TOKEN_ERROR_MAX,
		    "%s knows no audience %s; check scope and cloud", who,
		    azuread_scope(azuread));
		return TOKEN_SETTING;
	}
	if (status == 404 || status == 408 || status == 410 || status == 429 ||
	    status >= 500) {
		(void)snprintf(error, TOKEN_ERROR_MAX,
		    "%s answers with status %d: it is busy or being updated, "
		    "which passes by itself within some minutes; if not, "
		    "check that %s is its address",
		    who, status, endpoint->url);
		return TOKEN_BUSY;
	}
	if (status == 403 && endpoint->kind == AZUREAD_IMDS) {
		(void)snprintf(error, TOKEN_ERROR_MAX,
		    "IMDS denies this process access with status 403%s%s; see "
		    "what stands between: a firewall, or the allowlist of the "
		    "VM's metadata security protocol",
		    said.description[0] != '\0' ? ": " : "", said.description);
		return TOKEN_REFUSED;
	}
	return other(&said, who, status, error);
}
