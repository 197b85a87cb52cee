/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/bundle.h - a key and certificates, in whatever they came in.
 *
 * PEM, in any order; PFX, which is PKCS#12; and that in base 64, as Azure Key
 * Vault hands it out and its driver for secrets writes it into files.
 */
#ifndef AGENT_AUTH_BUNDLE_H
#define AGENT_AUTH_BUNDLE_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>

#define BUNDLE_CERTS_MAX 32 /* Certificates that are taken. */

struct bundle {
	EVP_PKEY *key;          /* NULL: none yet. */
	STACK_OF(X509) * certs; /* In the order in which they came. */
	const char *what;       /* What is wrong with the bytes ... */
	const char *todo;       /* ... and what to do. */
};

/* Return -1 if there is no memory; to be released in any case. */
int bundle_init(struct bundle *bundle);

/* Wipe and free what it holds. */
void bundle_release(struct bundle *bundle);

/**
 * bundle_read(bundle, data, len, password):
 * Add what the ${len} bytes at ${data} hold, which may be changed; ${password}
 * is "" for none.  Return -1 and set bundle->what and todo if that cannot be
 * done, or would be a second key.
 */
int bundle_read(
    struct bundle *bundle, void *data, size_t len, const char *password);

#endif /* AGENT_AUTH_BUNDLE_H */
