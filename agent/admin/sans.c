/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

#include "agent/admin/sans.h"

/* Add the name at ${at}, if it is one. */
static void
add(const struct schema_at *at, struct sans *sans)
{
	if (!schema_is(at, TREE_SCALAR))
		return;
	if (at->node->text[0] == '\0' || strlen(at->node->text) >= SAN_MAX) {
		schema_fault(at,
		    "empty or too long; write a name as in the client's "
		    "certificate");
		return;
	}
	sans->names[sans->len] = strdup(at->node->text);
	if (sans->names[sans->len] == NULL)
		at->faults->nomem = true;
	else
		sans->len++;
}

void
sans_read(const struct schema_at *at, void *target)
{
	struct schema_at entry = { .up = at, .faults = at->faults };
	struct sans *sans = target;

	sans_release(sans);
	if (!schema_is(at, TREE_LIST))
		return;
	if (at->node->first == NULL)
		schema_fault(at,
		    "no name, so that no client could have one; add those of "
		    "clients, or remove the key");
	for (entry.node = at->node->first; entry.node != NULL;
	     entry.node = entry.node->next, entry.index++) {
		if (sans->len == SANS_MAX) {
			schema_fault(&entry,
			    "more than %u names; have an authority of its own "
			    "vouch for so many clients",
			    SANS_MAX);
			return;
		}
		add(&entry, sans);
	}
}

void
sans_release(struct sans *sans)
{
	while (sans->len > 0)
		free(sans->names[--sans->len]);
}

static bool
has(const struct sans *sans, const char *name)
{
	size_t i;

	for (i = 0; i < sans->len; i++)
		if (strcmp(sans->names[i], name) == 0)
			return true;
	return false;
}

/* Whether the ${len} bytes at ${name}, of ${kind}, are one of ${sans}. */
static bool
is_one(const struct sans *sans, int kind, const char *name, size_t len)
{
	char address[INET6_ADDRSTRLEN];

	switch (kind) {
	case GNUTLS_SAN_IPADDRESS:
		return (len == 4 || len == 16) &&
		    inet_ntop(len == 4 ? AF_INET : AF_INET6, name, address,
			sizeof(address)) != NULL &&
		    has(sans, address);
	case GNUTLS_SAN_DNSNAME:
	case GNUTLS_SAN_RFC822NAME:
	case GNUTLS_SAN_URI:
		/* A NUL within would hide what comes after it. */
		return strlen(name) == len && has(sans, name);
	default:
		return false;
	}
}

bool
sans_match(const struct sans *sans, const gnutls_datum_t *certificate)
{
	char name[SAN_MAX];
	gnutls_x509_crt_t crt;
	bool found = false;
	unsigned int i;
	size_t len;
	int kind = 0;

	if (gnutls_x509_crt_init(&crt) != GNUTLS_E_SUCCESS)
		return false;
	if (gnutls_x509_crt_import(crt, certificate, GNUTLS_X509_FMT_DER) !=
	    GNUTLS_E_SUCCESS)
		kind = GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	for (i = 0; !found && kind != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	     i++) {
		len = sizeof(name) - 1;
		kind = gnutls_x509_crt_get_subject_alt_name(
		    crt, i, name, &len, NULL);
		if (kind < 0 || len >= sizeof(name))
			continue; /* Of a kind, or a length, unheard of. */
		name[len] = '\0';
		found = is_one(sans, kind, name, len);
	}
	gnutls_x509_crt_deinit(crt);
	return found;
}
