/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/certificate.h - the certificate that an application shows.
 *
 * It is read from its files each time that it is needed, so that one that was
 * renewed is taken up, and is in memory only for as long as it takes to sign.
 */
#ifndef AGENT_AUTH_CERTIFICATE_H
#define AGENT_AUTH_CERTIFICATE_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdint.h>

#include "agent/auth/file.h"

#define CERTIFICATE_FILE_MAX 262144u /* Bytes of a file. */

/* Bits of the key; signing by a longer one would hold up the loop. */
#define CERTIFICATE_BITS_MIN 2048
#define CERTIFICATE_BITS_MAX 8192

struct certificate {
	EVP_PKEY *key;          /* Of RSA. */
	STACK_OF(X509) * chain; /* From the one of the key up. */
	int age;                /* -1: not in force yet; 1: no longer. */
	char error[FILE_ERROR_MAX];
};

/**
 * certificate_load(certificate, path, key_path, password, wall):
 * Read ${path}, and ${key_path} unless it is NULL, with ${password}, "" for
 * none; of all that they hold the certificate of the key must be in force at
 * ${wall}, milliseconds since 1970.  Return -1, with certificate->error saying
 * what to do, if it is not.  To be released in any case.
 */
int certificate_load(struct certificate *certificate, const char *path,
    const char *key_path, const char *password, int64_t wall);

/* Wipe and free what it holds. */
void certificate_release(struct certificate *certificate);

#endif /* AGENT_AUTH_CERTIFICATE_H */
