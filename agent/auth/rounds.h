/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/rounds.h - how much work a password's key is.
 *
 * What is encrypted by a password says how often it is to be hashed, up to
 * thousands of millions of times: so this is asked before it is begun.
 */
#ifndef AGENT_AUTH_ROUNDS_H
#define AGENT_AUTH_ROUNDS_H

#include <openssl/x509.h>
#include <stdint.h>

/* Each decryption counts as so many rounds at least. */
#define ROUNDS_LEAST 1000u

/**
 * rounds_of(algorithm):
 * The iterations that ${algorithm}, of PKCS#5 or PKCS#12, demands; UINT64_MAX
 * if it cannot be said.
 */
uint64_t rounds_of(const X509_ALGOR *algorithm);

#endif /* AGENT_AUTH_ROUNDS_H */
