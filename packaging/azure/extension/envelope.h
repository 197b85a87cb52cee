/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packaging/azure/extension/envelope.h - what was encrypted for this machine.
 *
 * Azure sends protected settings as CMS (RFC 5652): EnvelopedData in DER, in
 * base 64, for a certificate whose key lies beside the handlers' directories.
 * The content is encrypted by AES or triple DES.
 */
#ifndef PACKAGING_AZURE_EXTENSION_ENVELOPE_H
#define PACKAGING_AZURE_EXTENSION_ENVELOPE_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>

#include "agent/base/buf.h"

#define ENVELOPE_MAX (1u << 20) /* Bytes of it in base 64. */
#define ENVELOPE_PEM_MAX 65536u /* Bytes of a certificate or key. */

/**
 * envelope_open(text, cert, key, plain):
 * Append to ${plain}, which is secret, what ${text} holds, by the certificate
 * and the key in the PEM files of those names.  Return what is wrong, with
 * nothing of what any of them holds, or NULL.
 */
const char *envelope_open(
    const char *text, const char *cert, const char *key, struct buf *plain);

/* The same with a ${key} and a ${cert} that were read. */
const char *envelope_open_with(
    const char *text, EVP_PKEY *key, X509 *cert, struct buf *plain);

/* Whether ${thumbprint} is the SHA-1 of a certificate in hexadecimal. */
bool envelope_is_thumbprint(const char *thumbprint);

#endif /* PACKAGING_AZURE_EXTENSION_ENVELOPE_H */
