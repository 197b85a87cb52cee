/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/base/wipe.h"
#include "agent/config/claims.h"
#include "agent/config/filename.h"
#include "agent/config/given.h"
#include "agent/config/header.h"
#include "agent/config/oauth2.h"
#include "agent/config/proxy.h"
#include "agent/config/trust.h"
#include "agent/config/url.h"

static void
read_grant(const struct schema_at *at, void *target)
{
	static const char *const types[] = { "client_credentials",
		"urn:ietf:params:oauth:grant-type:jwt-bearer", NULL };

	if (at->node->kind != TREE_SCALAR || at->node->text[0] != '\0')
		*(bool *)target = schema_choice(at, types) == 1;
}

static void
read_algorithm(const struct schema_at *at, void *target)
{
	static const char *const names[] = { "RS256", "RS384", "RS512", NULL };
	int algorithm;

	if (at->node->kind == TREE_SCALAR && at->node->text[0] == '\0')
		return;
	if ((algorithm = schema_choice(at, names)) >= 0)
		*(enum oauth2_algorithm *)target =
		    (enum oauth2_algorithm)algorithm;
}

/* Keep what ${buf} holds, unless it is nothing, and release it. */
static void
keep(const struct schema_at *at, struct buf *buf, char **ret)
{
	if (buf->bad)
		schema_fault(
		    at, "longer than %zu bytes in all; shorten it", buf->max);
	else if (buf->len > 0 && (*ret = strdup(buf_text(buf))) == NULL)
		at->faults->nomem = true;
	buf_release(buf);
}

static void
read_scopes(const struct schema_at *at, void *target)
{
	struct schema_at child = { .up = at, .faults = at->faults };
	struct buf scopes;

	if (!schema_is(at, TREE_LIST))
		return;
	buf_init(&scopes, OAUTH2_SCOPES_MAX);
	for (child.node = at->node->first; child.node != NULL;
	     child.node = child.node->next, child.index++)
		if (schema_is(&child, TREE_SCALAR))
			buf_printf(&scopes, "%s%s", scopes.len > 0 ? " " : "",
			    child.node->text);
	keep(at, &scopes, target);
}

static void
read_claims(const struct schema_at *at, void *target)
{
	struct buf claims;

	if (!schema_is(at, TREE_MAPPING))
		return;
	buf_secret(&claims, OAUTH2_CLAIMS_MAX);
	claims_put(&claims, at->node);
	keep(at, &claims, target);
}

static void
read_url(const struct schema_at *at, void *target)
{
	struct config_oauth2 *oauth2 = target;

	url_read(at, &oauth2->token_url, &oauth2->shown_url);
	if (oauth2->token_url != NULL && !url_is_private(oauth2->token_url))
		schema_note_key(at,
		    "plain http shows what tokens are had for, and the tokens, "
		    "to everyone on the way; write https");
}

static void
read_params(const struct schema_at *at, void *target)
{
	struct schema_at child = { .up = at, .faults = at->faults };
	struct config_oauth2 *oauth2 = target;
	struct config_header *param;

	if (!schema_is(at, TREE_MAPPING))
		return;
	oauth2->params = calloc(OAUTH2_PARAMS_MAX, sizeof(*param));
	if (oauth2->params == NULL) {
		at->faults->nomem = true;
		return;
	}
	for (child.node = at->node->first; child.node != NULL;
	     child.node = child.node->next) {
		child.key = child.node->key->text;
		if (oauth2->params_len == OAUTH2_PARAMS_MAX) {
			schema_fault(&child, "more than %u; remove some",
			    OAUTH2_PARAMS_MAX);
			return;
		}
		param = &oauth2->params[oauth2->params_len++];
		schema_text(&child, &param->value);
		if ((param->name = strdup(child.key)) == NULL)
			at->faults->nomem = true;
	}
}

#define OAUTH2(field_) offsetof(struct config_oauth2, field_)

