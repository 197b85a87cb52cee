/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/ship/denial.h"

/* Whether the answer is of a network that is closed, not of a role. */
static bool
is_network(const struct http_response *response)
{
	static const char *const words[] = { "private link", "privatelink",
		"public network", "publicnetwork", "network access",
		"network security perimeter", NULL };
	size_t i;

	for (i = 0; words[i] != NULL; i++)
		if (strcasestr(response->body, words[i]) != NULL)
			return true;
	return false;
}

const char *
denial_words(
    const struct config_remote *remote, const struct http_response *response)
{
	if (remote->azuread == NULL)
		return NULL;
	if (response->status == 401)
		return "the workspace does not accept the token of this "
		       "identity: holding, and asking for another; check "
		       "cloud and scope, and that the identity and the "
		       "workspace are of one tenant";
	if (response->status == 404)
		return "the workspace has no such data collection rule, or "
		       "not at this endpoint: holding; copy the url from the "
		       "workspace's overview once more";
	if (response->status != 403)
		return NULL;
	return is_network(response)
	    ? "the workspace may not be reached from this network: holding; "
	      "send through its private link, or allow public access to its "
	      "data collection endpoint"
	    : "this identity may not write: holding; give it the role "
	      "Monitoring Metrics Publisher on the data collection rule that "
	      "the url names, and wait up to 30 minutes for that to apply";
}
