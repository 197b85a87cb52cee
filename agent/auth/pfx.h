/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/pfx.h - a key and certificates from PKCS#12 (RFC 7292).
 *
 * Old programs encrypt with what OpenSSL 3 only has in its legacy provider,
 * which is then loaded in a library context of its own, for as long as reading
 * takes; where FIPS is in force it is not.
 */
#ifndef AGENT_AUTH_PFX_H
#define AGENT_AUTH_PFX_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>

/* Iterations of all keys derived from the password: some seconds' work. */
#define PFX_ROUNDS_MAX 4000000u

/* What went wrong. */
enum pfx_result {
	PFX_OK,
	PFX_GARBAGE,  /* No PKCS#12, or damaged. */
	PFX_PASSWORD, /* Not its password; or it needs one. */
	PFX_LEGACY,   /* It needs the legacy provider, which is not there. */
	PFX_FIPS,     /* It needs what FIPS forbids. */
	PFX_ROUNDS,   /* It demands too much work. */
	PFX_KEYS,     /* It holds several keys. */
	PFX_NOMEM,
};

/**
 * pfx_read(data, len, password, key, certs):
 * Read the ${len} bytes at ${data} by ${password}, "" for none.  Store in
 * ${key} its key, NULL if it has none, to be freed by EVP_PKEY_free, and put
 * onto ${certs} its certificates, in their order; neither unless PFX_OK.
 */
enum pfx_result pfx_read(const void *data, size_t len, const char *password,
    EVP_PKEY **key, STACK_OF(X509) * certs);

#endif /* AGENT_AUTH_PFX_H */
