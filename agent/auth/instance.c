/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "agent/auth/instance.h"

#define TOKEN_PATH "/metadata/identity/oauth2/token"
#define INSTANCE_PATH "/metadata/instance/compute?api-version=2020-06-01"

int
instance_url(const struct endpoint_paths *paths, char *url, char *error)
{
	struct endpoint endpoint;
	size_t len;
	char *path;

	if (endpoint_find(AZUREAD_AUTO, paths, &endpoint, error) != 0)
		return -1;
	path = strstr(endpoint.url, TOKEN_PATH);
	if (endpoint.kind == AZUREAD_APPSERVICE || path == NULL ||
	    path[strlen(TOKEN_PATH)] != '\0') {
		(void)snprintf(error, TOKEN_ERROR_MAX,
		    "%s, at %s, says nothing of the machine; write the labels "
		    "out",
		    endpoint_name(endpoint.kind), endpoint.url);
		return -1;
	}
	len = (size_t)(path - endpoint.url);
	if (len + strlen(INSTANCE_PATH) >= ENDPOINT_URL_MAX) {
		(void)snprintf(
		    error, TOKEN_ERROR_MAX, "%s is too long", endpoint.url);
		return -1;
	}
	(void)snprintf(url, ENDPOINT_URL_MAX, "%.*s%s", (int)len, endpoint.url,
	    INSTANCE_PATH);
	return 0;
}

/* Set ${text} to what ${root} has for ${key}; -1 if that is too long. */
static int
take(const json_t *root, const char *key, char *text)
{
	const char *value = json_string_value(json_object_get(root, key));

	if (value == NULL)
		return 0;
	if (strlen(value) > FACT_TEXT_MAX)
		return -1;
	(void)strcpy(text, value);
	return 0;
}

int
instance_read(const char *body, size_t len, struct facts *ret)
{
	static const char *const keys[FACTS] = {
		[FACT_VM_ID] = "vmId",
		[FACT_VM_NAME] = "name",
		[FACT_RESOURCE_ID] = "resourceId",
		[FACT_SCALE_SET] = "vmScaleSetName",
	};
	json_t *root = json_loadb(body, len, 0, NULL);
	struct facts facts = { 0 };
	enum fact fact;
	int result = json_is_object(root) ? 0 : -1;

	for (fact = 0; result == 0 && fact < FACTS; fact++)
		result = take(root, keys[fact], facts.text[fact]);
	json_decref(root);
	if (result != 0 ||
	    (facts.text[FACT_VM_ID][0] == '\0' &&
		facts.text[FACT_VM_NAME][0] == '\0'))
		return -1;
	*ret = facts;
	return 0;
}
