/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/config/url.h"
#include "agent/send/redirect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What has credentials stays where it is, and nothing leaves https. */
static void
follow(const char *url, const char *location)
{
	char *open = redirect_target(url, location, false);
	char *closed = redirect_target(url, location, true);
	const char *host;
	size_t origin = strlen(url) - strlen("/write");

	if (open != NULL &&
	    (url_fault(open) != NULL ||
		(strncmp(url, "https", 5) == 0 &&
		    strncasecmp(open, "https://", 8) != 0)))
		abort();
	if (closed != NULL && (open == NULL || strcmp(open, closed) != 0))
		abort();
	/* Its host is ours, or has userinfo or a port about it. */
	host = closed != NULL ? strstr(closed, "://") + 3 : NULL;
	if (host != NULL && strpbrk(host, ":@") == NULL &&
	    strncasecmp(closed, url, origin) != 0)
		abort();
	free(open);
	free(closed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *location;

	/* Of its exact size, so that a byte too far is seen. */
	if ((location = malloc(size + 1)) == NULL)
		return 0;
	if (size > 0)
		memcpy(location, data, size);
	location[size] = '\0';
	follow("http://host.example/write", location);
	follow("https://host.example/write", location);
	free(location);
	return 0;
}
