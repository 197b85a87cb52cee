/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/admin/suites.h - versions, ciphers and curves of TLS, by the names
 * that Prometheus has for them, as GnuTLS takes them.
 */
#ifndef AGENT_ADMIN_SUITES_H
#define AGENT_ADMIN_SUITES_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/config/schema.h"

#define SUITES_MAX 32u /* Names in a list. */

enum suites_version {
	SUITES_TLS10,
	SUITES_TLS11,
	SUITES_TLS12,
	SUITES_TLS13,
};

struct suites {
	enum suites_version min_version, max_version;
	const char *ciphers[SUITES_MAX]; /* GnuTLS's names; none: its own. */
	size_t ciphers_len;
	const char *curves[SUITES_MAX]; /* Likewise. */
	size_t curves_len;
	bool prefer_server; /* Its order counts, not the client's. */
};

/* What is so where nothing is written. */
extern const struct suites suites_default;

/* Readers into a version, and of lists into a struct suites. */
schema_read_fn suites_read_version;
schema_read_fn suites_read_ciphers;
schema_read_fn suites_read_curves;

/* Whether no version is left. */
bool suites_are_empty(const struct suites *suites);

/* Make ${ret} of it; -1 if GnuTLS, as it is set up here, allows nothing. */
int suites_make(const struct suites *suites, gnutls_priority_t *ret);

#endif /* AGENT_ADMIN_SUITES_H */
