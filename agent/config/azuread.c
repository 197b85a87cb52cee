/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/base/wipe.h"
#include "agent/config/azuread.h"
#include "agent/config/filename.h"

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define UUID_LEN 36u
#define RESOURCE "/subscriptions/"

#define AZUREAD(field_) offsetof(struct config_azuread, field_)

/* Every text of it that is to be freed. */
static const size_t texts[] = { AZUREAD(scope), AZUREAD(client_id),
	AZUREAD(tenant_id), AZUREAD(object_id), AZUREAD(resource_id),
	AZUREAD(client_secret.text), AZUREAD(client_secret.file),
	AZUREAD(certificate_path), AZUREAD(certificate_key_path),
	AZUREAD(certificate_password.text), AZUREAD(certificate_password.file),
	AZUREAD(token_file_path) };

/* Those that name files. */
static const size_t files[] = { AZUREAD(client_secret.file),
	AZUREAD(certificate_path), AZUREAD(certificate_key_path),
	AZUREAD(certificate_password.file), AZUREAD(token_file_path) };

static char **
text_at(struct config_azuread *azuread, size_t offset)
{
	return (char **)(void *)((char *)azuread + offset);
}

/* A text; an empty one is as none. */
static void
read_given(const struct schema_at *at, void *target)
{
	if (schema_is(at, TREE_SCALAR) && at->node->text[0] != '\0')
		schema_text(at, target);
}

/*
 * Write the UUID ${text} in its usual form into ${ret}.  Hyphens may all be
 * missing, and the whole stand in braces or after urn:uuid:, as Prometheus has
 * it.  Return -1 if it is none.
 */
static int
take_uuid(const char *text, char ret[UUID_LEN + 1])
{
	bool urn = strncasecmp(text, "urn:uuid:", 9) == 0;
	bool braces = *text == '{';
	bool bare = strlen(text) == UUID_LEN - 4;
	size_t i;

	text += urn ? 9 : braces ? 1 : 0;
	for (i = 0; i < UUID_LEN; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			ret[i] = '-';
			if (!bare && *text++ != '-')
				return -1;
		} else if (*text == '\0' ||
		    strchr(DIGITS "abcdefABCDEF", *text) == NULL) {
			return -1;
		} else {
			ret[i] = *text++;
		}
	}
	ret[UUID_LEN] = '\0';
	return strcmp(text, braces ? "}" : "") == 0 ? 0 : -1;
}

static void
read_uuid(const struct schema_at *at, void *target)
{
	char **text = target, uuid[UUID_LEN + 1];

	if (!schema_is(at, TREE_SCALAR) || at->node->text[0] == '\0')
		return;
	if (take_uuid(at->node->text, uuid) != 0) {
		schema_fault(at,
		    "not an id; write it as Azure shows it: "
		    "00000000-0000-0000-0000-000000000000");
		return;
	}
	free(*text);
	if ((*text = strdup(uuid)) == NULL)
		at->faults->nomem = true;
}

/* A text of ${allowed} characters alone, or the fault ${fault}. */
static void
read_of(const struct schema_at *at, void *target, const char *allowed,
    const char *fault)
{
	const char *text = at->node->text;

	if (at->node->kind == TREE_SCALAR &&
	    (text[strspn(text, allowed)] != '\0' ||
		strlen(text) > AZUREAD_TEXT_MAX))
		schema_fault(at, "%s", fault);
	else
		read_given(at, target);
}

/* It becomes part of a URL. */
static void
read_tenant(const struct schema_at *at, void *target)
{
	if (at->node->kind == TREE_SCALAR &&
	    (strcmp(at->node->text, ".") == 0 ||
		strcmp(at->node->text, "..") == 0))
		schema_fault(at, "not a tenant; write its id or domain");
	else
		read_of(at, target, DIGITS LETTERS "-.",
		    "not a tenant; write its id or domain, of letters, "
		    "digits, '-' and '.'");
}

static void
read_scope(const struct schema_at *at, void *target)
{
	read_of(at, target, DIGITS LETTERS "_ \t\n\f\r:/.-",
	    "not a scope; write it as https://monitor.azure.com/.default");
}

static void
read_resource(const struct schema_at *at, void *target)
{
	static const char *const fault =
	    "not the resource id of an identity; write it as Azure shows it, "
	    "from " RESOURCE " on";
	const char *text = at->node->text;

	if (at->node->kind == TREE_SCALAR && text[0] != '\0' &&
	    strncasecmp(text, RESOURCE, strlen(RESOURCE)) != 0)
		schema_fault(at, "%s", fault);
	else
		read_of(at, target, DIGITS LETTERS "/-_.()", fault);
}

