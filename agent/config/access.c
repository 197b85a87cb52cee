/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/config/access.h"
#include "agent/config/azuread.h"
#include "agent/config/filename.h"
#include "agent/config/url.h"

static const char *const versions[] = { "TLS10", "TLS11", "TLS12", "TLS13",
	NULL };

/* Add a fault at ${key} of ${at} if both it and ${other} are given. */
static void
check_one(const struct schema_at *at, const char *key, const char *other,
    const struct config_secret *secret)
{
	struct schema_at place = schema_child(at, other);

	if (secret->text != NULL && secret->file != NULL)
		schema_fault_key(
		    &place, "%s is given too; keep one of the two", key);
}

/* A text; an empty one is as none. */
static void
read_given(const struct schema_at *at, void *target)
{
	if (schema_is(at, TREE_SCALAR) && at->node->text[0] != '\0')
		schema_text(at, target);
}

/* The same of what goes into a header. */
static void
read_header_text(const struct schema_at *at, void *target)
{
	const unsigned char *c = (const unsigned char *)at->node->text;

	if (!schema_is(at, TREE_SCALAR))
		return;
	while (*c >= ' ' && *c != 0x7f)
		c++;
	if (*c != '\0')
		schema_fault(
		    at, "a control character or line break; remove it");
	else
		read_given(at, target);
}

#define REMOTE(field_) offsetof(struct config_remote, field_)

static const struct schema_key basic_keys[] = {
	{ "username", read_header_text, NULL, REMOTE(auth.user.text) },
	{ "username_file", read_given, NULL, REMOTE(auth.user.file) },
	{ "username_ref", schema_refuse_text, NULL, 0 },
	{ "password", read_header_text, NULL, REMOTE(auth.secret.text) },
	{ "password_file", read_given, NULL, REMOTE(auth.secret.file) },
	{ "password_ref", schema_refuse_text, NULL, 0 },
	{ 0 },
};

void
access_read_basic(const struct schema_at *at, void *target)
{
	struct config_remote *remote = target;

	remote->auth.kind = CONFIG_AUTH_BASIC;
	schema_mapping(at, basic_keys, remote);
	check_one(at, "username", "username_file", &remote->auth.user);
	check_one(at, "password", "password_file", &remote->auth.secret);
}

/* The scheme of authentication, without spaces around it. */
static void
read_type(const struct schema_at *at, void *target)
{
	static const char *const token = "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789!#$%&'*+-.^_`|~";
	char **type = target;
	const char *text = at->node->text;
	size_t len;

	if (!schema_is(at, TREE_SCALAR))
		return;
	text += strspn(text, " \t\r\n");
	len = strspn(text, token);
	if (text[len + strspn(text + len, " \t\r\n")] != '\0') {
		schema_fault(at, "not a type; write one word, as Bearer");
	} else if (len == 5 && strncasecmp(text, "basic", len) == 0) {
		schema_fault(at,
		    "Basic has a key of its own; write basic_auth "
		    "instead of authorization");
	} else if (len > 0) {
		free(*type);
		if ((*type = strndup(text, len)) == NULL)
			at->faults->nomem = true;
	}
}

static const struct schema_key authorization_keys[] = {
	{ "type", read_type, NULL, REMOTE(auth.type) },
	{ "credentials", read_header_text, NULL, REMOTE(auth.secret.text) },
	{ "credentials_file", read_given, NULL, REMOTE(auth.secret.file) },
	{ "credentials_ref", schema_refuse_text, NULL, 0 },
	{ 0 },
};

/* A header is to be sent, of the type Bearer unless another is given. */
static void
begin_header(const struct schema_at *at, struct config_remote *remote)
{
	remote->auth.kind = CONFIG_AUTH_HEADER;
	if (remote->auth.type == NULL &&
	    (remote->auth.type = strdup("Bearer")) == NULL)
		at->faults->nomem = true;
}

void
access_read_authorization(const struct schema_at *at, void *target)
{
	struct config_remote *remote = target;
	size_t before = at->faults->count;

	begin_header(at, remote);
	schema_mapping(at, authorization_keys, remote);
	check_one(at, "credentials", "credentials_file", &remote->auth.secret);
	if (at->faults->count == before && remote->auth.secret.text == NULL &&
	    remote->auth.secret.file == NULL)
		schema_fault_key(at,
		    "has neither credentials nor credentials_file; add one");
}

void
access_read_bearer(const struct schema_at *at, void *target)
{
	struct config_remote *remote = target;

	read_header_text(at, &remote->auth.secret.text);
	if (remote->auth.secret.text != NULL)
		begin_header(at, remote);
}

void
access_read_bearer_file(const struct schema_at *at, void *target)
{
	struct config_remote *remote = target;

	read_given(at, &remote->auth.secret.file);
	if (remote->auth.secret.file != NULL)
		begin_header(at, remote);
}