static const struct schema_key oauth2_keys[] = {
	{ "client_id", given_text, NULL, OAUTH2(client_id) },
	{ "client_secret", given_text, NULL, OAUTH2(secret.text) },
	{ "client_secret_file", given_text, NULL, OAUTH2(secret.file) },
	{ "client_secret_ref", schema_refuse_text, NULL, 0 },
	{ "grant_type", read_grant, NULL, OAUTH2(signs) },
	{ "client_certificate_key", given_text, NULL, OAUTH2(key.text) },
	{ "client_certificate_key_file", given_text, NULL, OAUTH2(key.file) },
	{ "client_certificate_key_ref", schema_refuse_text, NULL, 0 },
	{ "client_certificate_key_id", given_text, NULL, OAUTH2(key_id) },
	{ "signature_algorithm", read_algorithm, NULL, OAUTH2(algorithm) },
	{ "iss", given_text, NULL, OAUTH2(issuer) },
	{ "audience", given_text, NULL, OAUTH2(audience) },
	{ "claims", read_claims, NULL, OAUTH2(claims) },
	{ "scopes", read_scopes, NULL, OAUTH2(scopes) },
	{ "token_url", read_url, NULL, 0 },
	{ "endpoint_params", read_params, NULL, 0 },
	{ "tls_config", trust_read, NULL, OAUTH2(tls) },
	{ "proxy_url", proxy_read_url, NULL, OAUTH2(proxy.url) },
	{ "no_proxy", proxy_read_list, NULL, OAUTH2(proxy.no_proxy) },
	{ "proxy_from_environment", schema_bool, NULL,
	    OAUTH2(proxy.from_environment) },
	{ "proxy_from_arc", schema_bool, NULL, OAUTH2(proxy.from_arc) },
	{ "proxy_connect_header", proxy_read_headers, NULL, OAUTH2(proxy) },
	{ 0 },
};

/* What must be there, and what does not go together. */
static void
check(const struct schema_at *at, const struct config_oauth2 *oauth2)
{
	if (oauth2->client_id == NULL)
		schema_fault_key(at,
		    "has no client_id; write the one that the server knows");
	if (oauth2->token_url == NULL)
		schema_fault_key(at,
		    "has no token_url; write where the server gives out "
		    "tokens, as https://host/oauth2/token");
	if (oauth2->signs && !given_any(&oauth2->key))
		schema_fault_key(at,
		    "has no key to sign with; add client_certificate_key_file");
	if (!oauth2->signs && given_any(&oauth2->key))
		schema_fault_key(at,
		    "has a key, with which client_credentials does nothing; "
		    "write grant_type: "
		    "urn:ietf:params:oauth:grant-type:jwt-bearer, or remove "
		    "the key");
	if (oauth2->signs && given_any(&oauth2->secret))
		schema_fault_key(at,
		    "has a key to sign with, and a secret too; keep one of "
		    "the two");
}

void
oauth2_read(const struct schema_at *at, void *target)
{
	struct config_oauth2 **ret = target, *oauth2;
	size_t before = at->faults->count;

	if ((oauth2 = calloc(1, sizeof(*oauth2))) == NULL) {
		at->faults->nomem = true;
		return;
	}
	oauth2_free(*ret);
	*ret = oauth2;
	schema_mapping(at, oauth2_keys, oauth2);
	given_check(at, "client_secret", "client_secret_file", &oauth2->secret);
	given_check(at, "client_certificate_key", "client_certificate_key_file",
	    &oauth2->key);
	proxy_check(at, &oauth2->proxy);
	if (at->faults->count == before)
		check(at, oauth2);
}

int
oauth2_resolve(struct config_oauth2 *oauth2, const char *path)
{
	return oauth2 != NULL &&
		(filename_resolve(&oauth2->secret.file, path) != 0 ||
		    filename_resolve(&oauth2->key.file, path) != 0 ||
		    trust_resolve(&oauth2->tls, path) != 0)
	    ? -1
	    : 0;
}

void
oauth2_free(struct config_oauth2 *oauth2)
{
	if (oauth2 == NULL)
		return;
	free(oauth2->client_id);
	given_release(&oauth2->secret);
	given_release(&oauth2->key);
	free(oauth2->key_id);
	free(oauth2->issuer);
	free(oauth2->audience);
	wipe_text(oauth2->claims);
	free(oauth2->scopes);
	wipe_text(oauth2->token_url);
	free(oauth2->shown_url);
	header_free(oauth2->params, oauth2->params_len);
	trust_release(&oauth2->tls);
	proxy_release(&oauth2->proxy);
	free(oauth2);
}