static void
read_cloud(const struct schema_at *at, void *target)
{
	static const char *const clouds[] = { [AZUREAD_PUBLIC] = "AzurePublic",
		[AZUREAD_GOVERNMENT] = "AzureGovernment",
		[AZUREAD_CHINA] = "AzureChina",
		NULL };
	int cloud;

	if (at->node->kind == TREE_SCALAR && at->node->text[0] == '\0')
		return;
	if ((cloud = schema_choice(at, clouds)) >= 0)
		*(enum azuread_cloud *)target = (enum azuread_cloud)cloud;
}

static void
read_source(const struct schema_at *at, void *target)
{
	static const char *const sources[] = { [AZUREAD_AUTO] = "auto",
		[AZUREAD_IMDS] = "imds",
		[AZUREAD_ARC] = "arc",
		[AZUREAD_APPSERVICE] = "appservice",
		NULL };
	int source = schema_choice(at, sources);

	if (source >= 0)
		*(enum azuread_source *)target = (enum azuread_source)source;
}

/* Add a fault if ${key} of ${at} has no value, or an empty one. */
static void
require(const struct schema_at *at, const char *key, const char *hint)
{
	struct schema_at place = schema_child(at, key);

	schema_require(at, key, hint);
	if (place.node != at->node && place.node->kind == TREE_SCALAR &&
	    place.node->text[0] == '\0')
		schema_fault(&place, "empty; %s", hint);
}

static void
require_client(const struct schema_at *at)
{
	require(at, "client_id", "write the application's client id");
}

static void
require_tenant(const struct schema_at *at)
{
	require(at, "tenant_id", "write the tenant's id or domain");
}

/* Whether ${key} of ${at} has a value. */
static bool
has(const struct schema_at *at, const char *key)
{
	const struct tree_node *node = tree_find(at->node, key);

	return node != NULL && node->kind != TREE_NULL &&
	    (node->kind != TREE_SCALAR || node->text[0] != '\0');
}

/* Add a fault at all but the first of those ${keys} that have a value. */
static void
check_one(const struct schema_at *at, const char *const keys[])
{
	const char *first = NULL;
	struct schema_at place;
	size_t i;

	for (i = 0; keys[i] != NULL; i++) {
		if (!has(at, keys[i]))
			continue;
		place = schema_child(at, keys[i]);
		if (first != NULL)
			schema_fault_key(&place,
			    "%s is given too; keep one of the two", first);
		first = keys[i];
	}
}

static const struct schema_key managed_keys[] = {
	{ "client_id", read_uuid, NULL, AZUREAD(client_id) },
	{ "object_id", read_uuid, NULL, AZUREAD(object_id) },
	{ "resource_id", read_resource, NULL, AZUREAD(resource_id) },
	{ "source", read_source, NULL, AZUREAD(source) },
	{ 0 },
};

static void
read_managed(const struct schema_at *at, void *target)
{
	static const char *const keys[] = { "client_id", "object_id",
		"resource_id", NULL };
	struct config_azuread *azuread = target;

	azuread->method = AZUREAD_MANAGED_IDENTITY;
	schema_mapping(at, managed_keys, azuread);
	if (at->node->kind == TREE_MAPPING)
		check_one(at, keys);
}

static const struct schema_key workload_keys[] = {
	{ "client_id", read_uuid, NULL, AZUREAD(client_id) },
	{ "tenant_id", read_uuid, NULL, AZUREAD(tenant_id) },
	{ "token_file_path", read_given, NULL, AZUREAD(token_file_path) },
	{ 0 },
};

static void
read_workload(const struct schema_at *at, void *target)
{
	struct config_azuread *azuread = target;

	azuread->method = AZUREAD_WORKLOAD_IDENTITY;
	schema_mapping(at, workload_keys, azuread);
	if (at->node->kind != TREE_MAPPING)
		return;
	require_client(at);
	require_tenant(at);
}

static const struct schema_key oauth_keys[] = {
	{ "client_id", read_uuid, NULL, AZUREAD(client_id) },
	{ "client_secret", read_given, NULL, AZUREAD(client_secret.text) },
	{ "client_secret_file", read_given, NULL, AZUREAD(client_secret.file) },
	{ "tenant_id", read_tenant, NULL, AZUREAD(tenant_id) },
	{ 0 },
};

