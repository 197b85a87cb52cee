/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/config/access.h"
#include "agent/config/azuread.h"
#include "agent/config/extra.h"
#include "agent/config/filename.h"
#include "agent/config/given.h"
#include "agent/config/oauth2.h"
#include "agent/config/signing.h"
#include "agent/config/trust.h"
#include "agent/config/url.h"

#define REMOTE(field_) offsetof(struct config_remote, field_)

static const struct schema_key basic_keys[] = {
	{ "username", given_header, NULL, REMOTE(auth.user.text) },
	{ "username_file", given_text, NULL, REMOTE(auth.user.file) },
	{ "username_ref", schema_refuse_text, NULL, 0 },
	{ "password", given_header, NULL, REMOTE(auth.secret.text) },
	{ "password_file", given_text, NULL, REMOTE(auth.secret.file) },
	{ "password_ref", schema_refuse_text, NULL, 0 },
	{ 0 },
};

void
access_read_basic(const struct schema_at *at, void *target)
{
	struct config_remote *remote = target;

	remote->auth.kind = CONFIG_AUTH_BASIC;
	schema_mapping(at, basic_keys, remote);
	given_check(at, "username", "username_file", &remote->auth.user);
	given_check(at, "password", "password_file", &remote->auth.secret);
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
	{ "credentials", given_header, NULL, REMOTE(auth.secret.text) },
	{ "credentials_file", given_text, NULL, REMOTE(auth.secret.file) },
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
	given_check(
	    at, "credentials", "credentials_file", &remote->auth.secret);
	if (at->faults->count == before && !given_any(&remote->auth.secret))
		schema_fault_key(at,
		    "has neither credentials nor credentials_file; add one");
}

void
access_read_bearer(const struct schema_at *at, void *target)
{
	struct config_remote *remote = target;

	given_header(at, &remote->auth.secret.text);
	if (remote->auth.secret.text != NULL)
		begin_header(at, remote);
}

void
access_read_bearer_file(const struct schema_at *at, void *target)
{
	struct config_remote *remote = target;

	given_text(at, &remote->auth.secret.file);
	if (remote->auth.secret.file != NULL)
		begin_header(at, remote);
}

/* Whether the entry at ${at} has a value for ${key}. */
static bool
has_key(const struct schema_at *at, const char *key)
{
	const struct tree_node *node = tree_find(at->node, key);

	return node != NULL && node->kind != TREE_NULL &&
	    (node->kind != TREE_SCALAR || node->text[0] != '\0');
}

/* Say that ${way}, by which it authenticates, goes in the clear, if it does. */
static void
note_clear(const struct schema_at *at, const struct config_remote *remote,
    const char *way)
{
	struct schema_at url = schema_child(at, "url");

	/* A signature is of no use to others; tokens of Entra are refused. */
	if (remote->url == NULL || url_is_private(remote->url) ||
	    remote->azuread != NULL || remote->sigv4 != NULL)
		return;
	schema_note_key(&url,
	    "plain http shows %s, and all samples, to everyone on the way; "
	    "write https",
	    way);
}

void
access_check(const struct schema_at *at, const struct config_remote *remote)
{
	static const char *const keys[] = { "basic_auth", "authorization",
		"bearer_token", "bearer_token_file", "azuread", "sigv4",
		"oauth2", "google_iam", NULL };
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
	if (first != NULL)
		note_clear(at, remote, first);
}

int
access_resolve(struct config_remote *remote, const char *path)
{
	return filename_resolve(&remote->auth.user.file, path) != 0 ||
		filename_resolve(&remote->auth.secret.file, path) != 0 ||
		trust_resolve(&remote->tls, path) != 0 ||
		azuread_resolve(remote->azuread, path) != 0 ||
		oauth2_resolve(remote->oauth2, path) != 0 ||
		extra_resolve(remote, path) != 0
	    ? -1
	    : 0;
}

void
access_release(struct config_remote *remote)
{
	free(remote->auth.type);
	given_release(&remote->auth.user);
	given_release(&remote->auth.secret);
	trust_release(&remote->tls);
	azuread_free(remote->azuread);
	oauth2_free(remote->oauth2);
	signing_free(remote->sigv4);
	extra_release(remote);
}
