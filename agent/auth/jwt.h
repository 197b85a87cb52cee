/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/jwt.h - a client's word for itself, signed by its key.
 *
 * A JSON Web Token (RFC 7519) as servers of OAuth 2.0 take it for a token of
 * theirs (RFC 7523).
 */
#ifndef AGENT_AUTH_JWT_H
#define AGENT_AUTH_JWT_H

#include <stdint.h>

#include "agent/base/buf.h"
#include "agent/config/oauth2.h"

#define JWT_LIFE 3600         /* Seconds for which it can be shown. */
#define JWT_MAX 131072u       /* Bytes of one. */
#define JWT_KEY_BITS_MIN 2048 /* Of RSA; a longer key than the other ... */
#define JWT_KEY_BITS_MAX 8192 /* ... would hold up the loop. */

/**
 * jwt_put(out, config, key, wall):
 * Append what ${config} says, signed by ${key}, PEM without a password, at
 * ${wall} milliseconds since 1970.  No two are the same.  Return NULL, or what
 * is wrong and what to do.
 */
const char *jwt_put(struct buf *out, const struct config_oauth2 *config,
    const char *key, int64_t wall);

#endif /* AGENT_AUTH_JWT_H */
