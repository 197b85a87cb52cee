/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/assertion.h - an application's word for itself, signed.
 *
 * A JSON Web Token (RFC 7519, 7523) as Entra wants it from an application that
 * has a certificate: signed by PS256, the certificate named by x5t#S256.
 */
#ifndef AGENT_AUTH_ASSERTION_H
#define AGENT_AUTH_ASSERTION_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/auth/certificate.h"
#include "agent/base/buf.h"

#define ASSERTION_LIFE 600 /* Seconds for which it can be shown. */

/* What it says. */
struct assertion {
	const char *audience;  /* The URL that it is shown to. */
	const char *client_id; /* Who shows it. */
	int64_t wall;          /* Now: milliseconds since 1970. */
	bool chain; /* Show the whole chain: it is known by its issuer. */
};

/**
 * assertion_put(out, assertion, certificate):
 * Append ${assertion}, signed by ${certificate}.  No two are the same.  Return
 * -1 if it cannot be signed.
 */
int assertion_put(struct buf *out, const struct assertion *assertion,
    const struct certificate *certificate);

#endif /* AGENT_AUTH_ASSERTION_H */
