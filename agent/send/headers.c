/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/send/headers.h"

static const char *const fixed[] = {
	"Content-Encoding: snappy",
	"Content-Type: application/x-protobuf",
	"X-Prometheus-Remote-Write-Version: 0.1.0",
};
#define FIXED (sizeof(fixed) / sizeof(*fixed))

int
headers_init(struct headers *headers, const struct config_remote *remote)
{
	size_t i, len = FIXED + remote->headers_len;

	memset(headers, 0, sizeof(*headers));
	if ((headers->lines = calloc(len + 2, sizeof(*headers->lines))) == NULL)
		return -1;
	for (i = 0; i < FIXED; i++)
		if ((headers->lines[i] = strdup(fixed[i])) == NULL)
			return -1;
	for (i = 0; i < remote->headers_len; i++)
		if (asprintf(&headers->lines[FIXED + i], "%s: %s",
			remote->headers[i].name,
			remote->headers[i].value) == -1) {
			headers->lines[FIXED + i] = NULL;
			return -1;
		}
	headers->len = len;
	return 0;
}

void
headers_release(struct headers *headers)
{
	size_t i;

	if (headers->lines == NULL)
		return;
	if (headers->len > 0)
		headers->lines[headers->len] = NULL;
	for (i = 0; headers->lines[i] != NULL; i++)
		free(headers->lines[i]);
	free(headers->lines);
	memset(headers, 0, sizeof(*headers));
}

const char *const *
headers_lines(struct headers *headers, unsigned int attempts)
{
	(void)snprintf(headers->retry, sizeof(headers->retry),
	    "Retry-Attempt: %u", attempts);
	headers->lines[headers->len] = attempts > 0 ? headers->retry : NULL;
	return (const char *const *)headers->lines;
}
