/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/wipe.h"
#include "agent/config/given.h"
#include "agent/config/signing.h"

/* A part of a credential's scope: nothing that would end it. */
static void
read_part(const struct schema_at *at, void *target)
{
	static const char *const allowed = "abcdefghijklmnopqrstuvwxyz"
					   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789-_";
	const char *text = at->node->text;

	if (!schema_is(at, TREE_SCALAR))
		return;
	if (text[strspn(text, allowed)] != '\0' || strlen(text) > 128)
		schema_fault(at,
		    "has what neither a region nor a key id has; copy it from "
		    "AWS, as eu-west-1");
	else
		given_text(at, target);
}

static void
refuse_chain(const struct schema_at *at, void *target)
{
	(void)target;
	if (at->node->kind != TREE_SCALAR || at->node->text[0] != '\0')
		schema_fault_key(at,
		    "not supported by this version; write access_key and "
		    "secret_key, or have AWS_ACCESS_KEY_ID, "
		    "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN in the "
		    "environment");
}

#define SIGV4(field_) offsetof(struct config_sigv4, field_)

static const struct schema_key sigv4_keys[] = {
	{ "region", read_part, NULL, SIGV4(region) },
	{ "access_key", read_part, NULL, SIGV4(access_key) },
	{ "secret_key", given_header, NULL, SIGV4(secret_key) },
	{ "profile", refuse_chain, NULL, 0 },
	{ "role_arn", refuse_chain, NULL, 0 },
	{ "external_id", refuse_chain, NULL, 0 },
	{ "use_fips_sts_endpoint", schema_ignore_bool, NULL, 0 },
	{ 0 },
};

void
signing_read(const struct schema_at *at, void *target)
{
	struct config_sigv4 **ret = target, *sigv4;
	size_t before = at->faults->count;

	if ((sigv4 = calloc(1, sizeof(*sigv4))) == NULL) {
		at->faults->nomem = true;
		return;
	}
	signing_free(*ret);
	*ret = sigv4;
	schema_mapping(at, sigv4_keys, sigv4);
	if (at->faults->count == before &&
	    (sigv4->access_key == NULL) != (sigv4->secret_key == NULL))
		schema_fault_key(at,
		    "a key needs its secret, and the secret its key; add %s",
		    sigv4->access_key == NULL ? "access_key" : "secret_key");
}

void
signing_free(struct config_sigv4 *sigv4)
{
	if (sigv4 == NULL)
		return;
	free(sigv4->region);
	wipe_text(sigv4->access_key);
	wipe_text(sigv4->secret_key);
	free(sigv4);
}
