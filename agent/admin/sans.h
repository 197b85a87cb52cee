/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/admin/sans.h - the names of which a client's certificate is to have
 * one: client_allowed_sans.
 *
 * Names of hosts, addresses, mail addresses and URIs, compared as they are
 * written; an address as it is usually written.
 */
#ifndef AGENT_ADMIN_SANS_H
#define AGENT_ADMIN_SANS_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/config/schema.h"

#define SANS_MAX 64u  /* Names in a list. */
#define SAN_MAX 1024u /* Bytes of a name; longer ones match nothing. */

/* Zeroed, there are none. */
struct sans {
	char *names[SANS_MAX];
	size_t len;
};

/* Into a struct sans, replacing what it was. */
schema_read_fn sans_read;

void sans_release(struct sans *sans);

/* Whether ${certificate}, as DER, is for one of ${sans}. */
bool sans_match(const struct sans *sans, const gnutls_datum_t *certificate);

#endif /* AGENT_ADMIN_SANS_H */
