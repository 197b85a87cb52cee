/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "agent/auth/signer.h"

#define SERVICE "aps" /* Amazon Managed Service for Prometheus. */

void
signer_init(struct signer *signer, const struct config_sigv4 *config)
{
	signer->config = config;
	sigv4_init(&signer->sigv4);
}

/* The value of the variable ${name}; NULL if it has none. */
static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value == NULL || *value == '\0' ? NULL : value;
}

static const char *
find_keys(const struct config_sigv4 *config, struct sigv4_keys *ret)
{
	*ret = (struct sigv4_keys){
		.access_key = config->access_key,
		.secret_key = config->secret_key,
		.region = config->region,
		.service = SERVICE,
	};
	if (ret->access_key == NULL) {
		ret->access_key = variable("AWS_ACCESS_KEY_ID");
		ret->secret_key = variable("AWS_SECRET_ACCESS_KEY");
		ret->token = variable("AWS_SESSION_TOKEN");
	}
	if (ret->region == NULL)
		ret->region = variable("AWS_REGION");
	if (ret->region == NULL)
		ret->region = variable("AWS_DEFAULT_REGION");
	if (ret->access_key == NULL || ret->secret_key == NULL)
		return "there is no key to sign with; write sigv4.access_key "
		       "and secret_key, or have AWS_ACCESS_KEY_ID and "
		       "AWS_SECRET_ACCESS_KEY in the environment";
	if (ret->region == NULL)
		return "there is no region to sign for; write sigv4.region, "
		       "or have AWS_REGION in the environment";
	return NULL;
}

const char *
signer_lines(struct signer *signer, const struct http_request *request,
    int64_t wall, const char *lines[SIGNER_LINES_MAX + 1])
{
	struct sigv4 *sigv4 = &signer->sigv4;
	struct sigv4_keys keys;
	const char *why;
	size_t len = 0;

	if ((why = find_keys(signer->config, &keys)) != NULL)
		return why;
	if (sigv4_sign(sigv4, &keys, request, wall) != 0)
		return "no memory to sign with";
	lines[len++] = buf_text(&sigv4->date);
	if (sigv4->token.len > 0)
		lines[len++] = buf_text(&sigv4->token);
	lines[len++] = buf_text(&sigv4->authorization);
	lines[len] = NULL;
	return NULL;
}

void
signer_release(struct signer *signer)
{
	sigv4_release(&signer->sigv4);
}
