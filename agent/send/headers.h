/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/send/headers.h - the header lines of remote write requests.
 *
 * Those that the specification demands, those of the configuration, and from
 * the second attempt on Retry-Attempt, as Prometheus counts it.
 */
#ifndef AGENT_SEND_HEADERS_H
#define AGENT_SEND_HEADERS_H

#include <stddef.h>

#include "agent/config/config.h"

struct headers {
	char **lines; /* Ends with a line that may be a NULL, and a NULL. */
	size_t len;   /* Lines before those two. */
	char retry[40];
};

/* Return -1, to be released all the same, if there is no memory. */
int headers_init(struct headers *headers, const struct config_remote *remote);

/* Free the lines.  Zeroed is ready for use. */
void headers_release(struct headers *headers);

/**
 * headers_lines(headers, attempts):
 * The lines, then NULL, of a request that was made ${attempts} times before.
 * Valid until the next call.
 */
const char *const *headers_lines(
    struct headers *headers, unsigned int attempts);

#endif /* AGENT_SEND_HEADERS_H */
