/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/grant.h"
#include "agent/auth/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WALL INT64_C(1767323045000)

/* A token that was read can go into a header, and ends some day. */
static void
check(const struct grant *grant)
{
	const char *c = grant->token;

	while (*c > ' ' && *c < 0x7f)
		c++;
	if (*c != '\0' || c == grant->token || strlen(grant->token) > TOKEN_MAX)
		abort();
	if (grant->lifetime == 0 ||
	    grant->lifetime > GRANT_LIFETIME_MAX * CLOCK_SEC ||
	    grant->refresh_in > GRANT_LIFETIME_MAX * CLOCK_SEC)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct grant grant;
	struct grant_error error;
	char *body;

	/* Of its exact size, so that a byte too far is seen. */
	if ((body = malloc(size + 1)) == NULL)
		return 0;
	if (size > 0)
		memcpy(body, data, size);
	body[size] = '\0';
	if (grant_read(body, size, WALL, &grant) == GRANT_OK) {
		check(&grant);
		grant_release(&grant);
	}
	grant_read_error(body, size, &error);
	if (error.codes_len > GRANT_CODES_MAX ||
	    memchr(error.error, '\0', sizeof(error.error)) == NULL ||
	    memchr(error.description, '\0', sizeof(error.description)) ==
		NULL ||
	    strpbrk(error.description, "\r\n") != NULL)
		abort();
	free(body);
	return 0;
}
