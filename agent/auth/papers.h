/* SPDX-License-Identifier: Apache-2.0 */
/* agent/auth/papers.h - a tls_config, with its files as they are now. */
#ifndef AGENT_AUTH_PAPERS_H
#define AGENT_AUTH_PAPERS_H

#include "agent/auth/pem.h"
#include "agent/http/http.h"

struct papers {
	const struct config_tls *config;
	struct pem ca, cert, key;
};

/**
 * papers_init(papers, config):
 * Take ${config}, which must outlive it.  Return -1 if there is no memory or
 * descriptor; to be released in any case.
 */
int papers_init(struct papers *papers, const struct config_tls *config);

/* What libcurl is told at ${now}, monotonic microseconds; until the next call. */
struct http_tls papers_now(struct papers *papers, uint64_t now);

void papers_release(struct papers *papers);

#endif /* AGENT_AUTH_PAPERS_H */