static void
read_oauth(const struct schema_at *at, void *target)
{
	static const char *const keys[] = { "client_secret",
		"client_secret_file", NULL };
	struct config_azuread *azuread = target;

	azuread->method = AZUREAD_OAUTH;
	schema_mapping(at, oauth_keys, azuread);
	if (at->node->kind != TREE_MAPPING)
		return;
	require_client(at);
	require_tenant(at);
	check_one(at, keys);
	if (!has(at, keys[0]) && !has(at, keys[1]))
		schema_fault_key(at,
		    "has neither client_secret nor client_secret_file; add "
		    "one");
}

static const struct schema_key certificate_keys[] = {
	{ "client_id", read_uuid, NULL, AZUREAD(client_id) },
	{ "tenant_id", read_tenant, NULL, AZUREAD(tenant_id) },
	{ "certificate_path", read_given, NULL, AZUREAD(certificate_path) },
	{ "certificate_key_path", read_given, NULL,
	    AZUREAD(certificate_key_path) },
	{ "certificate_password", read_given, NULL,
	    AZUREAD(certificate_password.text) },
	{ "certificate_password_file", read_given, NULL,
	    AZUREAD(certificate_password.file) },
	{ "send_certificate_chain", schema_bool, NULL,
	    AZUREAD(send_certificate_chain) },
	{ 0 },
};

static void
read_certificate(const struct schema_at *at, void *target)
{
	static const char *const keys[] = { "certificate_password",
		"certificate_password_file", NULL };
	struct config_azuread *azuread = target;

	azuread->method = AZUREAD_CERTIFICATE;
	schema_mapping(at, certificate_keys, azuread);
	if (at->node->kind != TREE_MAPPING)
		return;
	require_client(at);
	require_tenant(at);
	require(at, "certificate_path",
	    "write the file of the certificate and its key, PEM or PFX");
	check_one(at, keys);
}

static const struct schema_key sdk_keys[] = {
	{ "tenant_id", read_tenant, NULL, AZUREAD(tenant_id) },
	{ 0 },
};

static void
read_sdk(const struct schema_at *at, void *target)
{
	struct config_azuread *azuread = target;

	azuread->method = AZUREAD_SDK;
	schema_mapping(at, sdk_keys, azuread);
}

static const struct schema_key azuread_keys[] = {
	{ "cloud", read_cloud, NULL, AZUREAD(cloud) },
	{ "scope", read_scope, NULL, AZUREAD(scope) },
	{ "managed_identity", read_managed, NULL, 0 },
	{ "workload_identity", read_workload, NULL, 0 },
	{ "oauth", read_oauth, NULL, 0 },
	{ "certificate", read_certificate, NULL, 0 },
	{ "sdk", read_sdk, NULL, 0 },
	{ 0 },
};

void
azuread_read(const struct schema_at *at, void *target)
{
	static const char *const methods[] = { "managed_identity",
		"workload_identity", "oauth", "certificate", "sdk", NULL };
	struct config_remote *remote = target;
	size_t i;

	azuread_free(remote->azuread);
	if ((remote->azuread = calloc(1, sizeof(*remote->azuread))) == NULL) {
		at->faults->nomem = true;
		return;
	}
	schema_mapping(at, azuread_keys, remote->azuread);
	if (at->node->kind != TREE_MAPPING)
		return;
	check_one(at, methods);
	for (i = 0; methods[i] != NULL; i++)
		if (has(at, methods[i]))
			return;
	schema_fault_key(at,
	    "says not who this is; add managed_identity, workload_identity, "
	    "oauth, certificate or sdk ({} if it needs no keys)");
}

const char *
azuread_scope(const struct config_azuread *azuread)
{
	/* The second slash becomes part of the audience, as it should. */
	static const char *const scopes[] = {
		[AZUREAD_PUBLIC] = "https://monitor.azure.com//.default",
		[AZUREAD_GOVERNMENT] = "https://monitor.azure.us//.default",
		[AZUREAD_CHINA] = "https://monitor.azure.cn//.default",
	};

	return azuread->scope != NULL ? azuread->scope : scopes[azuread->cloud];
}

int
azuread_resolve(struct config_azuread *azuread, const char *path)
{
	size_t i;

	if (azuread == NULL)
		return 0;
	for (i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (filename_resolve(text_at(azuread, files[i]), path) != 0)
			return -1;
	return 0;
}

void
azuread_free(struct config_azuread *azuread)
{
	size_t i;

	if (azuread == NULL)
		return;
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		wipe_text(*text_at(azuread, texts[i]));
	free(azuread);
}
