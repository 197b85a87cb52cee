/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/auth/papers.h"

int
papers_init(struct papers *papers, const struct config_tls *config)
{
	*papers = (struct papers){
		.config = config, .ca.fd = -1, .cert.fd = -1, .key.fd = -1
	};
	return pem_open(&papers->ca, &config->ca) != 0 ||
		pem_open(&papers->cert, &config->cert) != 0 ||
		pem_open(&papers->key, &config->key) != 0
	    ? -1
	    : 0;
}

/* What is wrong with the files, and what to do, or NULL. */
static const char *
find_fault(struct papers *papers)
{
	const struct pem *all[] = { &papers->ca, &papers->cert, &papers->key };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!all[i]->odd)
			continue;
		file_fault(papers->error, all[i]->file, "is not a regular file",
		    "name one in tls_config");
		return papers->error;
	}
	return NULL;
}

const char *
papers_now(struct papers *papers, uint64_t now, struct http_tls *ret)
{
	const struct config_tls *config = papers->config;

	*ret = (struct http_tls){
		.ca_file = pem_name(&papers->ca, now),
		.cert_file = pem_name(&papers->cert, now),
		.key_file = pem_name(&papers->key, now),
		.server_name = config->server_name,
		.insecure = config->insecure_skip_verify,
		.min_version = (enum http_tls_version)config->min_version,
		.max_version = (enum http_tls_version)config->max_version,
	};
	return find_fault(papers);
}

void
papers_release(struct papers *papers)
{
	pem_close(&papers->ca);
	pem_close(&papers->cert);
	pem_close(&papers->key);
}