static void
read_version(const struct schema_at *at, void *target)
{
	int version = schema_choice(at, versions);

	if (version >= 0)
		*(enum config_tls_version *)target =
		    (enum config_tls_version)(version + CONFIG_TLS10);
}

/* A name that a certificate can be for. */
static void
read_server_name(const struct schema_at *at, void *target)
{
	static const char *const allowed = "abcdefghijklmnopqrstuvwxyz"
					   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789.-_";
	const char *name = at->node->text;

	if (!schema_is(at, TREE_SCALAR))
		return;
	if (name[strspn(name, allowed)] != '\0' || strlen(name) > 253)
		schema_fault(at,
		    "not the name of a host; write it as in the "
		    "receiver's certificate");
	else
		read_given(at, target);
}

static const struct schema_key tls_keys[] = {
	{ "ca", read_given, NULL, REMOTE(tls.ca.text) },
	{ "ca_file", read_given, NULL, REMOTE(tls.ca.file) },
	{ "ca_ref", schema_refuse_text, NULL, 0 },
	{ "cert", read_given, NULL, REMOTE(tls.cert.text) },
	{ "cert_file", read_given, NULL, REMOTE(tls.cert.file) },
	{ "cert_ref", schema_refuse_text, NULL, 0 },
	{ "key", read_given, NULL, REMOTE(tls.key.text) },
	{ "key_file", read_given, NULL, REMOTE(tls.key.file) },
	{ "key_ref", schema_refuse_text, NULL, 0 },
	{ "server_name", read_server_name, NULL, REMOTE(tls.server_name) },
	{ "insecure_skip_verify", schema_bool, NULL,
	    REMOTE(tls.insecure_skip_verify) },
	{ "min_version", read_version, NULL, REMOTE(tls.min_version) },
	{ "max_version", read_version, NULL, REMOTE(tls.max_version) },
	{ 0 },
};

static bool
is_given(const struct config_secret *secret)
{
	return secret->text != NULL || secret->file != NULL;
}

void
access_read_tls(const struct schema_at *at, void *target)
{
	struct config_remote *remote = target;
	struct config_tls *tls = &remote->tls;
	size_t before = at->faults->count;

	schema_mapping(at, tls_keys, remote);
	check_one(at, "ca", "ca_file", &tls->ca);
	check_one(at, "cert", "cert_file", &tls->cert);
	check_one(at, "key", "key_file", &tls->key);
	if (at->faults->count != before)
		return;
	if (is_given(&tls->cert) != is_given(&tls->key))
		schema_fault_key(at,
		    "a client certificate needs its key, and the key its "
		    "certificate; add %s",
		    is_given(&tls->cert) ? "key_file" : "cert_file");
	if (tls->max_version != CONFIG_TLS_DEFAULT &&
	    tls->max_version < tls->min_version)
		schema_fault_key(at,
		    "max_version is below min_version, and nothing is "
		    "between; raise it");
}

/* Whether the entry at ${at} has a value for ${key}. */
static bool
has_key(const struct schema_at *at, const char *key)
{
	const struct tree_node *node = tree_find(at->node, key);

	return node != NULL && node->kind != TREE_NULL &&
	    (node->kind != TREE_SCALAR || node->text[0] != '\0');
}

void
access_check(const struct schema_at *at, const struct config_remote *remote)
{
	static const char *const keys[] = { "basic_auth", "authorization",
		"bearer_token", "bearer_token_file", "azuread", NULL };
	const char *first = NULL;
	struct schema_at place;
	size_t i;

	if (at->node->kind != TREE_MAPPING)
		return;
	if (remote->url != NULL && url_has_user(remote->url))
		first = "a user in the url";
	for (i = 0; keys[i] != NULL; i++) {
		if (!has_key(at, keys[i]))
			continue;
		place = schema_child(at, keys[i]);
		if (first != NULL)
			schema_fault_key(&place,
			    "there is %s too; keep one way to authenticate",
			    first);
		first = keys[i];
	}
}

int
access_resolve(struct config_remote *remote, const char *path)
{
	struct config_tls *tls = &remote->tls;

	return filename_resolve(&remote->auth.user.file, path) != 0 ||
		filename_resolve(&remote->auth.secret.file, path) != 0 ||
		filename_resolve(&tls->ca.file, path) != 0 ||
		filename_resolve(&tls->cert.file, path) != 0 ||
		filename_resolve(&tls->key.file, path) != 0 ||
		azuread_resolve(remote->azuread, path) != 0
	    ? -1
	    : 0;
}

static void
release(struct config_secret *secret)
{
	if (secret->text != NULL)
		explicit_bzero(secret->text, strlen(secret->text));
	free(secret->text);
	free(secret->file);
}

void
access_release(struct config_remote *remote)
{
	free(remote->auth.type);
	release(&remote->auth.user);
	release(&remote->auth.secret);
	release(&remote->tls.ca);
	release(&remote->tls.cert);
	release(&remote->tls.key);
	free(remote->tls.server_name);
	azuread_free(remote->azuread);
}
