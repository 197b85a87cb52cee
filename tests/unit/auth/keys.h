/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/auth/keys.h - keys and certificates that are made up, and their
 * files.
 */
#ifndef TESTS_UNIT_AUTH_KEYS_H
#define TESTS_UNIT_AUTH_KEYS_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdint.h>

#include "agent/base/buf.h"

#define KEYS_NOW INT64_C(1767323045000) /* 2026-01-02T03:04:05Z. */
#define KEYS_DAY 86400

/* A key, to be freed by EVP_PKEY_free. */
EVP_PKEY *keys_rsa(unsigned int bits);
EVP_PKEY *keys_ec(void);

/**
 * keys_cert(key, name, issuer, issuer_key, begin, end):
 * A certificate for ${key}, issued by ${issuer}, NULL for itself, in force from
 * ${begin} to ${end} seconds after KEYS_NOW; to be freed by X509_free.
 */
X509 *keys_cert(EVP_PKEY *key, const char *name, X509 *issuer,
    EVP_PKEY *issuer_key, long begin, long end);

/* Append as PEM; the key encrypted by ${password} unless that is NULL. */
void keys_put_cert(struct buf *out, X509 *cert);
void keys_put_key(struct buf *out, EVP_PKEY *key, const char *password);

/* How a PFX is to be encrypted. */
enum keys_cipher {
	KEYS_MODERN, /* AES-256. */
	KEYS_TRIPLE, /* 3DES, which OpenSSL 3 still reads. */
	KEYS_LEGACY, /* RC2, which it does not. */
};

/**
 * keys_put_pfx(out, key, cert, more, password, cipher, rounds, mac_rounds):
 * Append a PFX of ${key} and ${cert}, each perhaps NULL, and ${more}, perhaps
 * NULL; without a checksum if ${mac_rounds} is -1.  Return -1 if the legacy
 * provider is needed and not there.
 */
int keys_put_pfx(struct buf *out, EVP_PKEY *key, X509 *cert,
    STACK_OF(X509) * more, const char *password, enum keys_cipher cipher,
    int rounds, int mac_rounds);

#endif /* TESTS_UNIT_AUTH_KEYS_H */
