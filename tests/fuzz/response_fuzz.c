/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/date.h"
#include "agent/http/response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BODY_MAX 64u

/* A value that was kept has an end, and is no longer than it may be. */
static void
check(const char *value)
{
	if (value != NULL && strlen(value) > RESPONSE_VALUE_MAX)
		abort();
}

/* Give ${response} the line in ${len} bytes, of their exact size. */
static bool
give(struct response *response, const uint8_t *data, size_t len)
{
	char *line = malloc(len > 0 ? len : 1);
	bool more;

	if (line == NULL)
		return false;
	memcpy(line, data, len);
	more = response->headers_ended ? response_piece(response, line, len)
				       : response_line(response, line, len);
	free(line);
	return more;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct response response;
	const uint8_t *end;
	size_t len;

	response_init(&response, BODY_MAX);
	for (; size > 0; data += len, size -= len) {
		end = memchr(data, '\n', size);
		len = end != NULL ? (size_t)(end - data) + 1 : size;
		if (!give(&response, data, len))
			break;
	}
	if (response.status != 0 &&
	    (response.status < 200 || response.status > 599))
		abort();
	if (response.body.len > BODY_MAX ||
	    response.header_len > RESPONSE_HEADERS_MAX + size)
		abort();
	check(response.retry_after);
	check(response.date);
	check(response.location);
	check(response.challenge);
	if (response.retry_after != NULL &&
	    date_retry_after(response.retry_after, 0) > DATE_WAIT_MAX)
		abort();
	response_release(&response);
	return 0;
}
