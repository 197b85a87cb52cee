/* SPDX-License-Identifier: Apache-2.0 */
/* agent/auth/papers.h - a tls_config, with its files as they are now. */
#ifndef AGENT_AUTH_PAPERS_H
#define AGENT_AUTH_PAPERS_H

#include "agent/auth/file.h"
#include "agent/auth/pem.h"
#include "agent/http/http.h"

struct papers {
	const struct config_tls *config;
	struct pem ca, cert, key;
	char error[FILE_ERROR_MAX];
};

/**
 * papers_init(papers, config):
 * Take ${config}, which must outlive it.  Return -1 if there is no memory or
 * descriptor; to be released in any case.
 */
int papers_init(struct papers *papers, const struct config_tls *config);

/**
 * papers_now(papers, now, ret):
 * Store in ${ret} what libcurl is told at ${now}, monotonic microseconds, valid
 * until the next call.  Return why it must not be told that, and what to do,
 * or NULL.
 */
const char *papers_now(
    struct papers *papers, uint64_t now, struct http_tls *ret);

void papers_release(struct papers *papers);

#endif /* AGENT_AUTH_PAPERS_H */
