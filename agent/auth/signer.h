/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/signer.h - as whom requests are signed for AWS.
 *
 * With the keys and region of an entry's sigv4; what it lacks is taken from
 * the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
 * and AWS_REGION or AWS_DEFAULT_REGION.
 */
#ifndef AGENT_AUTH_SIGNER_H
#define AGENT_AUTH_SIGNER_H

#include "agent/auth/sigv4.h"
#include "agent/config/config.h"

#define SIGNER_LINES_MAX 3u /* Headers that a signature has. */

struct signer {
	const struct config_sigv4 *config; /* NULL: nothing is signed. */
	struct sigv4 sigv4;
};

/* Sign as ${config}, which must outlive it, says; NULL: do not. */
void signer_init(struct signer *signer, const struct config_sigv4 *config);

/**
 * signer_lines(signer, request, wall, lines):
 * Sign ${request}, whole but for this, at ${wall} milliseconds since 1970: set
 * the first of ${lines} to the headers to be added and then NULL; they are
 * valid until the next call.  Return NULL, or why it cannot be signed.
 */
const char *signer_lines(struct signer *signer,
    const struct http_request *request, int64_t wall,
    const char *lines[SIGNER_LINES_MAX + 1]);

/* Wipe and free what it holds. */
void signer_release(struct signer *signer);

#endif /* AGENT_AUTH_SIGNER_H */
