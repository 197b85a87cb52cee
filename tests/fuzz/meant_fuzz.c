/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/admin/meant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No name that somebody else can have is meant, and no page under one. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *host, *origin;

	/* Of its exact size, so that a byte too far is seen. */
	if ((host = malloc(size + 1)) == NULL)
		return 0;
	if (size > 0)
		memcpy(host, data, size);
	host[size] = '\0';
	origin = strchr(host, '\n');
	if (origin != NULL)
		*origin++ = '\0';
	if (meant_host(host) && strchr(host, '[') == NULL &&
	    strncasecmp(host, "localhost", 9) != 0 &&
	    host[strspn(host, "0123456789.")] != '\0' &&
	    host[strspn(host, "0123456789.")] != ':')
		abort();
	if (origin != NULL && meant_change(host, origin, false) &&
	    !meant_host(host))
		abort();
	free(host);
	return 0;
}
