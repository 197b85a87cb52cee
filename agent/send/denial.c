/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/send/denial.h"

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

#define DENIAL(what_, mend_) \
	{ \
		.words = what_ ": holding; " mend_, .what = (what_), \
		.mend = (mend_) \
	}

static const struct denial no_token =
    DENIAL("the workspace does not accept the token of this identity",
	"check cloud and scope, and that the identity and the workspace are of "
	"one tenant; another token is asked for");
static const struct denial no_rule = DENIAL(
    "the workspace has no such data collection rule, or not at this endpoint",
    "copy the url from the workspace's overview once more");
static const struct denial no_way =
    DENIAL("the workspace may not be reached from this network",
	"send through its private link, or allow public access to its data "
	"collection endpoint");
static const struct denial no_role = DENIAL("this identity may not write",
    "give it the role Monitoring Metrics Publisher on the data collection "
    "rule that the url names, and wait up to 30 minutes for that to apply");

const struct denial *
denial_of(
    const struct config_remote *remote, const struct http_response *response)
{
	if (remote->azuread == NULL)
		return NULL;
	if (response->status == 401)
		return &no_token;
	if (response->status == 404)
		return &no_rule;
	if (response->status != 403)
		return NULL;
	return is_network(response) ? &no_way : &no_role;
}
