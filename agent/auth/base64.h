/* SPDX-License-Identifier: Apache-2.0 */
/* agent/auth/base64.h - bytes as letters (RFC 4648, 4 and 5), and back. */
#ifndef AGENT_AUTH_BASE64_H
#define AGENT_AUTH_BASE64_H

#include <stddef.h>
#include <sys/types.h>

#include "agent/base/buf.h"

/* Append the ${len} bytes at ${data} in base 64, padded. */
void base64_put(struct buf *out, const void *data, size_t len);

/* The same with letters that URLs and tokens can hold, and not padded. */
void base64_put_url(struct buf *out, const void *data, size_t len);

/**
 * base64_read(out, text, len):
 * Read the ${len} letters at ${text}, padded, with white space anywhere, into
 * as many bytes as they need at ${out}, which may be where they are.  Return how
 * many, or -1, with nothing written, if it is something else.
 */
ssize_t base64_read(void *out, const void *text, size_t len);

#endif /* AGENT_AUTH_BASE64_H */
