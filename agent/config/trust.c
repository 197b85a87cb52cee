/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/config/filename.h"
#include "agent/config/given.h"
#include "agent/config/trust.h"

static const char *const versions[] = { "TLS10", "TLS11", "TLS12", "TLS13",
	NULL };

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
		given_text(at, target);
}

#define TLS(field_) offsetof(struct config_tls, field_)

static const struct schema_key tls_keys[] = {
	{ "ca", given_text, NULL, TLS(ca.text) },
	{ "ca_file", given_text, NULL, TLS(ca.file) },
	{ "ca_ref", schema_refuse_text, NULL, 0 },
	{ "cert", given_text, NULL, TLS(cert.text) },
	{ "cert_file", given_text, NULL, TLS(cert.file) },
	{ "cert_ref", schema_refuse_text, NULL, 0 },
	{ "key", given_text, NULL, TLS(key.text) },
	{ "key_file", given_text, NULL, TLS(key.file) },
	{ "key_ref", schema_refuse_text, NULL, 0 },
	{ "server_name", read_server_name, NULL, TLS(server_name) },
	{ "insecure_skip_verify", schema_bool, NULL,
	    TLS(insecure_skip_verify) },
	{ "min_version", read_version, NULL, TLS(min_version) },
	{ "max_version", read_version, NULL, TLS(max_version) },
	{ 0 },
};

void
trust_read(const struct schema_at *at, void *target)
{
	struct config_tls *tls = target;
	size_t before = at->faults->count;

	schema_mapping(at, tls_keys, tls);
	given_check(at, "ca", "ca_file", &tls->ca);
	given_check(at, "cert", "cert_file", &tls->cert);
	given_check(at, "key", "key_file", &tls->key);
	if (at->faults->count != before)
		return;
	if (given_any(&tls->cert) != given_any(&tls->key))
		schema_fault_key(at,
		    "a client certificate needs its key, and the key its "
		    "certificate; add %s",
		    given_any(&tls->cert) ? "key_file" : "cert_file");
	if (tls->max_version != CONFIG_TLS_DEFAULT &&
	    tls->max_version < tls->min_version)
		schema_fault_key(at,
		    "max_version is below min_version, and nothing is "
		    "between; raise it");
}

int
trust_resolve(struct config_tls *tls, const char *path)
{
	return filename_resolve(&tls->ca.file, path) != 0 ||
		filename_resolve(&tls->cert.file, path) != 0 ||
		filename_resolve(&tls->key.file, path) != 0
	    ? -1
	    : 0;
}

void
trust_release(struct config_tls *tls)
{
	given_release(&tls->ca);
	given_release(&tls->cert);
	given_release(&tls->key);
	free(tls->server_name);
	*tls = (struct config_tls){ 0 };
}
