/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/sigv4.h - requests signed as AWS wants them, by its Signature
 * Version 4.
 */
#ifndef AGENT_AUTH_SIGV4_H
#define AGENT_AUTH_SIGV4_H

#include <stdint.h>

#include "agent/base/buf.h"
#include "agent/http/http.h"

struct sigv4_keys {
	const char *access_key, *secret_key;
	const char *token; /* Of a session; NULL: there is none. */
	const char *region, *service;
};

/* The headers to be sent along, "Name: value" each. */
struct sigv4 {
	struct buf date, authorization;
	struct buf token; /* Empty if there is none. */
};

void sigv4_init(struct sigv4 *sigv4);

/* Wipe and free what it holds. */
void sigv4_release(struct sigv4 *sigv4);

/**
 * sigv4_sign(sigv4, keys, request, wall):
 * Sign ${request}, its headers and body as they are sent, but for those that
 * the connection is about, at ${wall} milliseconds since 1970.  Return -1 if
 * there is no memory.
 */
int sigv4_sign(struct sigv4 *sigv4, const struct sigv4_keys *keys,
    const struct http_request *request, int64_t wall);

#endif /* AGENT_AUTH_SIGV4_H */
